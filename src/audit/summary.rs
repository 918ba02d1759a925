//! The grants that the access rules ask about.

mod directory;
mod findings;
mod grants;

use std::collections::{BTreeSet, HashMap};

use super::identities::Identities;
use super::registry::Reads;
use crate::access::action::Mode;
use crate::access::assignment::RoleAssignment;
use crate::access::delegation::{Reach, in_words};
use crate::access::effective::Grants;
use crate::access::least::{self, Finding};
use crate::access::scope::{Level, level};
use crate::posture::access::{AccessSummary, LimitedWriter};
use crate::posture::evidence::Read;
use grants::{suggested_instead, suggestion};

/// Sums up who holds which role; unknown when the role assignments were not read, or not all of them.
pub(super) fn summary(reads: &Reads, grants: &Grants, identities: &Identities) -> Read<AccessSummary> {
    if let Read::Known { value, .. } = &reads.role_assignments
        && value.not_understood > 0
    {
        return Read::Failed {
            reason: format!(
                "{} role assignments are not in the shape that ARM documents",
                value.not_understood
            ),
            passing: false,
        };
    }
    let sum = || Summing::new(reads, grants, identities).sum();
    reads.role_assignments.map(|_| sum())
}

struct Summing<'a> {
    reads: &'a Reads,
    grants: &'a Grants,
    identities: &'a Identities,
    assignments: HashMap<&'a str, &'a RoleAssignment>,
}

impl<'a> Summing<'a> {
    fn new(reads: &'a Reads, grants: &'a Grants, identities: &'a Identities) -> Self {
        let assignments = &grants.facts().role_assignments.items;
        Self {
            reads,
            grants,
            identities,
            assignments: assignments.iter().map(|found| (found.id.as_str(), found)).collect(),
        }
    }

    fn sum(&self) -> AccessSummary {
        let mode = self.grants.mode();
        let (inherited, in_one_mode) = self.inherited(mode);
        let inert = mode.map(|mode| least::inert(self.grants, mode)).unwrap_or_default();
        let mut summary = AccessSummary {
            broad_writers: self.grants_of(&least::broad_writers(self.grants), |_| None),
            limited_writers: self.limited(&[Reach::Nothing, Reach::Narrow]),
            wide_writers: self.limited(&[Reach::Wide]),
            undecided_writers: self.limited(&[Reach::NotKnown]),
            inherited: self.grants_of(&inherited, |role| suggestion(role, mode?)),
            inherited_in_one_mode: self.grants_of(&in_one_mode, |_| None),
            // What it would do in the other mode is what it was meant to do.
            inert: self.grants_of(&inert, |role| suggested_instead(role, mode?)),
            role_definitions: self.definitions(),
            service_principals: self.with_secrets(),
            deleted_principals: self.deleted(),
            ..AccessSummary::default()
        };
        let mut custom = BTreeSet::new();
        for assignment in self.reaching() {
            self.conditions(assignment, &mut summary);
            match self.role(&assignment.role_guid) {
                Some(role) => {
                    self.secrets(assignment, role, &mut summary);
                    if role.is_custom && custom.insert(&role.guid) {
                        summary.wildcard_custom_roles.extend(self.wildcards(role));
                    }
                }
                None => summary.unknown_roles.push(self.grant(assignment, None)),
            }
        }
        summary
    }

    /// Assignments at the registry and above it.
    fn reaching(&self) -> impl Iterator<Item = &'a RoleAssignment> {
        let facts = self.grants.facts();
        let assignments = facts.role_assignments.items.iter();
        assignments.filter(|found| level(&found.scope, &facts.registry).is_some_and(|level| level != Level::Below))
    }

    /// Data-plane roles from above the resource group, and those that are such in one mode alone while it is not known
    /// which one holds.
    fn inherited(&self, mode: Option<Mode>) -> (Vec<Finding>, Vec<Finding>) {
        let inherited = |mode| {
            let mut found = least::inherited(self.grants, mode);
            found.retain(|found| found.level != Level::ResourceGroup);
            found
        };
        if let Some(mode) = mode {
            return (inherited(mode), Vec::new());
        }
        let (legacy, abac) = (inherited(Mode::Legacy), inherited(Mode::Abac));
        let (both, mut one): (Vec<Finding>, Vec<Finding>) = legacy.into_iter().partition(|found| abac.contains(found));
        one.extend(abac.into_iter().filter(|found| !both.contains(found)));
        (both, one)
    }

    /// Those who may assign roles within a condition, with the condition.
    fn limited(&self, reaches: &[Reach]) -> Vec<LimitedWriter> {
        let found = reaches
            .iter()
            .flat_map(|reach| least::limited_writers(self.grants, *reach));
        let known = &self.grants.facts().role_definitions.items;
        let writer = |found: Finding| {
            let assignment = self.assignments.get(found.assignment.as_str())?;
            let condition = assignment.condition.as_ref();
            Some(LimitedWriter {
                grant: self.grant(assignment, None),
                condition: condition
                    .map(|condition| condition.text().to_owned())
                    .unwrap_or_default(),
                allows: condition
                    .map(|condition| in_words(&condition.delegation(), known))
                    .unwrap_or_default(),
            })
        };
        found.filter_map(writer).collect()
    }

    /// Whether role definitions were read, without them.
    fn definitions(&self) -> Read<()> {
        self.reads.role_definitions.map(|_| ())
    }
}
