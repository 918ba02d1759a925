//! The one integration-test binary: real clients and the real handler against the simulator.

#![cfg(feature = "simulator")]

mod command_line;
mod end_to_end;
mod function_app;
mod readme;
mod recordings;
mod recordings_arm;
mod simulator_acr;
mod simulator_arm;
mod simulator_blob;
mod simulator_faults;
mod simulator_host;
mod simulator_identity;
mod simulator_service_bus;
mod simulator_world;
mod store_conformance;
mod support;
