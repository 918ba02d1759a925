//! A check leaves nothing behind, and the handlers take its message for what it is.

use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::tenant::{CONTAINER_URL, REGISTRY_QUEUE, REPOSITORY_QUEUE};
use simulator::world::World;

use super::{Bench, check, run};
use crate::command_line::replay::bury;
use crate::function_app::FunctionApp;

#[tokio::test(flavor = "multi_thread")]
async fn two_checks_leave_one_message_in_each_queue_and_no_document() {
    let bench = Bench::start(World::checks());
    for _ in 0..2 {
        check(&bench, "contosoproducts", &[]).await.expect(0);
    }
    let mut queues = bench.tenant.queues.lock().unwrap();
    assert_eq!((queues.len(REGISTRY_QUEUE), queues.len(REPOSITORY_QUEUE)), (1, 1));
    drop(queues);
    assert_eq!(
        bench.tenant.blobs.lock().unwrap().list("inventory", ""),
        Vec::<String>::new()
    );
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_seen_and_given_back() {
    let bench = Bench::start(World::checks());
    bury(&bench.tenant, REGISTRY_QUEUE, &["{}"]);
    let ended = check(&bench, "contosoproducts", &[]).await.expect(0);
    assert!(ended.stdout.contains("there are dead letters: acr-inventory replay"));
    let mut queues = bench.tenant.queues.lock().unwrap();
    let dead = format!("{REGISTRY_QUEUE}/$DeadLetterQueue");
    assert!(queues.receive(&dead).is_some(), "it is not locked any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handlers_acknowledge_the_message_of_a_check() {
    let app = FunctionApp::start(World::sized(1, 1)).await;
    let settings = app.tenant.application_settings(CONTAINER_URL);
    run(&settings, &["check", "--registry", "bench"]).await.expect(0);
    let report = app.deliver().await;
    assert_eq!(report.invocations.values().sum::<u64>(), 2, "{report:?}");
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    assert_eq!(
        app.names("v2/"),
        Vec::<String>::new(),
        "nothing in quarantine, nothing read"
    );
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_that_storage_does_not_keep_fails_the_check() {
    let bench = Bench::start(World::checks());
    // A gateway in between that answers every write for itself.
    let answer = Effect::Status {
        code: 201,
        retry_after: None,
        body: String::new(),
    };
    let etag = Effect::Header {
        name: "etag".to_owned(),
        value: "\"1\"".to_owned(),
    };
    let faults = bench.tenant.simulator.faults();
    for effect in [etag, answer] {
        faults.add(Rule::new(effect).service(Service::Blob).method("PUT"));
    }
    let ended = check(&bench, "contosoproducts", &[]).await.expect(1);
    assert!(
        ended.stdout.contains("a condition that does not hold was not kept"),
        "{}",
        ended.stdout
    );
}
