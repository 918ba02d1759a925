//! Who can do what on one registry, under its own role assignment mode: pure computation over what ARM answered.
//!
//! ```text
//!  ARM JSON ─► role, assignment, token ─► effective (decide) ─► matrix ─► least, switch
//!                      condition ─────────┘
//! ```
//!
//! | question | file |
//! |---|---|
//! | which permission decides an action, per mode | [`action`] |
//! | what a role, an assignment, a deny assignment, a token says | [`role`], [`assignment`], [`token`] |
//! | what a condition means for one action and one repository | [`condition`] |
//! | which roles may be assigned under a condition | [`condition::Delegation`], [`delegation`] |
//! | may this principal do that to this repository | [`effective`] |
//! | the same for everybody and everything | [`matrix`] |
//! | which smaller role would do | [`least`] |
//! | what a change of the role assignment mode would change | [`switch`] |
//!
//! Invariants: what could not be read or is not understood answers `Unknown` and says why, never `Granted`; a role or an
//! assignment more never takes access away and a deny assignment more never gives any; nothing here reads or waits.

pub mod action;
pub mod arm;
pub mod assignment;
pub mod builtin;
pub mod condition;
pub mod decision;
pub mod delegation;
pub mod effective;
pub mod groups;
pub mod instant;
pub mod known;
pub mod least;
pub mod matrix;
pub mod name_pattern;
pub mod permission;
pub mod principal;
pub mod role;
pub mod scope;
pub mod switch;
pub mod token;
pub mod truth;

mod compiled;
#[cfg(test)]
mod fixtures;
mod glob;
#[cfg(test)]
mod recorded;
