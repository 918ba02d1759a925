//! acr-inventory: a complete, provable inventory of Azure container registries.
//!
//! ```text
//!  main ─► cli ─► functions ─► collect ─► azure, store ─► inventory, names
//!            │         └──► app ─► audit ─► access, posture
//!            └──► simulator (feature; tests/simulator) ── the same protocols from the other side, of which it knows nothing here
//! ```
//!
//! | question | file |
//! |---|---|
//! | what is read, in which order, when may a fact be removed | [`collect`] |
//! | what a stored document looks like | [`inventory`] |
//! | what a snapshot consists of, how it is written, read, proven and forgotten | [`snapshot`] |
//! | who can do what on a registry | [`access`] |
//! | which rules there are and what they answer | [`posture`] |
//! | what is read for both, and what comes of it | [`audit`] |
//! | whether the identity can do its job, and which roles that takes | [`check`] |
//! | how dead letters get another chance | [`replay`] |
//! | where it lies and how a write can conflict | [`store`] |
//! | what the inventory holds, by any condition, at any time | [`query`] |
//! | how a registry, ARM, Resource Graph, Microsoft Graph or Service Bus is spoken to | [`azure`] |
//! | what the Functions host calls | [`functions`] |
//! | which settings there are | [`config::settings`] |
//! | which client is built from what | [`app`] |
//!
//! Invariants: only a complete observation removes a fact; every write of a shared document is conditional and carries
//! a commit id; tokens go only to login servers that were discovered or configured; memory grows with a page, not with
//! a registry; everything may be run twice, in any order, and killed anywhere.
#![forbid(unsafe_code)]

pub mod access;
pub mod app;
pub mod audit;
pub mod azure;
pub mod chain;
pub mod check;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod config;
pub mod deadline;
pub mod functions;
pub mod hash;
pub mod inventory;
mod lock;
pub mod names;
pub mod posture;
#[cfg(feature = "query")]
pub mod query;
pub mod random;
pub mod replay;
pub mod snapshot;
pub mod store;
pub mod surroundings;
pub mod telemetry;
