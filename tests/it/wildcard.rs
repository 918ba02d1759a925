//! Registries that take no token for all repositories although theirs does not say so: one refusal, then exact scopes.

use std::collections::BTreeMap;

use simulator::Service;
use simulator::world::{DataPlaneAccess, World};

use crate::function_app::FunctionApp;
use crate::webhook::SERVER;

/// A registry of the older mode in which the identity holds rights on every repository by name alone.
fn world(repositories: usize) -> World {
    let mut world = World::sized(repositories, 2);
    let registry = world.registries.get_mut(SERVER).unwrap();
    registry.access = DataPlaneAccess::Prefixes {
        prefixes: vec!["team-".to_owned()],
        catalog: true,
    };
    world
}

/// Requests to the registry by kind and status.
fn kinds(app: &FunctionApp) -> BTreeMap<(&'static str, u16), usize> {
    let mut kinds = BTreeMap::new();
    let requests = app.tenant.simulator.requests();
    for request in requests.iter().filter(|request| request.service == Service::Registry) {
        let kind = match request.path.as_str() {
            "/oauth2/exchange" => "exchange",
            "/oauth2/token" => "token",
            "/acr/v1/_catalog" => "catalog",
            path if path.ends_with("/_manifests") => "manifests",
            path if path.ends_with("/_tags") => "tags",
            _ => "other",
        };
        *kinds.entry((kind, request.status)).or_default() += 1;
    }
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_wildcard_costs_one_refusal_and_a_token_a_batch() {
    for (repositories, batches) in [(1, 1), (50, 1), (120, 3)] {
        let app = FunctionApp::start(world(repositories)).await;
        let report = app.run().await;
        assert_eq!(report.failures, 0, "{report:?}");
        app.assert_complete(SERVER, repositories as u64);
        let expected = BTreeMap::from([
            (("exchange", 200), 1),
            // One for everything, which lists the catalog, and one for each batch of up to 50 names.
            (("token", 200), 1 + batches),
            (("catalog", 200), 1),
            (("manifests", 200), repositories),
            (("tags", 200), repositories),
        ]);
        let mut kinds = kinds(&app);
        let refused: usize = kinds
            .iter()
            .filter(|((_, status), _)| *status == 401)
            .map(|(_, count)| count)
            .sum();
        assert_eq!(refused, 1, "{kinds:?}");
        kinds.retain(|(_, status), _| *status != 401);
        assert_eq!(kinds, expected);
        app.assert_no_violation();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wildcard_that_is_taken_needs_no_other_token() {
    let app = FunctionApp::start(World::sized(120, 2)).await;
    app.run().await;
    assert_eq!(kinds(&app)[&("token", 200)], 1);
    assert_eq!(kinds(&app).keys().filter(|(_, status)| *status == 401).count(), 0);
}
