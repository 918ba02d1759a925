//! Who can overwrite this tag: whoever may push there, unless a lock stops it.
//!
//! Imports overwrite tags too when they are forced; whether a lock stops them is not documented.

use std::collections::BTreeMap;

use serde::Serialize;

use super::holders::holders_of;
use super::tagged::{Lock, Tagged};
use crate::access::action::Action;
use crate::access::decision::Verdict;
use crate::audit::questions::Holder;
use crate::inventory::audit::EffectiveAccess;
use crate::names::Digest;

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overwrite {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    pub lock: Lock,
    /// Whoever may push or import there. Denied: a lock stands before it.
    pub holders: Vec<Holder>,
}

/// Joins who may push and import with what is known of the tag.
pub fn overwrite(access: &EffectiveAccess, repository: &str, tagged: &Tagged) -> Overwrite {
    let lock = tagged.lock();
    let mut holders: BTreeMap<String, Holder> = BTreeMap::new();
    for (action, after) in [(Action::Push, by_push(&lock)), (Action::Import, by_import(&lock))] {
        for holder in holders_of(access, action, repository) {
            let holder = stopped(holder, &after);
            let known = holders.get(&holder.principal);
            // The better answer stays; by the same answer, the push.
            if known.is_none_or(|known| known.verdict < holder.verdict) {
                holders.insert(holder.principal.clone(), holder);
            }
        }
    }
    let mut holders: Vec<Holder> = holders.into_values().collect();
    holders.sort_by_key(|holder| std::cmp::Reverse(holder.verdict));
    Overwrite {
        digest: tagged.digest.clone(),
        lock,
        holders,
    }
}

/// The most that a lock leaves of an answer, and why.
type After = (Verdict, Vec<String>);

fn by_push(lock: &Lock) -> After {
    match lock {
        Lock::Unlocked => (Verdict::Granted, Vec::new()),
        Lock::Unknown { why } => (Verdict::Unknown, why.clone()),
        Lock::Locked { by } => (Verdict::Denied, vec![format!("locked: {}", by.join(", "))]),
    }
}

fn by_import(lock: &Lock) -> After {
    match lock {
        Lock::Locked { .. } => (
            Verdict::Unknown,
            vec!["it may import, and whether a lock stops an import is not documented".to_owned()],
        ),
        lock => by_push(lock),
    }
}

fn stopped(holder: Holder, (most, why): &After) -> Holder {
    if holder.verdict <= *most {
        return holder;
    }
    Holder {
        verdict: *most,
        reasons: why.iter().chain(&holder.reasons).cloned().collect(),
        ..holder
    }
}
