//! A repository that the catalog has and whose lists are not there (404): empty if the registry counts nothing, gone if
//! it does not know it, and otherwise something that it does not show.

use super::{Answers, document};

const MANIFESTS: &str = "/_manifests";
const TAGS: &str = "/_tags";
const ATTRIBUTES: &str = "";

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_of_nothing_is_empty_and_complete_in_the_fewest_requests() {
    for (lists, expected) in [
        (vec![MANIFESTS, TAGS], vec![MANIFESTS, ATTRIBUTES]),
        (vec![MANIFESTS], vec![MANIFESTS, ATTRIBUTES]),
        (vec![TAGS], vec![MANIFESTS, TAGS, ATTRIBUTES]),
        // Nothing listed may be something hidden.
        (vec![], vec![MANIFESTS, TAGS, ATTRIBUTES]),
    ] {
        let answers = Answers::start(1, 2, true).await;
        for list in &lists {
            answers.name_unknown(&format!("/acr/v1/zombie{list}"));
        }
        assert_eq!(answers.asked("zombie").await, expected, "{lists:?}: first run");
        let (exchange, token, catalog, others) = (1, 1, 1, 2);
        let refresh = answers.app.document("v2/state/bench.azurecr.io/refresh.json");
        assert_eq!(
            refresh["requests"],
            exchange + token + catalog + others + expected.len()
        );
        assert_eq!(
            (answers.completeness().as_str(), answers.codes()),
            ("complete", vec![]),
            "{lists:?}"
        );
        answers.app.assert_complete(super::SERVER, 2);
        let stored = answers.lines("zombie");
        let end = &stored[1];
        assert_eq!(
            (stored.len(), &end["completeness"]),
            (2, &"complete".into()),
            "{lists:?}"
        );
        assert_eq!(end["attributes"]["manifestCount"], 0, "{lists:?}");
        // Every run costs the same, and writes nothing.
        assert_eq!(answers.asked("zombie").await, expected, "{lists:?}: second run");
        assert_eq!(answers.lines("zombie"), stored, "{lists:?}");
        assert_eq!(answers.completeness(), "complete", "{lists:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_not_known_at_all_is_not_there() {
    let answers = Answers::start(1, 2, true).await;
    answers.name_unknown("/acr/v1/zombie");
    assert_eq!(answers.asked("zombie").await, [MANIFESTS, ATTRIBUTES]);
    assert_eq!((answers.completeness().as_str(), answers.codes()), ("complete", vec![]));
    answers.app.assert_complete(super::SERVER, 1);
    assert_eq!(answers.app.blob(&document("zombie")), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lost_its_last_manifest_is_emptied() {
    let answers = Answers::start(1, 2, false).await;
    answers.run().await;
    let name = answers.repositories().remove(0);
    assert_eq!(answers.lines(&name).len(), 6);
    {
        let mut world = answers.app.tenant.simulator.world();
        let registry = world.registries.get_mut(super::SERVER).unwrap();
        let repository = registry.repositories.get_mut(&name).unwrap();
        repository.tags.clear();
        repository.manifests.clear();
    }
    answers.name_unknown(&format!("/acr/v1/{name}/_"));
    assert_eq!(answers.asked(&name).await, [MANIFESTS, ATTRIBUTES]);
    assert_eq!((answers.completeness().as_str(), answers.codes()), ("complete", vec![]));
    let stored = answers.lines(&name);
    assert_eq!(stored.len(), 2, "{stored:#?}");
    assert!(stored[0]["removedAt"].is_null(), "it is there, and empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn untagged_manifests_without_a_tag_list_are_complete() {
    let answers = Answers::start(1, 2, false).await;
    let name = answers.repositories().remove(0);
    {
        let mut world = answers.app.tenant.simulator.world();
        let registry = world.registries.get_mut(super::SERVER).unwrap();
        registry.repositories.get_mut(&name).unwrap().tags.clear();
    }
    answers.name_unknown(&format!("/acr/v1/{name}{TAGS}"));
    assert_eq!(answers.asked(&name).await, [MANIFESTS, TAGS, ATTRIBUTES]);
    assert_eq!((answers.completeness().as_str(), answers.codes()), ("complete", vec![]));
    assert_eq!(answers.keys(&name, "manifest"), answers.truth(&name, "manifest"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_missing_from_something_that_is_counted_is_a_problem_and_removes_nothing() {
    for (missing, one_look) in [
        (MANIFESTS, vec![MANIFESTS, ATTRIBUTES, TAGS]),
        (TAGS, vec![MANIFESTS, TAGS, ATTRIBUTES]),
    ] {
        let answers = Answers::start(1, 2, false).await;
        answers.run().await;
        let name = answers.repositories().remove(0);
        answers
            .app
            .tenant
            .simulator
            .world()
            .push_image(super::SERVER, &name, "fresh");
        answers.name_unknown(&format!("/acr/v1/{name}{missing}"));
        // Something may have changed in between: one more look, and not eight.
        let looks = [one_look.clone(), one_look.clone()].concat();
        assert_eq!(answers.asked(&name).await, looks, "{missing}");
        assert_eq!(answers.completeness(), "partial", "{missing}");
        assert_eq!(answers.codes(), ["count-mismatch"], "{missing}");
        let (kept, other) = if missing == TAGS {
            ("tag", "manifest")
        } else {
            ("manifest", "tag")
        };
        assert_eq!(answers.keys(&name, kept).len(), 2, "{missing}: what was known stays");
        assert_eq!(
            answers.keys(&name, other),
            answers.truth(&name, other),
            "{missing}: the other list counts"
        );
        // Known by now: looking twice would show it no better.
        assert_eq!(answers.asked(&name).await, one_look, "{missing}");
        answers.clear();
        answers.run().await;
        assert_eq!((answers.completeness().as_str(), answers.codes()), ("complete", vec![]));
        for kind in ["manifest", "tag"] {
            assert_eq!(answers.keys(&name, kind), answers.truth(&name, kind));
        }
    }
}
