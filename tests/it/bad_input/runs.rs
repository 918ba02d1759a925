//! Documents of runs that cannot be read or are gone, and spooled events that are none.

use simulator::tenant::REPOSITORY_QUEUE;
use simulator::world::World;

use super::{CURRENT, SERVER, app, ask_for, bytes, put, quarantine, remove, repositories, send, spoilt, status, tags};
use crate::function_app::FunctionApp;
use crate::webhook::event;

#[tokio::test(flavor = "multi_thread")]
async fn a_current_run_that_cannot_be_read_stops_the_timer_by_name_and_burns_no_message() {
    let right = {
        let app = app(1).await;
        (bytes(&app, CURRENT), app.names("v2/runs/0").remove(0))
    };
    for (what, bad) in spoilt(&right.0) {
        // A process of its own: nothing of the registry is remembered yet.
        let app = FunctionApp::start(World::sized(1, 2)).await;
        app.fire_timer().await;
        let name = repositories(&app).remove(0);
        let right = bytes(&app, CURRENT);
        put(&app, CURRENT, bad.clone());
        let fired = app.host.fire_timer("schedule-refresh", false).await.unwrap();
        assert!(!fired.succeeded(), "{what}");
        assert_eq!(app.post_webhook(&event("push", SERVER, &name)).await, 503, "{what}");
        send(&app, REPOSITORY_QUEUE, ask_for(&name));
        let report = app.host.deliver_due().await;
        assert_eq!((report.failures, report.redeliveries), (0, 0), "{what}: {report:?}");
        assert!(quarantine(&app).is_empty(), "{what}");
        assert_eq!(bytes(&app, CURRENT), bad, "{what}");
        // Mended, everything that waits is done.
        put(&app, CURRENT, right);
        assert_eq!(app.run().await.failures, 0, "{what}");
        assert_eq!(status(&app), ("complete".to_owned(), Vec::new()), "{what}");
        assert_eq!(tags(&app, &name).len(), 2, "{what}");
    }
    assert!(right.1.starts_with("v2/runs/00000001-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_previous_run_that_cannot_be_read_is_left_alone_and_the_next_one_begins() {
    let app = app(1).await;
    let run = app.names("v2/runs/0").remove(0);
    let right = bytes(&app, &run);
    for (number, (what, bad)) in spoilt(&right).into_iter().enumerate() {
        let last = app.names("v2/runs/0").pop().unwrap();
        put(&app, &last, bad.clone());
        let report = app.run().await;
        assert_eq!(report.failures, 0, "{what}: {report:?}");
        assert_eq!(bytes(&app, &last), bad, "{what}");
        assert_eq!(app.names("v2/runs/0").len(), number + 2, "{what}");
        assert_eq!(status(&app), ("complete".to_owned(), Vec::new()), "{what}");
    }
}

/// A new run's number has to be higher than any that the registries have seen, or they would take it for an old one.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_go_on_when_the_current_run_or_all_runs_are_gone() {
    let app = app(1).await;
    let name = repositories(&app).remove(0);
    app.run().await;
    remove(&app, CURRENT);
    let number = |app: &FunctionApp| app.document(CURRENT)["generation"].as_str().unwrap()[..8].to_owned();
    app.tenant.simulator.world().push_image(SERVER, &name, "third");
    app.run().await;
    assert_eq!(number(&app), "00000003");
    for run in app.names("v2/runs/") {
        remove(&app, &run);
    }
    app.tenant.simulator.world().push_image(SERVER, &name, "fourth");
    app.run().await;
    assert_eq!(number(&app), "00000004");
    let tags = tags(&app, &name);
    assert!(
        tags.contains(&"third".to_owned()) && tags.contains(&"fourth".to_owned()),
        "{tags:?}"
    );
    assert!(
        app.document(super::REGISTRY)["generation"]
            .as_str()
            .unwrap()
            .starts_with("00000004-")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spooled_event_that_cannot_be_read_holds_no_other_up() {
    let app = app(1).await;
    let name = repositories(&app).remove(0);
    let spool = |id: u32| format!("v2/spool/00000000-0000-4000-8000-{id:012}.json");
    let right = bytes::Bytes::from(ask_for(&name));
    let bad = spoilt(&right);
    for (number, (_, bad)) in bad.iter().enumerate() {
        put(&app, &spool(number as u32), bad.clone());
    }
    put(&app, &spool(99), right);
    app.tenant.simulator.world().push_image(SERVER, &name, "spooled");
    app.fire_timer().await;
    assert_eq!(app.names("v2/spool/").len(), bad.len());
    assert_eq!(app.deliver().await.failures, 0);
    assert!(tags(&app, &name).contains(&"spooled".to_owned()));
    for (number, (what, bad)) in bad.into_iter().enumerate() {
        assert_eq!(bytes(&app, &spool(number as u32)), bad, "{what}");
    }
}
