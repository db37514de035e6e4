//! The inbox as its agents and its customers meet it, on both databases.
//!
//! A whole Charla in this process, with its real routes on a real port, and a simulated Meta on another.
//! The two clocks stand still until a test moves them; nothing is waited for but a condition.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod abouts;
mod cards;
mod channel_page;
mod connecting;
mod contacts;
mod contents;
mod counters;
mod faults;
mod files;
mod given_back;
mod harness;
mod ingest;
mod interactive;
mod kinds;
mod lists;
mod live;
mod media;
mod moves;
mod people;
mod plans;
mod problems;
mod quotes;
mod restore;
mod sending;
mod servers;
mod signature;
mod statuses;
mod storage;
mod turns;
mod walls;
mod window;
