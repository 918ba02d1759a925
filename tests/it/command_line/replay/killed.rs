//! Killed while a dead letter is on its way.

use std::process::Stdio;
use std::time::Duration;

use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::service_bus::QueueOptions;
use simulator::tenant::REPOSITORY_QUEUE;
use simulator::world::World;
use tokio::process::Command;

use super::{Bench, LOCK, body, bury, counts, replay, settings};

/// Runs `replay` until this many requests of a method went to the broker, the last of which is never answered, and kills
/// it there. `happens`: the last request takes effect.
async fn kill_at(bench: &Bench, method: &str, path: &str, happens: bool) {
    let faults = bench.tenant.simulator.faults();
    let effect = if happens { Effect::HangAfter } else { Effect::Hang };
    faults.add(Rule::new(effect).service(Service::ServiceBus).method(method).path(path));
    let mut child = Command::new(env!("CARGO_BIN_EXE_acr-inventory"))
        .arg("replay")
        .env_clear()
        .envs(settings(&bench.tenant))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let killed = async {
        while faults.fired().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), killed).await.unwrap();
    // What it does take effect of has done so by now.
    tokio::time::sleep(Duration::from_millis(200)).await;
    child.kill().await.unwrap();
    faults.clear();
    bench.tenant.simulator.world().clock.advance(LOCK);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_nothing_is_lost_and_nothing_is_done_twice_within_the_window() {
    for (method, path, happens) in [
        // Locked.
        ("POST", "/repository-refresh/$deadletterqueue/messages/head", true),
        // Before and after it was sent.
        ("POST", "/repository-refresh/messages", false),
        ("POST", "/repository-refresh/messages", true),
        // Sent and not deleted; deleted.
        ("DELETE", "deadletterqueue", false),
        ("DELETE", "deadletterqueue", true),
    ] {
        let bench = Bench::start(World::sized(1, 1));
        bury(&bench.tenant, REPOSITORY_QUEUE, &[body(1), body(2)]);
        kill_at(&bench, method, path, happens).await;
        replay(&bench.tenant, &[]).await.expect(0);
        assert_eq!(
            counts(&bench.tenant, REPOSITORY_QUEUE),
            (2, 0),
            "{method} {path} {happens}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_duplicate_detection_a_message_is_doubled_at_most() {
    let bench = Bench::start(World::sized(1, 1));
    let without = QueueOptions {
        duplicate_window: None,
        ..QueueOptions::default()
    };
    bench.tenant.queues.lock().unwrap().create(REPOSITORY_QUEUE, without);
    bury(&bench.tenant, REPOSITORY_QUEUE, &[body(1), body(2)]);
    kill_at(&bench, "DELETE", "deadletterqueue", false).await;
    replay(&bench.tenant, &[]).await.expect(0);
    assert_eq!(counts(&bench.tenant, REPOSITORY_QUEUE), (3, 0));
}
