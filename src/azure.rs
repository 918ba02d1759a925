//! Clients of the Azure services, one file per service.
//!
//! Architecture invariants: tokens go only to hosts that configuration or discovery named; no redirect is followed and
//! no address is taken from an answer (next pages are rebuilt from their cursor); every body has a size cap; status
//! codes become a [`Failure`] in one function per service. Nothing here knows what an inventory run is.

pub mod acr;
pub mod arm;
pub mod cloud;
pub mod credential;
mod error;
pub mod graph;
pub mod http;
mod jwt;
mod pipeline;
pub mod resource_graph;
mod retry_after;
pub mod service_bus;
pub mod xml;

pub use error::Failure;
use pipeline::credential_failure;
pub use pipeline::{Sdk, storage_options};
