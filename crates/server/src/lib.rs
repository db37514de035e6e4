//! HTTP, live updates and workers, one folder per product noun.
//!
//! A route translates, a service decides, the store remembers. Start reading at [`App`] and [`router()`].

pub mod accounts;
pub mod app;
pub mod channels;
pub mod clock;
pub mod contacts;
pub mod conversations;
mod headers;
pub mod health;
pub mod http;
pub mod live;
pub mod media;
pub mod messages;
pub mod metrics;
mod paging;
pub mod problem;
pub mod router;
pub mod secrets;
mod upkeep;
pub mod webhooks;
pub mod workers;
pub mod workspaces;

pub use app::{App, Parts, Settings};
pub use clock::Clock;
pub use problem::Problem;
pub use router::{openapi, router};
