//! A 200 answer that does not have what it was asked for: not the same as one that has nothing.

use super::Answers;
use crate::hostile_registry::{Hostile, REPOSITORY};

/// The lists, each with its key.
fn lists() -> [(String, &'static str); 3] {
    [
        ("/acr/v1/_catalog".to_owned(), "repositories"),
        (format!("/acr/v1/{REPOSITORY}/_manifests"), "manifests"),
        (format!("/acr/v1/{REPOSITORY}/_tags"), "tags"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_without_its_key_is_malformed() {
    let hostile = Hostile::start().await;
    for (path, key) in lists() {
        for body in [
            "{}",
            r#"{"errors":[]}"#,
            r#"{"value":[]}"#,
            &format!("{{\"{key}x\":[]}}"),
        ] {
            hostile.body(&path, body.to_owned());
            let after = hostile.run(&format!("{path}: {body}")).await;
            assert!(
                after.codes.contains(&"malformed".to_owned()),
                "{path}: {body}: {after:?}"
            );
        }
    }
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_of_something_that_had_more_is_doubted() {
    let hostile = Hostile::start().await;
    for (path, key) in lists() {
        for empty in ["null", "[]"] {
            hostile.body(&path, format!("{{\"{key}\":{empty}}}"));
            let after = hostile.run(&format!("{path}: {empty}")).await;
            let doubt = if key == "repositories" {
                "missing-from-catalog"
            } else {
                "count-mismatch"
            };
            assert!(
                after.codes.iter().all(|code| code == doubt),
                "{path}: {empty}: {after:?}"
            );
        }
    }
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_say_nothing_do_not_count_nothing() {
    let hostile = Hostile::start().await;
    for (what, attributes) in [
        ("no field", "{}"),
        ("errors", r#"{"errors":[]}"#),
        (
            "a negative count",
            &format!(r#"{{"imageName":"{REPOSITORY}","manifestCount":-1,"tagCount":0}}"#),
        ),
        (
            "a count as text",
            &format!(r#"{{"imageName":"{REPOSITORY}","manifestCount":0,"tagCount":"0"}}"#),
        ),
    ] {
        let path = format!("/acr/v1/{REPOSITORY}");
        // The last rule wins: lists first, what is left of the path is the attributes.
        hostile.body(&path, attributes.to_owned());
        hostile.body(&format!("{path}/_manifests"), r#"{"manifests":[]}"#);
        hostile.body(&format!("{path}/_tags"), r#"{"tags":[]}"#);
        let after = hostile.run(what).await;
        assert_eq!(after.codes, ["malformed"], "{what}");
    }
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_without_repositories_is_complete() {
    for body in [r#"{"repositories":null}"#, r#"{"repositories":[]}"#] {
        let answers = Answers::start(0, 0, false).await;
        answers.body("/acr/v1/_catalog", body);
        answers.run().await;
        assert_eq!(
            (answers.completeness().as_str(), answers.codes()),
            ("complete", vec![]),
            "{body}"
        );
    }
}
