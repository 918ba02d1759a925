//! The simulated Functions host: recorded invocations, verdicts on answers, delivery.

mod delivery;
mod handler;
mod http;
mod package;
mod recorded;
mod spawned;
