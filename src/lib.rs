//! acr-inventory: a complete, provable inventory of Azure container registries.
#![forbid(unsafe_code)]

pub mod azure;
pub mod collect;
pub mod deadline;
pub mod hash;
pub mod inventory;
pub mod names;
mod random;
pub mod store;

#[cfg(feature = "simulator")]
pub mod simulator;
