//! The connected channels and the apps that speak for them, held in memory for ingest and senders; and how
//! a number is connected.

mod apps;
mod confirm;
mod connect;
mod directory;
mod page;
mod picture;
mod refused;
mod routes;
mod self_test;
mod setup;
mod setup_routes;
mod token;
mod watch;

pub use connect::{ConnectError, NewWhatsApp, set_app};
pub use directory::{AppKeys, Directory};
pub use routes::routes;
pub(crate) use token::token;
pub use watch::Watch;
pub(crate) use watch::start as start_watch;
