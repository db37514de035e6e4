//! Whether Charla works: for the host's tools, and for admins.

mod routes;

pub use routes::{probes, routes};
