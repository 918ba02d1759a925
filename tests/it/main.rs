//! The one integration-test binary: real clients and the real handler against the simulator.

#![cfg(feature = "simulator")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod alert_lines;
mod answers;
mod audit;
mod azure_cli;
mod bad_input;
mod collector;
mod command_line;
mod continuations;
mod demo;
mod deployment;
mod end_to_end;
mod events;
mod faults;
mod figures;
mod function_app;
mod given_out_again;
mod given_out_twice;
mod handler_bodies;
mod handler_process;
mod handler_start;
mod hostile_registry;
mod images;
mod killed;
mod log_lines;
mod long_repositories;
mod package_folder;
mod phases;
mod properties;
mod readme;
mod recorded_invocations;
mod recordings;
mod recordings_arm;
mod retention;
mod roles;
mod rooms;
mod shared_data;
mod simulate_command;
mod simulator_access;
mod simulator_acr;
mod simulator_arm;
mod simulator_blob;
mod simulator_faults;
mod simulator_generated;
mod simulator_graph;
mod simulator_host;
mod simulator_identity;
mod simulator_postures;
mod simulator_service_bus;
mod simulator_shapes;
mod simulator_world;
mod snapshot;
mod store_conformance;
mod support;
mod timer;
mod webhook;
mod wildcard;
mod wire_recordings;
mod wire_recordings_arm;
