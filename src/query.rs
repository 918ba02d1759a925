//! Answers over what is stored: one file a question, each over the repositories of a registry as they were at one moment,
//! over what lies between two of them, or over what was recorded meanwhile.
//!
//! Invariant: nothing is asked of a registry, and nothing is written.

pub mod audits;
pub mod changes;
pub mod difference;
pub mod differences;
pub mod filter;
pub mod gone;
pub mod held;
mod lines;
pub mod manifests;
pub mod platform;
pub mod registries;
pub mod repositories;
mod rivals;
pub mod row;
mod runs;
pub mod tags;
