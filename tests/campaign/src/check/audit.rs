//! Audits in registry documents: in the end they say what Resource Manager has, and every change record of a registry
//! document says what its commit changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::changes::record;
use super::lines;
use crate::journal::Version;
use crate::life::Life;

impl Life {
    /// Two versions of a registry document that followed each other.
    pub(super) fn check_registry_record(
        &mut self,
        blobs: &BTreeMap<String, Vec<Version>>,
        before: &Value,
        after: &Value,
    ) {
        let server = after["loginServer"].as_str().unwrap_or("");
        let commit = after["commitId"].as_str().unwrap_or("-");
        let said = match record(blobs, server, commit).map(lines) {
            None => BTreeSet::new(),
            Some(Ok(lines)) => lines.iter().skip(1).filter_map(said).collect(),
            Some(Err(why)) => {
                self.violation(format!("the record of {commit} cannot be read: {why}"));
                return;
            }
        };
        let expected = expected(before, after);
        let are_whole = is_whole(before) && is_whole(after);
        let said: BTreeSet<String> = said
            .into_iter()
            .filter(|line| are_whole || !is_of_access(line))
            .collect();
        if said != expected {
            let wrong: Vec<_> = said.symmetric_difference(&expected).take(3).collect();
            self.violation(format!("{server}: the record of {commit} is wrong about {wrong:?}"));
        }
    }

    /// The last audit of a registry, after the last timer found everything at rest.
    pub(super) fn check_last_audit(&mut self, last: &Value) {
        let server = last["loginServer"].as_str().unwrap_or("").to_owned();
        let network = std::sync::Arc::clone(&self.network);
        let world = network.front().world();
        let Some(registry) = world.registries.get(&server) else {
            return;
        };
        let mut truth = BTreeSet::new();
        let assignments = world.arm.role_assignments.iter();
        let scope = registry.id();
        for assignment in assignments.filter(|assignment| assignment["properties"]["scope"] == scope.as_str()) {
            truth.insert(format!("role {}", text(&assignment["id"])));
        }
        for token in registry.children.get("tokens").into_iter().flatten() {
            truth.insert(format!("principal token:{}", text(&token["name"])));
        }
        if registry.properties["adminUserEnabled"] == true {
            truth.insert("principal admin-user".to_owned());
        }
        drop(world);
        let access = access(last);
        let mut wrong = Vec::new();
        if !is_whole(last) {
            wrong.push(format!("its audit has gaps: {}", last["audit"]["gaps"]));
        }
        // Identities are told by their roles.
        let is_identity = |line: &str| {
            line.strip_prefix("principal ")
                .is_some_and(|id| uuid::Uuid::parse_str(id).is_ok())
        };
        let known: BTreeSet<String> = access.into_iter().filter(|line| !is_identity(line)).collect();
        if known != truth {
            let different: Vec<_> = known.symmetric_difference(&truth).take(3).collect();
            wrong.push(format!("its audit is wrong about {different:?}"));
        }
        for what in wrong {
            self.violation(format!("in the end, {server}: {what}"));
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

/// Principals and roles of an audit, a line each.
fn access(document: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for row in document["audit"]["access"]["principals"]
        .as_array()
        .into_iter()
        .flatten()
    {
        all.insert(format!("principal {}", text(&row["principal"])));
        for role in row["roles"].as_array().into_iter().flatten() {
            all.insert(format!("role {}", text(&role["assignment"])));
        }
    }
    all
}

/// What a record ought to say of two versions. Between audits that know everything this is everything; where one does
/// not, nothing of access, and only the setting and the verdicts are looked at.
fn expected(before: &Value, after: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let admin = |document: &Value| document["resource"]["body"]["properties"]["adminUserEnabled"].clone();
    let have = |what: &str| before[what].is_object() && after[what].is_object();
    if have("resource") && admin(before) != admin(after) {
        all.insert(format!("admin {}", admin(after)));
    }
    if !have("audit") {
        return all;
    }
    let verdicts = |document: &Value| -> BTreeMap<String, String> {
        let findings = document["audit"]["findings"].as_array().into_iter().flatten();
        findings
            .map(|found| (text(&found["rule"]), text(&found["verdict"])))
            .collect()
    };
    let old = verdicts(before);
    for (rule, verdict) in verdicts(after) {
        if old.get(&rule).is_some_and(|old| *old != verdict) {
            all.insert(format!("verdict {rule} {verdict}"));
        }
    }
    if is_whole(before) && is_whole(after) {
        let (old, new) = (access(before), access(after));
        all.extend(new.difference(&old).map(|line| format!("added {line}")));
        all.extend(old.difference(&new).map(|line| format!("removed {line}")));
    }
    all
}

fn is_of_access(line: &str) -> bool {
    line.starts_with("added ") || line.starts_with("removed ")
}

fn is_whole(document: &Value) -> bool {
    // What nobody asked for is not missing.
    let mut gaps = document["audit"]["gaps"].as_array().into_iter().flatten();
    gaps.all(|gap| text(&gap["why"]).starts_with("not asked"))
}

/// A line of a record in the words of [`expected`]; none for what is not looked at.
fn said(line: &Value) -> Option<String> {
    let of = |key: &str| text(&line[key]);
    Some(match line["kind"].as_str()? {
        "setting-changed" if line["path"] == "/properties/adminUserEnabled" => format!("admin {}", line["to"]),
        "verdict-changed" => format!("verdict {} {}", of("rule"), of("to")),
        "principal-added" => format!("added principal {}", of("principal")),
        "principal-removed" => format!("removed principal {}", of("principal")),
        "role-added" => format!("added role {}", of("assignment")),
        "role-removed" => format!("removed role {}", of("assignment")),
        _ => return None,
    })
}
