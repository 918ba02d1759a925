//! One item of a list that cannot be used: it is a problem that names what and where, and the others count.

use serde_json::Value;
use simulator::faults::alteration::{Alteration, Change};
use simulator::faults::effect::Effect;

use super::{Answers, SERVER};

const OTHER: &str = "\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"";

fn set(field: &'static str, value: &str) -> Change {
    Change::Set(field, value.to_owned())
}

fn raw(value: &str) -> Change {
    Change::Raw(value.to_owned())
}

/// What is done to an item, the code of the problem, and what its message has to name besides the item.
type Case = (Change, &'static str, &'static str);

fn manifests() -> Vec<Case> {
    vec![
        (set("imageSize", "-1"), "invalid-manifest", "imageSize"),
        (
            set("imageSize", "18446744073709551616"),
            "invalid-manifest",
            "imageSize",
        ),
        (set("imageSize", "1e400"), "invalid-manifest", "imageSize"),
        (set("imageSize", "1.5"), "invalid-manifest", "imageSize"),
        (set("imageSize", "\"1000\""), "invalid-manifest", "imageSize"),
        (set("digest", "null"), "invalid-manifest", "digest"),
        (set("digest", "5"), "invalid-manifest", "digest"),
        (Change::Without(&["digest"]), "invalid-manifest", "digest"),
        (set("mediaType", "{}"), "invalid-manifest", "mediaType"),
        (set("createdTime", "5"), "invalid-manifest", "createdTime"),
        (
            set("changeableAttributes", "{\"deleteEnabled\":\"yes\"}"),
            "invalid-manifest",
            "deleteEnabled",
        ),
        (set("tags", "[null]"), "invalid-manifest", "tags"),
        (set("tags", "\"latest\""), "invalid-manifest", "tags"),
        (set("os", "\"\\ud800\""), "invalid-manifest", "os"),
        (raw("null"), "invalid-manifest", ""),
        (raw("[]"), "invalid-manifest", ""),
        (raw("7"), "invalid-manifest", ""),
        (
            Change::Twice(Some(("imageSize", "7".to_owned()))),
            "repeated-item",
            "differ",
        ),
        (
            Change::Twice(Some(("imageSize", "-1".to_owned()))),
            "invalid-manifest",
            "imageSize",
        ),
    ]
}

fn tags() -> Vec<Case> {
    vec![
        (set("digest", "null"), "invalid-tag", "digest"),
        (set("digest", "\"sha256:abc\""), "invalid-tag", "digest"),
        (set("name", "null"), "invalid-tag", "name"),
        (Change::Without(&["name"]), "invalid-tag", "name"),
        (set("createdTime", "5"), "invalid-tag", "createdTime"),
        (set("signed", "\"no\""), "invalid-tag", "signed"),
        (set("changeableAttributes", "7"), "invalid-tag", "changeableAttributes"),
        (raw("null"), "invalid-tag", ""),
        (raw("\"v1\""), "invalid-tag", ""),
        (
            Change::Twice(Some(("digest", OTHER.to_owned()))),
            "repeated-item",
            "differ",
        ),
    ]
}

/// A registry read once; then each case alters an old item of a list to which something new was added.
async fn alter(list: &'static str, kind: &str, cases: Vec<Case>) {
    let answers = Answers::start(1, 4, false).await;
    answers.run().await;
    let name = answers.repositories().remove(0);
    let broken = answers.truth(&name, kind).remove(1);
    for (number, (change, code, names)) in cases.into_iter().enumerate() {
        let what = format!("{list}: {change:?}");
        let fresh = format!("fresh-{number:02}");
        answers.app.tenant.simulator.world().push_image(SERVER, &name, &fresh);
        let at = answers
            .truth(&name, kind)
            .iter()
            .position(|key| *key == broken)
            .unwrap();
        let before = answers.truth(&name, kind)[at - 1].clone();
        let old = answers.lines(&name).into_iter().find(|line| is(line, &broken)).unwrap();
        let alteration = Alteration::item(list, at, change);
        answers.fault(&format!("/acr/v1/{name}/_{list}"), Effect::Alter(alteration));
        assert_eq!(answers.asked(&name).await, ["/_manifests", "/_tags"], "{what}");
        assert_eq!(answers.completeness(), "partial", "{what}");
        let problems = answers.problems();
        assert_eq!(problems[0].0, code, "{what}: {problems:?}");
        assert_eq!(problems[0].1, name, "{what}: {problems:?}");
        let message = &problems[0].2;
        assert!(
            message.contains(&broken) || message.contains(&format!("after {before}")),
            "{what}: {message}"
        );
        assert!(message.contains(names), "{what}: {message}");
        // The others count, the new one among them, and what was known of this one stays.
        for kind in ["manifest", "tag"] {
            assert_eq!(answers.keys(&name, kind), answers.truth(&name, kind), "{what}");
        }
        let kept = answers.lines(&name).into_iter().find(|line| is(line, &broken)).unwrap();
        assert_eq!(kept, old, "{what}");
        answers.clear();
        answers.run().await;
        assert_eq!(
            (answers.completeness().as_str(), answers.codes()),
            ("complete", vec![]),
            "{what}"
        );
    }
}

