//! Meta's side of the wire: what a webhook says, and how to call the Graph API.
//!
//! Only this crate knows Graph's field names. [`webhook::read`] turns a body into the words of `domain`,
//! [`graph::Graph`] turns ours into calls, [`errors`] says what a refusal asks of us. Nothing here
//! stores, retries or logs.

pub mod errors;
pub mod graph;
pub mod inspect;
mod json;
pub mod self_test;
pub mod signature;
pub mod webhook;
