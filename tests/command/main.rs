//! What a host does at a terminal, with the real program.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod backup;
mod channels;
mod demo;
mod folder;
mod settings;
mod upgrade;
