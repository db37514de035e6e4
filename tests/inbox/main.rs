//! The inbox as its agents and its customers meet it, on both databases.
//!
//! A whole Charla in this process, with its real routes on a real port, and a simulated Meta on another.
//! The two clocks stand still until a test moves them; nothing is waited for but a condition.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod counters;
mod faults;
mod given_back;
mod harness;
mod ingest;
mod lists;
mod live;
mod people;
mod plans;
mod problems;
mod restore;
mod sending;
mod signature;
mod statuses;
mod turns;
mod walls;
mod window;
