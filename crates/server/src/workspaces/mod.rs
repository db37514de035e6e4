//! What a browser needs to begin with: one answer instead of five.

mod routes;

pub use routes::routes;
