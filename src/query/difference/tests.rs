//! Kinds and what is told of each.

use serde_json::{Value, json};

use super::{COLUMNS, Difference, KINDS, RepositoryLock, Wanted, What};
use crate::inventory::change::Change;
use crate::inventory::repository::ChangeableAttributes;
use crate::names::{LoginServer, RepositoryName};
use crate::query::row::Field;

const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// One change of each kind, as records have it.
fn one_of_each() -> Vec<Value> {
    let role = json!({"principal": "p", "role": "AcrPush", "level": "registry", "assignment": "/a"});
    let with = |kind: &str, mut fields: Value| {
        fields["kind"] = kind.into();
        fields
    };
    vec![
        with("repository-added", json!({})),
        with("repository-removed", json!({})),
        with("manifest-added", json!({"digest": A})),
        with("manifest-removed", json!({"digest": A})),
        with("tag-created", json!({"tag": "v1", "digest": A})),
        with("tag-moved", json!({"tag": "v1", "from": A, "to": B})),
        with("tag-removed", json!({"tag": "v1", "digest": A})),
        with(
            "lock-changed",
            json!({"tag": "v1", "digest": A, "from": {"writeEnabled": true}, "to": {"writeEnabled": false}}),
        ),
        with(
            "setting-changed",
            json!({"path": "/properties/adminUserEnabled", "to": true}),
        ),
        with(
            "verdict-changed",
            json!({"rule": "admin-user-disabled", "from": "pass", "to": "fail"}),
        ),
        with("principal-added", json!({"principal": "p"})),
        with("principal-removed", json!({"principal": "p"})),
        with("role-added", role.clone()),
        with("role-removed", role),
        with(
            "condition-changed",
            json!({"principal": "p", "role": "r", "assignment": "/a", "from": "x", "to": "y"}),
        ),
        with(
            "access-changed",
            json!({"principal": "p", "gained": ["pull"], "lost": ["push"]}),
        ),
    ]
}

fn read(change: &Value) -> What {
    What::Change(serde_json::from_value::<Change>(change.clone()).unwrap())
}

fn text(what: What) -> Vec<String> {
    let difference = Difference {
        what,
        login_server: LoginServer::parse("contoso.azurecr.io").unwrap(),
        repository: RepositoryName::parse("team/app").ok(),
        recorded: None,
    };
    let row = difference.row();
    assert_eq!(row.len(), COLUMNS.len());
    row[2..].iter().map(Field::text).collect()
}

#[test]
fn kinds_are_those_of_records_and_each_says_what_it_is_about() {
    let all = one_of_each();
    let kinds: Vec<&str> = all.iter().map(|change| read(change).kind()).collect();
    assert_eq!(kinds, KINDS);
    for change in &all {
        assert_eq!(change["kind"], read(change).kind());
    }
    let rows: Vec<String> = all.iter().map(|change| text(read(change)).join("|")).collect();
    assert_eq!(
        rows,
        [
            "repository-added|||".to_owned(),
            "repository-removed|||".to_owned(),
            format!("manifest-added|{A}||"),
            format!("manifest-removed|{A}||"),
            format!("tag-created|v1||{A}"),
            format!("tag-moved|v1|{A}|{B}"),
            format!("tag-removed|v1|{A}|"),
            "lock-changed|v1|writeEnabled=true|writeEnabled=false".to_owned(),
            "setting-changed|/properties/adminUserEnabled||true".to_owned(),
            "verdict-changed|admin-user-disabled|pass|fail".to_owned(),
            "principal-added|p||".to_owned(),
            "principal-removed|p||".to_owned(),
            "role-added|p||AcrPush".to_owned(),
            "role-removed|p|AcrPush|".to_owned(),
            "condition-changed|p|x|y".to_owned(),
            "access-changed|p|push|pull".to_owned(),
        ]
    );
}

#[test]
fn a_difference_has_the_form_of_a_record() {
    for change in one_of_each() {
        let difference = Difference {
            what: read(&change),
            login_server: LoginServer::parse("contoso.azurecr.io").unwrap(),
            repository: RepositoryName::parse("team/app").ok(),
            recorded: None,
        };
        let line = serde_json::to_string(&difference).unwrap();
        // As in a record, the kind comes first.
        assert!(line.starts_with("{\"kind\":"), "{line}");
        let again: Change = serde_json::from_str(&line).unwrap();
        assert_eq!(What::Change(again), difference.what);
    }
    let switched = |write: bool| ChangeableAttributes {
        write_enabled: Some(write),
        ..ChangeableAttributes::default()
    };
    let lock = What::Repository(RepositoryLock {
        from: switched(true),
        to: switched(false),
    });
    assert_eq!(
        text(lock.clone()),
        ["lock-changed", "", "writeEnabled=true", "writeEnabled=false"]
    );
    assert_eq!(
        serde_json::to_value(lock).unwrap(),
        json!({"kind": "lock-changed", "from": {"writeEnabled": true}, "to": {"writeEnabled": false}})
    );
}

#[test]
fn what_is_wanted_is_told_by_kind_tag_and_either_digest() {
    let count = |wanted: &Wanted| {
        one_of_each()
            .iter()
            .filter(|change| wanted.change(&read(change)))
            .count()
    };
    assert_eq!(count(&Wanted::default()), KINDS.len());
    let kinds = |kinds: &[&str]| Wanted {
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        ..Wanted::default()
    };
    assert_eq!(count(&kinds(&["tag-moved", "role-added"])), 2);
    let digest = |digest: &str| Wanted {
        digest: Some(digest.to_owned()),
        ..Wanted::default()
    };
    assert_eq!(
        (
            count(&digest("sha256:aa")),
            count(&digest("sha256:bb")),
            count(&digest("sha256:c"))
        ),
        (6, 1, 0)
    );
}
