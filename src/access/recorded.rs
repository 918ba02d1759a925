//! Real lists of roles and assignments, where they are present: everything in them is read, nothing is lost.

use std::collections::BTreeMap;

use serde_json::Value;

use super::action::{Action, Mode};
use super::assignment::RoleAssignment;
use super::decision::Verdict;
use super::effective::{Grants, Memberships};
use super::fixtures::facts;
use super::known::Known;
use super::matrix::Matrix;
use super::role::RoleDefinition;

/// Every item of the recorded answers, by its type in lower case; none when the folder is not there.
fn items() -> Option<BTreeMap<String, Vec<Value>>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/recordings/rbac.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    let mut items: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in text.lines() {
        let exchange: Value = serde_json::from_str(line).unwrap();
        let body = exchange["response_body"].as_str().unwrap_or_default();
        let Ok(body) = serde_json::from_str::<Value>(body) else {
            continue;
        };
        let list = body["value"].as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
        for item in list {
            if let Some(kind) = item["type"].as_str() {
                items.entry(kind.to_lowercase()).or_default().push(item);
            }
        }
    }
    Some(items)
}

#[test]
fn every_recorded_role_and_assignment_is_read() {
    let Some(items) = items() else { return };
    let roles = &items["microsoft.authorization/roledefinitions"];
    let assignments = &items["microsoft.authorization/roleassignments"];
    assert!(
        roles.len() > 900 && assignments.len() > 370,
        "{} {}",
        roles.len(),
        assignments.len()
    );
    for item in roles {
        let role = RoleDefinition::from_arm(item).unwrap();
        assert_eq!(role.guid, item["name"].as_str().unwrap().to_lowercase());
        for (block, wire) in role
            .permissions
            .iter()
            .zip(item["properties"]["permissions"].as_array().unwrap())
        {
            let lists = [
                (&block.actions, "actions"),
                (&block.not_actions, "notActions"),
                (&block.data_actions, "dataActions"),
                (&block.not_data_actions, "notDataActions"),
            ];
            for (patterns, field) in lists {
                assert_eq!(
                    patterns.len(),
                    wire[field].as_array().map_or(0, Vec::len),
                    "{} {field}",
                    role.name
                );
            }
            assert_eq!(
                block.condition.is_some(),
                wire["condition"].is_string(),
                "{}",
                role.name
            );
        }
    }
    for item in assignments {
        let assignment = RoleAssignment::from_arm(item).unwrap();
        assert_eq!(
            assignment.condition.is_some(),
            item["properties"]["condition"].is_string()
        );
        assert_eq!(assignment.scope, item["properties"]["scope"].as_str().unwrap());
        assert!(!assignment.principal_type.may_have_members() || item["properties"]["principalType"] == "Group");
    }
}

#[test]
fn recorded_conditions_parse_or_say_why_and_none_speaks_of_repositories() {
    let Some(items) = items() else { return };
    let roles = items["microsoft.authorization/roledefinitions"].iter();
    let blocks = roles.flat_map(|item| RoleDefinition::from_arm(item).unwrap().permissions);
    let assignments = items["microsoft.authorization/roleassignments"].iter();
    let assignments = assignments.filter_map(|item| RoleAssignment::from_arm(item).unwrap().condition);
    let conditions: Vec<_> = blocks.filter_map(|block| block.condition).chain(assignments).collect();
    assert!(conditions.len() >= 19, "{}", conditions.len());
    let (parsed, refused): (Vec<_>, Vec<_>) = conditions.iter().partition(|condition| condition.parsed().is_ok());
    assert!(
        refused
            .iter()
            .all(|condition| condition.text().contains("@Subject.Application"))
    );
    for condition in parsed {
        assert!(condition.name_patterns().is_empty() && condition.open_prefixes().is_empty());
        let expression = condition.parsed().unwrap();
        assert_eq!(
            super::condition::parse(&expression.to_string()).as_ref(),
            Ok(expression)
        );
    }
}

#[test]
fn recorded_assignments_give_a_matrix() {
    let Some(items) = items() else { return };
    let mut facts = facts(Mode::Legacy);
    facts.registry = facts.registry.replace(
        "00000000-0000-4000-8000-000000000001",
        "00000000-0000-0000-0000-000000000000",
    );
    let roles = items["microsoft.authorization/roledefinitions"].iter();
    facts.role_definitions = Known::complete(roles.map(|item| RoleDefinition::from_arm(item).unwrap()).collect());
    let assignments = items["microsoft.authorization/roleassignments"].iter();
    facts.role_assignments = Known::complete(
        assignments
            .map(|item| RoleAssignment::from_arm(item).unwrap())
            .collect(),
    );
    facts.memberships = Memberships::Apart;
    let names = vec!["app".to_owned()];
    for mode in [Mode::Legacy, Mode::Abac] {
        let matrix = Matrix::new(&Grants::new(facts.clone()).in_mode(mode), &names);
        let count = |action, verdict| matrix.count(action, verdict);
        let (pull, configure) = (
            count(Action::Pull, Verdict::Granted),
            count(Action::Configure, Verdict::Granted),
        );
        println!(
            "{mode:?}: {} principals, {pull} pull, {configure} configure, {} unknown",
            matrix.principals().len(),
            count(Action::Pull, Verdict::Unknown)
        );
        assert!(configure > 0);
        assert_eq!(pull > 0, mode == Mode::Legacy);
    }
}
