//! Webhooks in: verified over the raw bytes, journalled in groups, answered, then applied.

mod applier;
mod journal;
mod pack;
mod routes;
mod set;
mod unverified;

pub use applier::Applier;
pub use journal::{Journal, Refused};
pub use routes::routes;
pub use unverified::Unverified;
