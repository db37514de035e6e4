//! The list, the thread's header, and what agents do to conversations.

mod page;
mod routes;

pub use routes::routes;
