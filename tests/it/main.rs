//! One integration-test binary: real clients against the simulator.

mod recordings;
mod simulator_acr;
mod simulator_arm;
mod simulator_faults;
mod simulator_identity;
mod support;
