//! Lines of a thread: read, written, taken back, and handed to the provider.

mod entry;
mod limits;
mod routes;
mod sender;

pub use entry::{Entry, ThreadPage};
pub use routes::routes;
pub use sender::{CALL_TIMEOUT, Senders};
