//! Every change of a workspace reaches its agents' browsers, in order and without gaps.
//!
//! The database is the truth: a room reads what changed since its cursor and tells everyone the same
//! bytes. Waking only says "look". A browser resumes from its own cursor; one that does not keep up is
//! dropped and comes back with it.

mod frames;
mod hub;
mod routes;
mod socket;

pub use frames::Ingest;
pub use hub::Live;
pub use routes::routes;
