//! A permission taken away: what stands on the read is unknown, and nothing else changes.

use std::collections::BTreeSet;

use acr_inventory::posture::rule::{RULES, Rule};
use acr_inventory::posture::source::Source;
use acr_inventory::posture::verdict::Verdict::{self, Fail, NotApplicable, Pass, Unknown};

use super::finding;
use super::world::{Audited, all_but};

/// Beside what the sources name: both are read with the role assignments.
const ROLE_DEFINITIONS: &str = "Microsoft.Authorization/roleDefinitions/read";
const DENY_ASSIGNMENTS: &str = "Microsoft.Authorization/denyAssignments/read";

/// Rules that ask what the identity's own role gives, a custom one; other rules know the roles they ask about by their
/// ids, or have found a built-in one already.
const OF_DEFINITIONS: [&str; 4] = [
    "no-broad-writers",
    "assignment-at-registry-scope",
    "no-inert-assignment",
    "no-wildcard-custom-role",
];

/// Reads that a rule stands on and can do without at the exemplary registry: it holds a copy of its private endpoint
/// connections, and that retention is on settles whether soft delete can be.
const DISPENSABLE: [(Source, &str); 3] = [
    (Source::PrivateEndpointConnections, "private-endpoint-approved"),
    (Source::PrivateEndpointConnections, "private-endpoint-foreign"),
    (Source::Replications, "soft-delete"),
];

/// What the exemplary registry does not pass with every read: retention excludes soft delete, somebody may ask for
/// callback addresses, and neither an inventory nor Microsoft Graph is there.
const NOT_PASSED: [(&str, Verdict); 6] = [
    ("soft-delete", NotApplicable),
    ("secret-reading-roles", Fail),
    ("immutable-tags-locked", Unknown),
    ("images-signed", Unknown),
    ("managed-identity-preferred", Unknown),
    ("no-deleted-principal", Unknown),
];

/// Whether a rule stands on what takes this permission.
fn stands_on(rule: &Rule, permission: &str) -> bool {
    let needed = |source: &&Source| !DISPENSABLE.contains(&(**source, rule.id));
    let mut needs = rule.needs.iter().filter(needed);
    needs.any(|source| source.permission() == permission)
        || permission == ROLE_DEFINITIONS && OF_DEFINITIONS.contains(&rule.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_read_leaves_open_what_stands_on_it_and_nothing_else() {
    let sources = Source::ALL.iter().map(|source| source.permission());
    let asked = sources.filter(|permission| !permission.is_empty());
    let permissions: BTreeSet<&str> = asked.chain([ROLE_DEFINITIONS, DENY_ASSIGNMENTS]).collect();
    // The first is no permission, so that nothing is taken away.
    let permissions: Vec<&str> = ["nothing"].into_iter().chain(permissions).collect();
    let (world, names) = all_but(&permissions);
    let documents = Audited::start(world)
        .audit(names.iter().map(String::as_str).collect())
        .await;
    let whole = &documents[&names[0]];
    assert_eq!(whole.gaps, []);
    for rule in RULES {
        let mut known = NOT_PASSED.iter().filter(|(known, _)| *known == rule.id);
        let expected = known.next().map_or(Pass, |(_, verdict)| *verdict);
        assert_eq!(finding(whole, rule.id).verdict, expected, "{}", rule.id);
    }
    for (name, permission) in names.iter().zip(permissions).skip(1) {
        let document = &documents[name];
        let gaps: BTreeSet<_> = document.gaps.iter().map(|gap| gap.permission.as_deref()).collect();
        assert_eq!(gaps, BTreeSet::from([Some(permission)]), "{:#?}", document.gaps);
        assert!(
            document.gaps.iter().all(|gap| gap.role.is_some()),
            "{:#?}",
            document.gaps
        );
        for rule in RULES {
            let (found, before) = (finding(document, rule.id), finding(whole, rule.id));
            if stands_on(rule, permission) {
                assert_eq!(found.verdict, Unknown, "{} without {permission}: {found:#?}", rule.id);
                assert_eq!(found.missing_permission.as_deref(), Some(permission), "{found:#?}");
            } else {
                assert_eq!(
                    found.verdict, before.verdict,
                    "{} without {permission}: {found:#?}",
                    rule.id
                );
            }
        }
    }
}
