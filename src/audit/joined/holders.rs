//! Who can do something with a repository, by the table of access in an audit.

use std::collections::HashMap;

use crate::access::action::Action;
use crate::access::decision::Verdict;
use crate::access::groups::Groups;
use crate::access::name_pattern::NamePattern;
use crate::audit::identities::Identity;
use crate::audit::questions::Holder;
use crate::inventory::audit::{AccessAnswer, EffectiveAccess, Place, PrincipalAccess};

/// Where a repository stands in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::audit) enum Spot {
    /// In this group.
    Group(u32),
    /// The audit knew no repository, and its answers hold for all.
    Any,
    /// No repository like it was there when the audit was made.
    New,
}

/// Why nothing is known of a repository that is new.
const NEW: &str = "no repository that the same conditions name was there when access was audited";

/// Repositories by where they stand in the table of an audit.
#[derive(Debug)]
pub struct Holders<'a, 'n> {
    access: &'a EffectiveAccess,
    groups: Groups<'n>,
    spots: Vec<Spot>,
}

impl<'a, 'n> Holders<'a, 'n> {
    /// Finds the places of these repositories.
    pub fn new(access: &'a EffectiveAccess, repositories: &'n [String]) -> Self {
        let patterns = access.groups.iter().flat_map(|group| &group.matches);
        let groups = Groups::new(repositories, patterns.cloned());
        let known: HashMap<&[NamePattern], u32> = (0_u32..)
            .zip(&access.groups)
            .filter(|(_, group)| group.repositories > 0)
            .map(|(place, group)| (group.matches.as_slice(), place))
            .collect();
        let spots = groups.groups().iter().map(|group| {
            let matched = group.patterns.iter();
            let matched: Vec<NamePattern> = matched
                .filter_map(|place| groups.patterns().get(*place as usize).cloned())
                .collect();
            match known.get(matched.as_slice()) {
                _ if access.groups.is_empty() => Spot::Any,
                Some(place) => Spot::Group(*place),
                None => Spot::New,
            }
        });
        let spots = spots.collect();
        Self { access, groups, spots }
    }

    /// Where one of the repositories stands.
    pub(in crate::audit) fn spot(&self, repository: &str) -> Spot {
        let group = self.groups.group_of(repository);
        let spot = group.and_then(|group| self.spots.get(group as usize));
        spot.copied().unwrap_or(Spot::New)
    }

    /// Everybody who can do it to one of the repositories, or of whom that is not known.
    pub fn of(&self, action: Action, repository: &str) -> Vec<Holder> {
        let spot = match action.per_repository() {
            true => self.spot(repository),
            false => Spot::Any,
        };
        let principals = self.access.principals.iter();
        principals
            .filter_map(|principal| holder(principal, action, spot))
            .collect()
    }
}

/// The same for one repository; those who can come first.
pub fn holders_of(access: &EffectiveAccess, action: Action, repository: &str) -> Vec<Holder> {
    let names = [repository.to_owned()];
    let mut holders = Holders::new(access, &names).of(action, repository);
    holders.sort_by_key(|holder| std::cmp::Reverse(holder.verdict));
    holders
}

/// What a principal may do there; none when nothing gives it.
pub(super) fn holder(principal: &PrincipalAccess, action: Action, spot: Spot) -> Option<Holder> {
    let of = |verdict, reasons: &[String], more_reasons| Holder {
        principal: principal.principal.clone(),
        kind: principal.kind,
        identity: Identity::default(),
        verdict,
        reasons: reasons.to_vec(),
        more_reasons,
    };
    if spot == Spot::New {
        return Some(of(Verdict::Unknown, &[NEW.to_owned()], 0));
    }
    let answer = answers(principal, action).find(|answer| holds(&answer.place, spot))?;
    (answer.verdict != Verdict::Denied).then(|| of(answer.verdict, &answer.reasons, answer.more_reasons))
}

/// The answers of a principal about an action.
pub(super) fn answers(principal: &PrincipalAccess, action: Action) -> impl Iterator<Item = &AccessAnswer> {
    let answers = principal.answers.iter();
    answers.filter(move |answer| answer.actions.contains(&action))
}

/// Whether an answer given there is one for repositories that stand here.
pub(in crate::audit) fn holds(place: &Place, spot: Spot) -> bool {
    match (place, spot) {
        (Place::Everywhere, _) => true,
        (Place::Groups { groups }, Spot::Group(group)) => groups.contains(&group),
        (Place::AllBut { groups }, Spot::Group(group)) => !groups.contains(&group),
        (Place::Groups { .. } | Place::AllBut { .. }, Spot::Any | Spot::New) => false,
    }
}
