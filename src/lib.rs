//! acr-inventory: a complete, provable inventory of Azure container registries.
#![forbid(unsafe_code)]

#[cfg(feature = "simulator")]
pub mod simulator;
