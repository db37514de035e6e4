//! The list, the thread's header, and what agents do to conversations.

mod page;
mod routes;

pub(crate) use page::{list_mark, read_list_mark};
pub(crate) use routes::ConversationPage;
pub use routes::routes;
