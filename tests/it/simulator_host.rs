//! The simulated Functions host: recorded invocations, verdicts on answers, delivery, timeouts and crashes.

mod delivery;
mod handler;
mod http;
mod package;
mod recorded;
mod spawned;
