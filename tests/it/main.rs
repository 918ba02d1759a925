//! The one integration-test binary.

mod simulator_blob;
mod simulator_host;
mod simulator_service_bus;
