//! Who writes where production tags are: principals that may push to a repository with a tag that the patterns name.

use std::collections::HashMap;

use serde::Serialize;

use super::holders::{Holders, Spot, holder};
use crate::access::action::Action;
use crate::audit::questions::Holder;
use crate::inventory::audit::EffectiveAccess;
use crate::inventory::index::{IndexLine, Summary};

/// Repositories named per row.
const EXAMPLES: usize = 5;

/// Production tags of some repositories. A tag is locked when `writeEnabled` is known to be off on it, on its manifest or
/// on its repository; every other counts as unlocked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tags {
    pub repositories: u64,
    pub locked: u64,
    pub unlocked: u64,
    /// The first few repositories.
    pub examples: Vec<String>,
}

impl Tags {
    fn add(&mut self, other: &Self) {
        self.repositories += other.repositories;
        self.locked += other.locked;
        self.unlocked += other.unlocked;
        let free = EXAMPLES.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.iter().take(free).cloned());
    }
}

/// Somebody who may push there, or of whom that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Writer {
    #[serde(flatten)]
    pub holder: Holder,
    /// Where the answer holds.
    pub tags: Tags,
}

/// The answer. Writers are told by what they hold: a lock keeps them from a tag, not from pushing another beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Production {
    /// All of them.
    pub tags: Tags,
    pub writers: Vec<Writer>,
}

/// Takes the repositories of a snapshot, one after the other.
#[derive(Debug, Default)]
pub struct ProductionFold {
    names: Vec<String>,
    /// Of the repository in the same place of `names`: locked and unlocked production tags.
    counts: Vec<(u64, u64)>,
}

impl ProductionFold {
    /// Takes a repository with what it comes to under the patterns that are asked about.
    pub fn repository(&mut self, line: &IndexLine, summary: &Summary) {
        let (locked, unlocked) = (summary.locked, summary.unlocked);
        if locked + unlocked == 0 {
            return;
        }
        let attributes = line.attributes.as_ref();
        let is_locked =
            attributes.is_some_and(|attributes| attributes.changeable_attributes.write_enabled == Some(false));
        self.names.push(line.repository.to_string());
        self.counts.push(match is_locked {
            true => (locked + unlocked, 0),
            false => (locked, unlocked),
        });
    }

    /// Joins what was found with who may push there; those who can come first.
    pub fn finish(self, access: &EffectiveAccess) -> Production {
        let holders = Holders::new(access, &self.names);
        let mut by_spot: HashMap<Spot, Tags> = HashMap::new();
        let mut total = Tags::default();
        for (name, (locked, unlocked)) in self.names.iter().zip(&self.counts) {
            let tags = Tags {
                repositories: 1,
                locked: *locked,
                unlocked: *unlocked,
                examples: vec![name.clone()],
            };
            total.add(&tags);
            by_spot.entry(holders.spot(name)).or_default().add(&tags);
        }
        let mut by_spot: Vec<(Spot, Tags)> = by_spot.into_iter().collect();
        by_spot.sort_by(|(_, left), (_, right)| left.examples.cmp(&right.examples));
        let mut writers: Vec<Writer> = Vec::new();
        for principal in &access.principals {
            let first = writers.len();
            for (spot, tags) in &by_spot {
                let Some(found) = holder(principal, Action::Push, *spot) else {
                    continue;
                };
                let mut own = writers.iter_mut().skip(first);
                match own.find(|writer| writer.holder == found) {
                    Some(writer) => writer.tags.add(tags),
                    None => writers.push(Writer {
                        holder: found,
                        tags: tags.clone(),
                    }),
                }
            }
        }
        let key = |writer: &Writer| {
            (
                std::cmp::Reverse(writer.holder.verdict),
                std::cmp::Reverse(writer.tags.unlocked),
            )
        };
        writers.sort_by_key(key);
        Production { tags: total, writers }
    }
}
