//! One integration-test binary: real clients against the simulator.

#![cfg(feature = "simulator")]

mod recordings;
mod recordings_arm;
mod simulator_acr;
mod simulator_arm;
mod simulator_faults;
mod simulator_identity;
mod simulator_world;
mod support;
