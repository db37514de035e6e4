//! People and their access: setting up, signing in, links, roles.
//!
//! A route's extractor says who may call it: [`SignedIn`] asks for a session, [`May`] for one permission
//! in the workspace of the path. Both read the database at each request, so that access that was taken
//! away is gone with the next one. [`protect`] keeps other sites and shared caches out.

mod address;
mod extract;
mod fields;
mod links;
pub mod may;
mod origin;
mod password;
mod people;
mod routes;
mod session;
mod setup;
mod sign_in;

#[cfg(test)]
mod tests;

pub use address::Address;
pub use extract::{Asked, At, Body};
pub(crate) use fields::name as typed_name;
pub use links::{NewLink, reset_link, sign_in_link};
pub use may::{Asks, May, Member};
pub use origin::protect;
pub use people::add_colleague;
pub use routes::routes;
pub use session::{Person, Session, SignedIn};
pub use setup::{NewOwner, OwnWorkspace, SetupCode, prepare_setup, set_up};
