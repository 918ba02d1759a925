//! Sums of changes.

use serde_json::{Value, json};

use super::Net;
use crate::inventory::change::Change;

fn sum(changes: &[Value]) -> Vec<Value> {
    let mut net = Net::default();
    for change in changes {
        let change: Change = serde_json::from_value(change.clone()).unwrap();
        net.add(change);
    }
    net.finish()
        .iter()
        .map(|change| serde_json::to_value(change).unwrap())
        .collect()
}

fn role(kind: &str, condition: Option<&str>) -> Value {
    let mut role =
        json!({"kind": kind, "principal": "p", "role": "AcrPush", "level": "registry", "assignment": "/A/1"});
    if let Some(condition) = condition {
        role["condition"] = condition.into();
    }
    role
}

fn condition(from: &str, to: &str) -> Value {
    json!({"kind": "condition-changed", "principal": "p", "role": "AcrPush", "assignment": "/a/1", "from": from, "to": to})
}

#[test]
fn what_came_and_went_is_not_told() {
    let verdict = |from: &str, to: &str| json!({"kind": "verdict-changed", "rule": "r", "from": from, "to": to});
    assert_eq!(
        sum(&[verdict("pass", "fail"), verdict("fail", "pass")]),
        [] as [Value; 0]
    );
    assert_eq!(
        sum(&[verdict("pass", "fail"), verdict("fail", "unknown")]),
        [verdict("pass", "unknown")]
    );
    let principal = |kind: &str| json!({"kind": kind, "principal": "p"});
    assert_eq!(
        sum(&[principal("principal-removed"), principal("principal-added")]),
        [] as [Value; 0]
    );
    assert_eq!(
        sum(&[
            principal("principal-added"),
            principal("principal-removed"),
            principal("principal-added")
        ]),
        [principal("principal-added")]
    );
    let setting = |from: Option<bool>, to: Option<bool>| {
        let mut setting = json!({"kind": "setting-changed", "path": "/a"});
        from.into_iter().for_each(|from| setting["from"] = from.into());
        to.into_iter().for_each(|to| setting["to"] = to.into());
        setting
    };
    assert_eq!(
        sum(&[setting(None, Some(true)), setting(Some(true), Some(false))]),
        [setting(None, Some(false))]
    );
    let access = |gained: &[&str], lost: &[&str]| {
        let mut access = json!({"kind": "access-changed", "principal": "p"});
        if !gained.is_empty() {
            access["gained"] = gained.into();
        }
        if !lost.is_empty() {
            access["lost"] = lost.into();
        }
        access
    };
    assert_eq!(
        sum(&[access(&["pull", "push"], &[]), access(&["sign"], &["push"])]),
        [access(&["pull", "sign"], &[])]
    );
}

#[test]
fn a_role_is_told_with_the_condition_that_it_had_or_has() {
    let (added, removed) = ("role-added", "role-removed");
    assert_eq!(
        sum(&[role(added, Some("x")), condition("x", "y")]),
        [role(added, Some("y"))]
    );
    assert_eq!(
        sum(&[condition("x", "y"), role(removed, Some("y"))]),
        [role(removed, Some("x"))]
    );
    assert_eq!(sum(&[role(added, None), role(removed, None)]), [] as [Value; 0]);
    assert_eq!(sum(&[role(removed, None), role(added, None)]), [] as [Value; 0]);
    let again = sum(&[role(removed, Some("x")), role(added, Some("y"))]);
    assert_eq!(
        (&again[0]["kind"], &again[0]["from"], &again[0]["to"]),
        (&"condition-changed".into(), &"x".into(), &"y".into())
    );
    assert_eq!(sum(&[condition("x", "y"), condition("y", "z")]), [condition("x", "z")]);
    assert_eq!(sum(&[condition("x", "y"), condition("y", "x")]), [] as [Value; 0]);
}
