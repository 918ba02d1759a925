//! The rules, one file a family. A rule is a constant of [`super::rule::Rule`] and a function from a case to an answer.

pub(super) mod access;
pub(super) mod credentials;
pub(super) mod encryption;
pub(super) mod identity;
pub(super) mod inventory;
pub(super) mod lifecycle;
pub(super) mod monitoring;
pub(super) mod network;
pub(super) mod resilience;
pub(super) mod supply_chain;
pub(super) mod transfer;