fn is(line: &Value, key: &str) -> bool {
    let field = if line["kind"] == "tag" { "name" } else { "digest" };
    line[field] == key
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_cannot_be_used_costs_itself_alone() {
    alter("manifests", "manifest", manifests()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_cannot_be_used_costs_itself_alone() {
    alter("tags", "tag", tags()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_was_never_read_is_not_made_up() {
    let answers = Answers::start(1, 2, false).await;
    let name = answers.repositories().remove(0);
    let digests = answers.truth(&name, "manifest");
    let alteration = Alteration::item("manifests", 1, set("imageSize", "-1"));
    answers.fault("/_manifests", Effect::Alter(alteration));
    answers.run().await;
    assert_eq!(answers.keys(&name, "manifest"), digests[..1]);
    assert_eq!(answers.keys(&name, "tag"), answers.truth(&name, "tag"));
    assert_eq!(answers.completeness(), "partial");
    // The same words every time: nothing is written anew.
    let lines = answers.lines(&name);
    answers.run().await;
    assert_eq!(answers.lines(&name), lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exact_repetition_counts_once() {
    for list in ["manifests", "tags"] {
        let answers = Answers::start(1, 2, false).await;
        let name = answers.repositories().remove(0);
        answers.fault(
            &format!("/_{list}"),
            Effect::Alter(Alteration::items(list, Change::Twice(None))),
        );
        answers.run().await;
        for kind in ["manifest", "tag"] {
            assert_eq!(answers.keys(&name, kind), answers.truth(&name, kind), "{list}");
        }
        assert_eq!(answers.completeness(), "partial", "{list}");
        assert_eq!(answers.codes(), ["repeated-item", "repeated-item"], "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_illegal_tag_name_costs_neither_the_list_nor_the_manifest() {
    let answers = Answers::start(1, 2, false).await;
    let name = answers.repositories().remove(0);
    let digest = answers.truth(&name, "manifest").remove(0);
    let alteration = Alteration::item("manifests", 0, set("tags", "[\"-x\"]"));
    answers.fault("/_manifests", Effect::Alter(alteration));
    answers.run().await;
    for kind in ["manifest", "tag"] {
        assert_eq!(answers.keys(&name, kind), answers.truth(&name, kind));
    }
    let problems = answers.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].0, "invalid-manifest");
    assert!(
        problems[0].2.contains(&digest) && problems[0].2.contains("-x"),
        "{problems:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_the_catalog_that_cannot_be_used_costs_itself_alone() {
    let answers = Answers::start(3, 1, false).await;
    answers.run().await;
    let broken = answers.repositories().remove(1);
    for (number, (change, code)) in [
        (raw("null"), "invalid-name"),
        (raw("7"), "invalid-name"),
        (raw("{\"name\":\"x\"}"), "invalid-name"),
        (Change::Twice(None), "repeated-item"),
    ]
    .into_iter()
    .enumerate()
    {
        let what = format!("{change:?}");
        let fresh = format!("fresh/{number}");
        answers.app.tenant.simulator.world().push_image(SERVER, &fresh, "1");
        let at = answers.repositories().iter().position(|name| *name == broken).unwrap();
        let alteration = Alteration::item("repositories", at, change);
        answers.fault("/acr/v1/_catalog", Effect::Alter(alteration));
        answers.run().await;
        assert_eq!(answers.completeness(), "partial", "{what}");
        assert!(
            answers.codes().contains(&code.to_owned()),
            "{what}: {:?}",
            answers.problems()
        );
        assert_eq!(answers.keys(&fresh, "tag"), ["1"], "{what}: the others are read");
        assert_eq!(
            answers.keys(&broken, "tag"),
            answers.truth(&broken, "tag"),
            "{what}: nothing is lost"
        );
        answers.clear();
        answers.run().await;
        assert_eq!(answers.completeness(), "complete", "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_unusable_items_is_told_in_bounds() {
    let answers = Answers::start(1, 2, false).await;
    answers.run().await;
    let name = answers.repositories().remove(0);
    let flood = vec!["null"; 100_000].join(",");
    for list in ["manifests", "tags"] {
        answers.body(&format!("/acr/v1/{name}/_{list}"), &format!("{{\"{list}\":[{flood}]}}"));
    }
    answers.run().await;
    assert_eq!(answers.completeness(), "partial");
    let lines = answers.lines(&name);
    let problems = lines.last().unwrap()["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 100);
    assert_eq!(lines.len(), 6, "nothing is lost");
}
