//! Lists that show less than the registry counts, and attributes that cannot be read when they are needed.

use simulator::faults::alteration::{Alteration, Change};
use simulator::faults::effect::Effect;
use simulator::world::Attributes;
use simulator::world::change::Change as WorldChange;

use super::{Answers, SERVER};

#[tokio::test(flavor = "multi_thread")]
async fn empty_lists_of_something_new_that_counts_more_are_a_problem() {
    let answers = Answers::start(1, 2, false).await;
    let name = answers.repositories().remove(0);
    answers.body(&format!("/acr/v1/{name}/_manifests"), r#"{"manifests":[]}"#);
    answers.body(&format!("/acr/v1/{name}/_tags"), r#"{"tags":null}"#);
    let look = ["/_manifests", "/_tags", ""];
    assert_eq!(answers.asked(&name).await, [look, look].concat());
    assert_eq!(answers.completeness(), "partial");
    assert_eq!(answers.codes(), ["count-mismatch"]);
    answers.clear();
    answers.run().await;
    assert_eq!(answers.completeness(), "complete");
    assert_eq!(answers.keys(&name, "tag"), answers.truth(&name, "tag"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_count_although_the_attributes_cannot_be_read() {
    let answers = Answers::start(1, 3, false).await;
    answers.run().await;
    let name = answers.repositories().remove(0);
    let hidden = answers.truth(&name, "tag").remove(0);
    {
        let mut world = answers.app.tenant.simulator.world();
        let attributes = Attributes {
            list_enabled: false,
            ..Attributes::default()
        };
        let (repository, item) = (name.clone(), Some(hidden.clone()));
        let change = WorldChange::Attributes {
            repository,
            item,
            attributes,
        };
        let now = world.clock.now();
        world.registries.get_mut(SERVER).unwrap().change(change, now);
        world.push_image(SERVER, &name, "fresh");
    }
    let text = Change::Set("tagCount", "\"4\"".to_owned());
    answers.fault(&format!("/acr/v1/{name}"), Effect::Alter(Alteration::answer(text)));
    answers.run().await;
    assert_eq!(answers.completeness(), "partial");
    let problems = answers.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(
        (problems[0].0.as_str(), problems[0].1.as_str()),
        ("malformed", name.as_str())
    );
    assert!(problems[0].2.contains("tagCount"), "{problems:?}");
    let stored = answers.keys(&name, "tag");
    assert!(
        stored.contains(&"fresh".to_owned()),
        "what the lists showed: {stored:?}"
    );
    assert!(
        stored.contains(&hidden),
        "not complete, so nothing is removed: {stored:?}"
    );
}
