//! acr-inventory: a complete, provable inventory of Azure container registries.
#![forbid(unsafe_code)]

pub mod app;
pub mod azure;
pub mod chain;
pub mod cli;
pub mod collect;
pub mod config;
pub mod deadline;
pub mod functions;
pub mod hash;
pub mod inventory;
pub mod names;
mod random;
pub mod store;
pub mod telemetry;

#[cfg(feature = "simulator")]
pub mod simulator;
