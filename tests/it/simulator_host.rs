//! The simulated Functions host.
