//! A stateful, strict simulator of the Azure services that the inventory talks to.
//!
//! ```text
//!  TLS socket ─► front ─► by host ─► thin view (authority, arm, resource_graph, graph, acr, service_bus, blob) ─► World
//!  plain HTTP ─► identity endpoint (App Service style)                                                    ▲
//!  host ─► spawns or calls the custom handler, fires its timer, delivers queue messages ──────────────────┘
//! ```
//! Invariants: a view holds no state of its own (all of it is in [`world::World`]); what the simulator does not know
//! (route, query parameter, missing header) is answered with 501 and recorded as a violation; this crate
//! does not know the product, so the two sides of a protocol are never the same code.

#![forbid(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    missing_debug_implementations,
    reason = "the simulator is for tests and demos: a panic there is a failed test, and its handles hold sockets and locks"
)]

pub mod blob;
pub mod clock;
pub mod event_grid;
pub mod faults;
pub mod function_app;
pub mod host;
pub mod lock;
pub mod random;
pub mod service_bus;
pub mod simulated_time;
pub mod tenant;
pub mod tokens;
pub mod wire;
pub mod world;

mod acr;
mod arm;
mod authority;
mod front;
mod graph;
mod identity;
mod resource_graph;

pub use front::in_process::InProcess;
pub use front::log::LoggedRequest;
pub use front::route::Service;
pub use front::{Options, Simulator, View};
