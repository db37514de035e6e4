//! Webhooks in: verified over the raw bytes, journalled in groups, answered, then applied.

mod applier;
mod journal;
mod pack;
mod room;
mod routes;
mod set;

pub use applier::Applier;
pub use journal::{Journal, Refused};
pub use room::Room;
pub use routes::routes;
