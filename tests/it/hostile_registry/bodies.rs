//! Answers that are JSON and lie: nesting, duplicates, foreign owners, names outside the grammar.

use bytes::Bytes;
use simulator::faults::effect::Effect;

use super::{Hostile, REPOSITORY, SERVER};

const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

fn tags(items: &str) -> String {
    format!(r#"{{"registry":"{SERVER}","imageName":"{REPOSITORY}","tags":[{items}]}}"#)
}

fn manifests(items: &str) -> String {
    format!(r#"{{"registry":"{SERVER}","imageName":"{REPOSITORY}","manifests":[{items}]}}"#)
}

async fn expect(hostile: &Hostile, list: &str, body: impl Into<Bytes>, code: &str, what: &str) {
    let path = match list {
        "_catalog" => "/acr/v1/_catalog".to_owned(),
        list => format!("/acr/v1/{REPOSITORY}/{list}"),
    };
    hostile.body(&path, body);
    let after = hostile.run(what).await;
    assert!(after.codes.iter().any(|given| given == code), "{what}: {after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_json_is_an_error_and_no_crash() {
    let hostile = Hostile::start().await;
    let deep = "[".repeat(200_000);
    for list in ["_catalog", "_manifests", "_tags"] {
        for (what, body) in [
            ("deep nesting", deep.clone()),
            ("deep nesting within a field nobody reads", format!("{{\"x\":{deep}")),
            ("not an object", "[]".to_owned()),
            ("nothing", String::new()),
            (
                "the list is a text",
                format!("{{\"{}\":\"x\"}}", &list[1..].replace("catalog", "repositories")),
            ),
        ] {
            expect(&hostile, list, body, "malformed", &format!("{list}: {what}")).await;
        }
        let not_utf8 = Bytes::from_static(b"{\"repositories\":[\"\xff\"],\"tags\":\"\xff\",\"manifests\":\"\xff\"}");
        expect(&hostile, list, not_utf8, "malformed", &format!("{list}: not UTF-8")).await;
        let unread = Bytes::from_static(b"{\"unread\":\"\xff\"}");
        let what = format!("{list}: not UTF-8 in a field nobody reads");
        expect(&hostile, list, unread, "malformed", &what).await;
    }
    let item = format!(r#"{{"digest":"{DIGEST}","digest":"{DIGEST}","imageSize":1}}"#);
    expect(
        &hostile,
        "_manifests",
        manifests(&item),
        "invalid-manifest",
        "duplicate digest",
    )
    .await;
    let item = format!(r#"{{"name":"a","name":"b","digest":"{DIGEST}"}}"#);
    expect(&hostile, "_tags", tags(&item), "invalid-tag", "duplicate name").await;
    for size in ["1e400", "-1", "1.5", "\"1\"", "99999999999999999999999"] {
        let item = format!(r#"{{"digest":"{DIGEST}","imageSize":{size}}}"#);
        expect(
            &hostile,
            "_manifests",
            manifests(&item),
            "invalid-manifest",
            &format!("size {size}"),
        )
        .await;
    }
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_another_repository_is_refused() {
    let hostile = Hostile::start().await;
    let foreign = |body: String| body.replace(REPOSITORY, "team-000/service-000000");
    expect(
        &hostile,
        "_tags",
        foreign(tags("")),
        "foreign-answer",
        "tags of another",
    )
    .await;
    expect(
        &hostile,
        "_manifests",
        foreign(manifests("")),
        "foreign-answer",
        "manifests of another",
    )
    .await;
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_outside_the_grammar_reach_no_address_and_no_blob() {
    let hostile = Hostile::start().await;
    let names = r#"["../../../x","/etc/passwd","A","a b","a%2Fb","a..b","a?x=1","a\\b","team-000/service-000000"]"#;
    let mut sorted: Vec<String> = serde_json::from_str(names).unwrap();
    sorted.sort();
    let body = serde_json::json!({ "repositories": sorted }).to_string();
    expect(&hostile, "_catalog", body, "invalid-name", "names of repositories").await;
    for digest in [
        "sha256:abc",
        "sha256:../../../x",
        "sha256:ABCDEF0000000000000000000000000000000000000000000000000000000000",
        "x",
        "",
    ] {
        let item = format!(r#"{{"digest":"{digest}","mediaType":"application/vnd.oci.image.index.v1+json"}}"#);
        expect(&hostile, "_manifests", manifests(&item), "invalid-manifest", digest).await;
    }
    for tag in [
        "",
        "../x",
        "a/b",
        "a?b",
        ".a",
        "a\\u0000b",
        "\\u001b]0;x\\u0007",
        &"x".repeat(1 << 20),
    ] {
        let item = format!(r#"{{"name":"{tag}","digest":"{DIGEST}"}}"#);
        let what = tag.chars().take(20).collect::<String>();
        expect(&hostile, "_tags", tags(&item), "invalid-tag", &what).await;
    }
    for request in hostile.app.tenant.simulator.requests() {
        assert!(
            !request.path.contains("..") && !request.path.contains("passwd"),
            "{request:?}"
        );
    }
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_out_of_order_or_with_repetitions_are_not_trusted() {
    let hostile = Hostile::start().await;
    let names = r#"{"repositories":["team-002/service-000002","team-000/service-000000"]}"#;
    expect(&hostile, "_catalog", names, "out-of-order", "catalog out of order").await;
    let names = r#"{"repositories":["team-000/service-000000","team-000/service-000000"]}"#;
    expect(
        &hostile,
        "_catalog",
        names,
        "repeated-item",
        "catalog with a repetition",
    )
    .await;
    let tag = |digest: &str| format!(r#"{{"name":"a","digest":"{digest}"}}"#);
    let both = tags(&format!("{},{}", tag(DIGEST), tag(&DIGEST.replace('0', "1"))));
    expect(&hostile, "_tags", both, "repeated-item", "a tag with two digests").await;
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_json_is_refused() {
    let hostile = Hostile::start().await;
    for path in ["/oauth2/exchange", "/oauth2/token", "_catalog", "_manifests", "_tags"] {
        hostile.fault(path, Effect::Garbage);
        let after = hostile.run(&format!("a sign-in page for {path}")).await;
        // Who gives no token may give one later; a list that is none is a problem of the list.
        let code = if path.starts_with("/oauth2") {
            "unavailable"
        } else {
            "not-json"
        };
        assert!(after.codes.iter().all(|found| found == code), "{path}: {after:?}");
    }
    hostile.recovers().await;
}
