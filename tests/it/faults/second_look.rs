//! What asks for a second look: a count that differs from the list, and a repository that is not found.

use simulator::faults::effect::Effect;
use simulator::world::World;

use super::{SERVER, completeness, content, registry, rule, status};
use crate::function_app::FunctionApp;

/// How often a registry was asked for the repository itself, not for its lists; forgets the requests so far.
fn looks(app: &FunctionApp, name: &str) -> usize {
    let simulator = &app.tenant.simulator;
    let path = format!("/acr/v1/{name}");
    let requests = simulator.requests();
    simulator.clear_requests();
    requests.iter().filter(|request| request.path == path).count()
}

/// A registry of one repository with three tags; its inventory is made.
async fn start() -> (FunctionApp, String, String) {
    let app = FunctionApp::start(World::sized(1, 3)).await;
    app.run().await;
    let (name, tag) = app.first_repository(SERVER);
    assert_eq!(looks(&app, &name), 0, "the lists agree, and nothing is gone");
    (app, name, tag)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_is_wrong_once_is_looked_at_again() {
    let (app, name, tag) = start().await;
    {
        let mut world = app.tenant.simulator.world();
        let repositories = &mut world.registries.get_mut(SERVER).unwrap().repositories;
        repositories.get_mut(&name).unwrap().tags.remove(&tag);
    }
    let faults = app.tenant.simulator.faults();
    // After the two lists comes what the registry counts.
    let miscount = rule(Effect::Miscount("tagCount")).path(&format!("/acr/v1/{name}"));
    faults.add(miscount.skip(2).times(1));
    app.run().await;
    assert_eq!(faults.fired()["miscount"], 1);
    assert_eq!(looks(&app, &name), 2);
    assert_eq!(completeness(&app), "complete");
    let lines = app.lines(&registry(&format!("repositories/{name},lists.ndjson")));
    assert!(lines.iter().all(|line| line["name"] != tag.as_str()), "{lines:?}");
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_stays_wrong_is_looked_at_twice_and_then_known() {
    let (app, name, tag) = start().await;
    let before = content(&app);
    {
        let mut world = app.tenant.simulator.world();
        let repositories = &mut world.registries.get_mut(SERVER).unwrap().repositories;
        let tags = &mut repositories.get_mut(&name).unwrap().tags;
        tags.get_mut(&tag).unwrap().attributes.list_enabled = false;
    }
    for expected in [2, 1, 1] {
        app.run().await;
        assert_eq!(looks(&app, &name), expected);
        assert_eq!(completeness(&app), "partial");
        assert_eq!(content(&app), before);
    }
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_registry_that_says_it_knows_no_such_repository_has_it_removed() {
    let (app, name, _) = start().await;
    let before = content(&app);
    let faults = app.tenant.simulator.faults();
    let unknown = Effect::Status {
        code: 404,
        retry_after: None,
        body: "{\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"no such repository\"}]}".to_owned(),
    };
    faults.add(rule(unknown).path(&format!("/acr/v1/{name}/_")));
    faults.add(rule(status(404, None)).path(&format!("/acr/v1/{name}")));
    app.run().await;
    assert!(looks(&app, &name) >= 1, "nobody looked twice");
    assert_eq!(content(&app), before);
    assert_eq!(completeness(&app), "partial");
    faults.clear();
    app.run().await;
    assert_eq!(content(&app), before);
    assert_eq!(completeness(&app), "complete");
    app.assert_no_violation();
}
