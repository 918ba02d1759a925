//! Answers over what is stored: one file a question, each over the repositories of a registry as they were at one moment.
//!
//! Invariant: nothing is asked of a registry, and nothing is written.

pub mod filter;
pub mod held;
pub mod manifests;
pub mod registries;
pub mod repositories;
pub mod row;
pub mod tags;
