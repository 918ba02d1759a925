//! Questions of people about one registry: who can do this, and what would a switch of the mode change.

use serde::Serialize;

use super::identities::{Identities, Identity};
use super::matrix::reasons;
use crate::access::action::{Action, Mode};
use crate::access::decision::Verdict;
use crate::access::effective::Grants;
use crate::access::groups::{Group, GroupSet};
use crate::access::matrix::Matrix;
use crate::access::principal::PrincipalType;
use crate::access::switch;

/// Somebody who can do it, or of whom that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    pub principal: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<PrincipalType>,
    /// Where it was read.
    #[serde(flatten)]
    pub identity: Identity,
    pub verdict: Verdict,
    /// What it comes through, or why it is not known; the first few.
    pub reasons: Vec<String>,
    pub more_reasons: u64,
}

impl Holder {
    /// Adds what is known of the principal.
    pub fn name(&mut self, identities: &Identities) {
        self.identity = identities.identity(&self.principal);
    }
}

/// Those of whom it is not known, each with why, for what an answer goes by.
pub fn not_known<'h>(holders: impl IntoIterator<Item = &'h Holder>) -> Vec<String> {
    let open = holders.into_iter().filter(|holder| holder.verdict == Verdict::Unknown);
    open.map(|holder| format!("{}: {}", holder.principal, holder.reasons.join("; ")))
        .collect()
}

/// Everybody who can do `action`, to this repository where it is one of a repository; those who can come first.
pub fn who_can(grants: &Grants, action: Action, repository: Option<&str>) -> Vec<Holder> {
    let names: Vec<String> = repository.into_iter().map(str::to_owned).collect();
    let matrix = Matrix::new(grants, &names);
    let kinds = grants.principals();
    let holders = matrix.holders(action, repository).into_iter();
    let holder = holders.map(|(principal, decision)| {
        let (reasons, more_reasons) = reasons(decision);
        Holder {
            principal: principal.to_string(),
            kind: kinds.get(principal).copied().flatten(),
            identity: Identity::default(),
            verdict: decision.verdict(),
            reasons,
            more_reasons,
        }
    });
    let mut holders: Vec<Holder> = holder.collect();
    holders.sort_by_key(|holder| std::cmp::Reverse(holder.verdict));
    holders
}

/// What a switch of the role assignment mode would change for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SwitchChange {
    pub principal: String,
    pub actions: Vec<Action>,
    /// The repositories, in words.
    pub place: String,
    pub before: Verdict,
    pub after: Verdict,
}

/// Compares the registry as it is with itself in the other mode: no role is assigned anew. None while its mode is not
/// known. Actions with the same change are put together.
pub fn switched(grants: &Grants, repositories: &[String]) -> Option<(Mode, Vec<SwitchChange>)> {
    let from = grants.mode()?;
    let switch = switch::simulate(grants, from, repositories);
    let mut changes: Vec<SwitchChange> = Vec::new();
    for change in switch.changes {
        let row = SwitchChange {
            principal: change.principal.to_string(),
            actions: vec![change.action],
            place: place(&switch.before, &change.groups),
            before: change.before,
            after: change.after,
        };
        let same = |known: &&mut SwitchChange| {
            (&known.principal, &known.place, known.before, known.after)
                == (&row.principal, &row.place, row.before, row.after)
        };
        match changes.iter_mut().find(same) {
            Some(known) => known.actions.push(change.action),
            None => changes.push(row),
        }
    }
    Some((from.switched(), changes))
}

/// Groups of repositories in words.
fn place(matrix: &Matrix<'_>, set: &GroupSet) -> String {
    const NAMED: usize = 3;
    let all = matrix.groups();
    let name = |group: &Group| {
        let patterns = group.patterns.iter();
        let patterns = patterns.filter_map(|place| Some(all.patterns().get(*place as usize)?.to_string()));
        let patterns: Vec<String> = patterns.collect();
        match patterns.as_slice() {
            [] => "those that no condition names".to_owned(),
            patterns => patterns.join(" and "),
        }
    };
    let named = |groups: &[u32]| {
        let shown = groups.iter().take(NAMED);
        let shown = shown.filter_map(|place| Some(name(all.groups().get(*place as usize)?)));
        let mut words: Vec<String> = shown.collect();
        if groups.len() > NAMED {
            words.push(format!("{} more", groups.len() - NAMED));
        }
        words.join("; ")
    };
    match set {
        GroupSet::AllBut(groups) if groups.is_empty() => "everywhere".to_owned(),
        GroupSet::AllBut(groups) => format!("everywhere but {}", named(groups)),
        GroupSet::Only(groups) => named(groups),
    }
}
