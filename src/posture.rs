//! Is the registry safe: rules over what ARM, the role assignments and the inventory say of one registry.
//!
//! ```text
//! Evidence, AccessSummary, InventorySummary, Profile, now -> Case -> RULES -> Finding -> table, JSON, NDJSON, CSV, SARIF, OCSF
//! ```
//!
//! Architecture invariant: nothing in here does I/O, and what could not be read is never a pass. Start at `audit`.

pub mod access;
mod answer;
pub mod audit;
mod body;
pub mod case;
pub mod document;
pub mod evidence;
pub mod formats;
pub mod inventory_summary;
pub mod profile;
pub mod remediation;
pub mod rule;
mod rules;
pub mod source;
pub mod verdict;
pub mod waiver;

#[cfg(test)]
mod tests;
