//! The connected channels and the apps that speak for them, held in memory for ingest and senders.

mod connect;
mod directory;
mod routes;

pub use connect::{ConnectError, NewWhatsApp, set_app};
pub use directory::{AppKeys, Directory};
pub use routes::routes;
