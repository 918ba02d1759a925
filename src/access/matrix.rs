//! The effective-access matrix: everybody × every action × groups of repositories.
//!
//! Pairs are never enumerated. Repositories are grouped by the patterns of all conditions and scope maps; a principal is
//! asked about the groups that its own patterns pick out, and once for all the others.

mod build;
mod parts;

use super::action::Action;
use super::decision::{Decision, Verdict};
use super::effective::Grants;
use super::groups::{GroupSet, Groups};
use super::principal::Principal;
use build::Builder;

/// One answer of a principal's row and where it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    action: Action,
    decision: u32,
    set: u32,
}

/// One answer, spelled out.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'m> {
    /// Who.
    pub principal: &'m Principal,
    /// What.
    pub action: Action,
    /// Whether, and why.
    pub decision: &'m Decision,
    /// Where; everywhere for actions of the registry.
    pub groups: &'m GroupSet,
}

/// Who can do what where. Rows hold only what something gives, takes or leaves open; everything else is denied because
/// nothing gives it.
#[derive(Debug)]
pub struct Matrix<'a> {
    groups: Groups<'a>,
    principals: Vec<Principal>,
    rows: Vec<Vec<Cell>>,
    decisions: Vec<Decision>,
    sets: Vec<GroupSet>,
    nothing: Decision,
}

impl<'a> Matrix<'a> {
    /// The matrix of everybody who is named, over these repositories. Without repositories (the catalog could not be
    /// read) the answers are those that do not depend on a name.
    pub fn new(grants: &Grants, repositories: &'a [String]) -> Self {
        let groups = Groups::new(repositories, parts::patterns(grants));
        let principals: Vec<Principal> = grants.principals().into_keys().collect();
        let mut builder = Builder::new(grants, &groups);
        let rows = principals.iter().map(|principal| builder.row(principal)).collect();
        let (decisions, sets) = builder.finish();
        Self {
            groups,
            principals,
            rows,
            decisions,
            sets,
            nothing: Decision::nothing(),
        }
    }

    /// The groups of repositories.
    pub fn groups(&self) -> &Groups<'a> {
        &self.groups
    }

    /// The principals, in the order of the rows.
    pub fn principals(&self) -> &[Principal] {
        &self.principals
    }

    /// Every answer other than "nothing gives it", by principal, then action.
    pub fn answers(&self) -> impl Iterator<Item = Answer<'_>> {
        let rows = self.principals.iter().zip(&self.rows);
        rows.flat_map(move |(principal, row)| row.iter().filter_map(move |cell| self.spell_out(principal, *cell)))
    }

    /// The answers of one principal about one action.
    pub fn answers_of(&self, principal: &Principal, action: Action) -> impl Iterator<Item = Answer<'_>> {
        let place = self.principals.binary_search(principal).ok();
        let found = place.and_then(|place| Some((self.principals.get(place)?, self.rows.get(place)?)));
        found.into_iter().flat_map(move |(principal, row)| {
            let cells = row.iter().filter(move |cell| cell.action == action);
            cells.filter_map(move |cell| self.spell_out(principal, *cell))
        })
    }

    /// The answer for one repository; none when the principal or the repository is not in the matrix. For actions of the
    /// registry any repository, or none, will do.
    pub fn decision(&self, principal: &Principal, action: Action, repository: Option<&str>) -> Option<&Decision> {
        self.principals.binary_search(principal).ok()?;
        let group = match repository {
            Some(name) if action.per_repository() => Some(self.groups.group_of(name)?),
            _ if action.per_repository() && !self.groups.names().is_empty() => return None,
            _ => None,
        };
        let answer = self
            .answers_of(principal, action)
            .find(|answer| group.is_none_or(|group| answer.groups.contains(group)));
        Some(answer.map_or(&self.nothing, |answer| answer.decision))
    }

    /// Everybody who can do it there, or of whom that is not known.
    pub fn holders(&self, action: Action, repository: Option<&str>) -> Vec<(&Principal, &Decision)> {
        let asked = self.principals.iter();
        let answered = asked.filter_map(|principal| Some((principal, self.decision(principal, action, repository)?)));
        answered
            .filter(|(_, decision)| decision.verdict() != Verdict::Denied)
            .collect()
    }

    /// How many pairs of principal and repository (or, for actions of the registry, principals) have this answer.
    pub fn count(&self, action: Action, verdict: Verdict) -> usize {
        let size = |set: &GroupSet| {
            if action.per_repository() {
                set.repositories(&self.groups)
            } else {
                1
            }
        };
        let answers = || self.answers().filter(|answer| answer.action == action);
        let of = |wanted: Verdict| {
            let matching = answers().filter(move |answer| answer.decision.verdict() == wanted);
            matching.map(|answer| size(answer.groups)).sum::<usize>()
        };
        match verdict {
            Verdict::Denied => {
                let all = self.principals.len() * size(&GroupSet::EVERYWHERE);
                all - of(Verdict::Granted) - of(Verdict::Unknown)
            }
            verdict => of(verdict),
        }
    }

    fn spell_out<'m>(&'m self, principal: &'m Principal, cell: Cell) -> Option<Answer<'m>> {
        Some(Answer {
            principal,
            action: cell.action,
            decision: self.decisions.get(cell.decision as usize)?,
            groups: self.sets.get(cell.set as usize)?,
        })
    }
}

#[cfg(test)]
mod tests;
