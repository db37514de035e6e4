//! HTTP, live updates and workers, one folder per product noun.
//!
//! A route translates, a service decides, the store remembers. Start reading at [`App`].

pub mod accounts;
pub mod app;
pub mod clock;
pub mod problem;
pub mod secrets;

pub use app::{App, Settings};
pub use clock::Clock;
pub use problem::Problem;
