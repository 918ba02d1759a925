//! What could not be known, and which role would tell it.

use super::registry::Reads;
use super::subscription::{DENY_ASSIGNMENTS_READ, ROLE_DEFINITIONS_READ};
use crate::inventory::audit::Gap;
use crate::posture::evidence::Missing;
use crate::posture::rule::RULES;
use crate::posture::source::Source;

/// Reader covers every read of Resource Manager that an audit makes.
const READER: &str = "Reader";

/// What they are called in sentences, as [`Source::name`] calls the others.
pub(super) const ROLE_DEFINITIONS: &str = "the role definitions";
pub(super) const DENY_ASSIGNMENTS: &str = "the deny assignments";

/// One for every read that has no value.
pub fn gaps(reads: &Reads) -> Vec<Gap> {
    let evidence = Source::ALL.iter().filter_map(|source| {
        let missing = match source {
            Source::Access => reads.role_assignments.missing(),
            source => reads.evidence.missing(*source),
        };
        Some(gap(source.name(), source.role(), missing?, &rules(*source)))
    });
    let access = rules(Source::Access);
    let authorization = [
        (
            ROLE_DEFINITIONS,
            ROLE_DEFINITIONS_READ,
            reads.role_definitions.missing(),
        ),
        (
            DENY_ASSIGNMENTS,
            DENY_ASSIGNMENTS_READ,
            reads.deny_assignments.missing(),
        ),
    ];
    let authorization = authorization.into_iter().filter_map(|(what, permission, missing)| {
        // Deny assignments decide the table of access alone, not a rule.
        let rules = if permission == ROLE_DEFINITIONS_READ {
            access.as_slice()
        } else {
            &[]
        };
        Some(gap(what, READER, missing?, rules))
    });
    evidence.chain(authorization).collect()
}

fn gap(what: &str, role: &str, missing: Missing<'_>, rules: &[String]) -> Gap {
    let (why, permission) = match missing {
        Missing::Refused(permission) => ("refused".to_owned(), Some(permission.to_owned())),
        Missing::Failed(reason) => (format!("failed: {reason}"), None),
        Missing::NotAsked(why) => (format!("not asked: {why}"), None),
    };
    Gap {
        what: what.to_owned(),
        why,
        role: permission.is_some().then(|| role.to_owned()),
        permission,
        rules: rules.to_vec(),
    }
}

/// Ids of the rules that stand on a read.
fn rules(source: Source) -> Vec<String> {
    let standing = RULES.iter().filter(|rule| rule.needs.contains(&source));
    standing.map(|rule| rule.id.to_owned()).collect()
}
