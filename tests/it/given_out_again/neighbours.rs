//! A registry that ends the process whenever it is read: the real process, killed each time.

use std::time::Duration;

use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::host::ignore_lines;
use simulator::tenant::{REGISTRY_QUEUE, REPOSITORY_QUEUE};
use simulator::world::{Registry, World};

use super::dead_letters;
use crate::function_app::FunctionApp;
use crate::webhook::quarantine;

/// Registries of three repositories each.
fn world(registries: usize) -> World {
    let mut world = World::sized(3, 2);
    let subscription = world.subscriptions.keys().next().unwrap().clone();
    let content = world.registries.values().next().unwrap().repositories.clone();
    world.registries.clear();
    for number in 0..registries {
        let mut registry = Registry::new(&subscription, "rg-bench", &format!("bench{number}"));
        registry.repositories.clone_from(&content);
        world.registries.insert(registry.login_server.clone(), registry);
    }
    world
}

/// Delivers what is due, and kills the process whenever the deadly registry is read; how often.
async fn deliver_and_kill(app: &FunctionApp) -> u32 {
    let injected = || {
        app.tenant
            .simulator
            .faults()
            .fired()
            .get("deadly")
            .copied()
            .unwrap_or(0)
    };
    let (mut seen, mut kills) = (injected(), 0);
    let mut delivered = std::pin::pin!(app.host.deliver_due());
    loop {
        tokio::select! {
            _ = &mut delivered => return kills,
            () = tokio::time::sleep(Duration::from_millis(20)) => {
                if injected() > seen {
                    app.host.kill().await;
                    kills += 1;
                    seen = injected();
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_ends_the_process_takes_no_other_message_with_it() {
    let app = FunctionApp::start_process(world(4), &[], ignore_lines()).await;
    let deadly = Rule::new(Effect::Hang)
        .service(Service::Registry)
        .host("bench2.azurecr.io");
    app.tenant
        .simulator
        .faults()
        .add(deadly.path("_manifests").named("deadly"));
    app.fire_timer().await;
    let (mut kills, mut rounds) = (0, 0);
    while !app.tenant.queues.lock().unwrap().is_empty() {
        kills += deliver_and_kill(&app).await;
        rounds += 1;
        assert!(rounds < 120, "it goes on for ever: {kills} kills");
        // Time passes for the queues alone: a process that is not killed keeps its tokens.
        for queue in [REGISTRY_QUEUE, REPOSITORY_QUEUE] {
            app.tenant
                .queues
                .lock()
                .unwrap()
                .reschedule(queue, time::Duration::days(-2));
        }
    }
    assert_eq!(dead_letters(&app), 0);
    for server in ["bench0.azurecr.io", "bench1.azurecr.io", "bench3.azurecr.io"] {
        app.assert_complete(server, 3);
    }
    let kept = quarantine(&app);
    assert_eq!(kept.len(), 1, "{kept:#?}");
    assert!(kept[0]["body"].as_str().unwrap().contains("bench2.azurecr.io"));
    let reason = kept[0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("given up after 16 attempts: it was given out 2 times"),
        "{reason}"
    );
    assert_eq!(kills, 4 + 16, "{rounds} rounds");
    // Whoever reads the inventory sees it too.
    let registry = app.document("v2/registries/bench2.azurecr.io/registry.json");
    assert_eq!(registry["status"]["completeness"], "unreachable", "{registry:#}");
    let problems = registry["status"]["problems"].to_string();
    assert!(
        problems.contains("unfinished") && problems.contains("given up after 16 attempts"),
        "{problems}"
    );
    assert_eq!(app.document("v2/state/bench2.azurecr.io/refresh.json")["phase"], "done");
}
