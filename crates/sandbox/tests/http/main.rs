//! The sandbox from outside: calls go in over HTTP, webhooks come out to a small server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;
mod control;
mod faults;
mod harness;
mod inbound;
mod kinds;
mod media;
mod media_faults;
mod nodes;
mod onboarding;
mod webhooks;
