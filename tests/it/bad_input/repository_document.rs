//! A repository document that cannot be read: it stays, the others go on, the registry is partial and says which.

use bytes::Bytes;
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::tenant::REPOSITORY_QUEUE;

use super::{REGISTRY, SERVER, UNREADABLE, app, ask_for, bytes, document, put, quarantine, repositories, send, status};
use crate::function_app::FunctionApp;

/// What is wrong with a document, and the document.
fn spoilt(right: &Bytes) -> Vec<(&'static str, Bytes)> {
    let text = std::str::from_utf8(right).unwrap();
    let end = text.trim_end().rfind('\n').unwrap() + 1;
    let (header, rest) = text.split_once('\n').unwrap();
    vec![
        (
            "of a newer version",
            text.replacen("\"schemaVersion\":1", "\"schemaVersion\":2", 1).into(),
        ),
        ("without an end line", right.slice(..end)),
        ("cut off within a line", right.slice(..end - 20)),
        ("empty", Bytes::new()),
        ("not UTF-8", vec![0xff; 64].into()),
        (
            "of another repository",
            text.replacen("\"repository\":\"", "\"repository\":\"x", 1).into(),
        ),
        ("without a header", rest.to_owned().into()),
        (
            "with a line of an unknown form",
            format!("{header}\n{{\"kind\":\"referrer\"}}\n{rest}").into(),
        ),
        (
            "with a line over 4 MiB",
            format!("{header}\n{}\n{rest}", " ".repeat(5 << 20)).into(),
        ),
        (
            "with a header over 4 MiB",
            format!("{}{text}", " ".repeat(5 << 20)).into(),
        ),
    ]
}

/// The registry is partial because of this repository and for no other reason.
fn assert_named(app: &FunctionApp, what: &str, repository: &str) {
    assert_eq!(
        status(app),
        ("partial".to_owned(), vec![UNREADABLE.to_owned()]),
        "{what}"
    );
    let document = app.document(REGISTRY);
    assert_eq!(
        document["status"]["problems"]["first"][0]["repository"], repository,
        "{what}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn is_left_alone_and_the_others_go_on() {
    let app = app(3).await;
    let names = repositories(&app);
    let right = bytes(&app, &document(&names[0]));
    for (number, (what, bad)) in spoilt(&right).into_iter().enumerate() {
        put(&app, &document(&names[0]), bad.clone());
        let tag = format!("after-{number}");
        app.tenant.simulator.world().push_image(SERVER, &names[1], &tag);
        let report = app.run().await;
        assert_eq!((report.failures, report.dead_letters), (0, 0), "{what}: {report:?}");
        assert_eq!(bytes(&app, &document(&names[0])), bad, "{what}");
        assert!(super::tags(&app, &names[1]).contains(&tag), "{what}");
        assert_named(&app, what, &names[0]);
        assert_eq!(app.document(REGISTRY)["totals"]["repositories"], 3, "{what}");
    }
    assert!(quarantine(&app).is_empty());
    // Mended, it is as before.
    put(&app, &document(&names[0]), right);
    app.run().await;
    assert_eq!(status(&app), ("complete".to_owned(), Vec::new()));
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn is_left_alone_when_the_catalog_does_not_list_the_repository_any_more() {
    let app = app(3).await;
    let name = repositories(&app).remove(0);
    let right = bytes(&app, &document(&name));
    app.tenant.simulator.world().delete_repository(SERVER, &name);
    for (what, bad) in spoilt(&right) {
        put(&app, &document(&name), bad.clone());
        let report = app.run().await;
        assert_eq!((report.failures, report.dead_letters), (0, 0), "{what}: {report:?}");
        assert_eq!(bytes(&app, &document(&name)), bad, "{what}");
        assert_named(&app, what, &name);
    }
    assert!(quarantine(&app).is_empty());
    put(&app, &document(&name), right);
    app.run().await;
    assert_eq!(status(&app), ("complete".to_owned(), Vec::new()));
    assert!(app.lines(&document(&name))[0]["removedAt"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn is_left_alone_when_the_repository_cannot_be_read_either() {
    let app = app(3).await;
    let name = repositories(&app).remove(0);
    put(&app, &document(&name), "nonsense");
    let forbidden = Effect::Status {
        code: 403,
        retry_after: None,
        body: String::new(),
    };
    let rule = Rule::new(forbidden)
        .service(Service::Registry)
        .path(&format!("{name}/"));
    app.tenant.simulator.faults().add(rule);
    let report = app.run().await;
    assert_eq!((report.failures, quarantine(&app).len()), (0, 0), "{report:?}");
    assert_eq!(bytes(&app, &document(&name)), "nonsense");
    assert_named(&app, "forbidden", &name);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_for_it_is_kept_with_the_reason() {
    let app = app(1).await;
    let name = repositories(&app).remove(0);
    let right = bytes(&app, &document(&name));
    for (number, (what, bad)) in spoilt(&right).into_iter().enumerate() {
        put(&app, &document(&name), bad.clone());
        // Another text each time, so that each is kept by itself.
        send(
            &app,
            REPOSITORY_QUEUE,
            ask_for(&name).replace(':', &format!(":{}", " ".repeat(number))),
        );
        let report = app.deliver().await;
        assert_eq!((report.failures, report.redeliveries), (0, 0), "{what}: {report:?}");
        assert_eq!(bytes(&app, &document(&name)), bad, "{what}");
        let kept = quarantine(&app);
        assert_eq!(kept.len(), number + 1, "{what}");
        let says = |document: &serde_json::Value| document["reason"].as_str().unwrap().contains("cannot be read");
        assert!(kept.iter().all(says), "{what}: {kept:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_was_lost_comes_back() {
    let app = app(1).await;
    let name = repositories(&app).remove(0);
    let right = app.blob(&document(&name)).unwrap();
    for drop in ["\"kind\":\"tag\"", "\"kind\":\"manifest\""] {
        // The end line still says what the document should hold.
        let mut lines: Vec<&str> = right.split_inclusive('\n').collect();
        lines.remove(lines.iter().position(|line| line.contains(drop)).unwrap());
        let short = lines.concat();
        assert_eq!(short.lines().count() + 1, right.lines().count());
        put(&app, &document(&name), short);
        app.run().await;
        let content = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(content(&app.blob(&document(&name)).unwrap()), content(&right), "{drop}");
        assert_eq!(status(&app), ("complete".to_owned(), Vec::new()));
    }
}
