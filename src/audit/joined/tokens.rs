//! Which repository tokens can delete: enabled ones that somebody can sign in with, by their scope maps.

use serde::Serialize;

use super::holders::{Spot, answers, holds};
use crate::access::action::Action;
use crate::access::decision::Verdict;
use crate::inventory::audit::{EffectiveAccess, Place, RepositoryGroup};

/// How the table names tokens.
const TOKEN: &str = "token:";
/// Groups of repositories named per row.
const NAMED: usize = 5;

/// A token that can delete, or of which that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletingToken {
    pub token: String,
    pub verdict: Verdict,
    /// The repositories, in words.
    pub place: String,
    /// How many of those that the audit knew.
    pub repositories: u64,
    /// The scope map, or why it is not known.
    pub reasons: Vec<String>,
}

/// The tokens, in the order of their names.
pub fn deleting_tokens(access: &EffectiveAccess) -> Vec<DeletingToken> {
    let tokens = access.principals.iter().filter_map(|principal| {
        let name = principal.principal.strip_prefix(TOKEN)?;
        Some((name, principal))
    });
    let rows = tokens.flat_map(|(name, principal)| {
        let open = answers(principal, Action::Delete).filter(|answer| answer.verdict != Verdict::Denied);
        open.map(|answer| DeletingToken {
            token: name.to_owned(),
            verdict: answer.verdict,
            place: in_words(&answer.place, &access.groups),
            repositories: count(&answer.place, &access.groups),
            reasons: answer.reasons.clone(),
        })
    });
    rows.collect()
}

fn count(place: &Place, groups: &[RepositoryGroup]) -> u64 {
    let inside = (0_u32..).zip(groups).filter(|(at, _)| holds(place, Spot::Group(*at)));
    inside.map(|(_, group)| group.repositories).sum()
}

/// Repositories by the first few of them.
pub(in crate::audit) fn in_words(place: &Place, groups: &[RepositoryGroup]) -> String {
    let named = |places: &[u32]| {
        let shown = places.iter().take(NAMED);
        let shown = shown.filter_map(|at| groups.get(*at as usize));
        let mut words: Vec<String> = shown.map(|group| group.examples.join(", ")).collect();
        if places.len() > NAMED {
            words.push(format!("{} more groups", places.len() - NAMED));
        }
        words.join("; ")
    };
    match place {
        Place::Everywhere => "everywhere".to_owned(),
        Place::Groups { groups } => named(groups),
        Place::AllBut { groups } => format!("everywhere but {}", named(groups)),
    }
}
