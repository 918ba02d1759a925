//! Seeded worlds are the same every time, and further views can be registered.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use simulator::wire::{Refusal, SimReply};
use simulator::world::World;
use simulator::{Options, Service, Simulator, View};

use crate::support::client;

#[test]
fn the_demo_is_the_same_for_the_same_seed() {
    let shown = |seed| {
        let world = World::demo(seed);
        format!("{:?}", world.registries)
    };
    assert_eq!(shown(7), shown(7));
    assert_ne!(shown(7), shown(8));
    let world = World::demo(7);
    let readable = |registry: &&simulator::world::Registry| world.subscriptions[&registry.subscription].readable;
    let visible: Vec<_> = world.registries.values().filter(readable).collect();
    assert_eq!(visible.len(), 6);
    assert_eq!(
        visible
            .iter()
            .map(|registry| registry.repositories.len())
            .sum::<usize>(),
        60
    );
    for repository in visible.iter().flat_map(|registry| registry.repositories.values()) {
        for (digest, manifest) in &repository.manifests {
            assert!(digest.len() == 71 && digest.starts_with("sha256:"), "{digest}");
            assert!(
                manifest
                    .references
                    .iter()
                    .all(|child| repository.manifests.contains_key(&child.digest))
            );
        }
        assert!(
            repository
                .tags
                .values()
                .all(|tag| repository.manifests.contains_key(&tag.digest))
        );
    }
}

#[test]
fn sized_worlds_have_a_manifest_for_every_tag() {
    let world = World::sized(3, 4);
    let registry = &world.registries["bench.azurecr.io"];
    assert_eq!(registry.repositories.len(), 3);
    assert!(
        registry
            .repositories
            .values()
            .all(|repository| (repository.tags.len(), repository.manifests.len()) == (4, 4))
    );
}

#[tokio::test]
async fn registered_views_answer_for_their_hosts_and_may_use_the_world() {
    let world = Arc::new(Mutex::new(World::demo(7)));
    let seen = Arc::clone(&world);
    let view: View = Box::new(move |request| {
        let registries = seen.lock().unwrap().registries.len();
        match request.path.as_str() {
            "/known" => Ok(SimReply::json(StatusCode::OK, &registries)),
            _ => Err(Refusal("no such path".to_owned())),
        }
    });
    let options = Options {
        extra: vec![(".blob.core.windows.net".to_owned(), view)],
        ..Options::default()
    };
    let simulator = Simulator::start_shared(world, options).unwrap();
    let get = async |url: &str| client(&simulator).get(url).send().await.unwrap();
    assert_eq!(
        get("https://account.blob.core.windows.net/known")
            .await
            .text()
            .await
            .unwrap(),
        "7"
    );
    assert_eq!(simulator.violations(), [""; 0]);
    assert_eq!(get("https://account.blob.core.windows.net/other").await.status(), 501);
    assert_eq!(get("https://bus.servicebus.windows.net/queue").await.status(), 404);
    assert_eq!((simulator.count(Service::Blob), simulator.violations().len()), (2, 2));
}
