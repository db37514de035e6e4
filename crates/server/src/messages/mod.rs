//! Lines of a thread: read, written, taken back, and handed to the provider.

mod content;
mod entry;
mod limits;
mod routes;
mod sender;

pub use entry::{Entry, ThreadPage};
pub(crate) use routes::bad_text;
pub use routes::routes;
pub use sender::{CALL_TIMEOUT, Senders};
pub(crate) use sender::{Doing, provide};
