//! The people who write: their page, the list of them, and merging two that are one.

mod routes;

pub use routes::routes;
