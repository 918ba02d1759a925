//! A handler in a process of its own: this test binary, started as a handler.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use simulator::host::{HandlerOptions, Host, OutputLine};
use simulator::service_bus::Message;

use super::handler::{Fixture, Log, options, router, start};

const LIMIT: Duration = Duration::from_secs(30);

/// Not a test: what the host starts in the tests below.
#[tokio::test]
#[ignore = "the child process of other tests"]
async fn handler_child() {
    let port: u16 = std::env::var("FUNCTIONS_CUSTOMHANDLER_PORT").unwrap().parse().unwrap();
    for (name, twin) in [
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "FUNCTIONS_HTTPWORKER_PORT"),
        ("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", "FUNCTIONS_HTTPWORKER_ID"),
    ] {
        assert_eq!(std::env::var(name), std::env::var(twin));
    }
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let root = std::env::var("FUNCTIONS_APP_ROOT_PATH").unwrap();
    let here = std::env::current_dir().unwrap();
    println!(
        "\nhandler in its root: {}",
        here.join("host.json").is_file() && root.len() > 1
    );
    println!("setting: {}", std::env::var("A_SETTING").unwrap());
    axum::serve(listener, router(Log::default())).await.unwrap();
}

async fn spawned(timeout: Duration) -> (Fixture, Arc<Mutex<Vec<OutputLine>>>) {
    let arguments = [
        "simulator_host::spawned::handler_child",
        "--exact",
        "--ignored",
        "--nocapture",
    ];
    let handler = HandlerOptions::Spawned {
        program: Some(std::env::current_exe().unwrap()),
        arguments: arguments.map(str::to_owned).to_vec(),
        environment: vec![("A_SETTING".to_owned(), "yes".to_owned())],
    };
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = lines.clone();
    let world = start(Some(handler), |options| {
        options.function_timeout = Some(timeout);
        options.on_line = Arc::new(move |line| sink.lock().unwrap().push(line));
    })
    .await;
    (world, lines)
}

#[tokio::test]
async fn gives_the_handler_its_environment_and_forwards_its_output() {
    let (world, lines) = spawned(LIMIT).await;
    world.queues.lock().unwrap().send("text-queue", Message::json("ok"));
    let report = world.host.run_until_idle(LIMIT, false).await;
    assert_eq!((report.invocations["text"], report.failures), (1, 0), "{report:?}");
    world.host.kill().await;
    let lines = lines.lock().unwrap();
    for expected in ["handler in its root: true", "setting: yes"] {
        assert!(
            lines.iter().any(|line| line.text == expected && !line.is_error),
            "{lines:?}"
        );
    }
}

#[tokio::test]
async fn restarts_after_a_kill_on_the_same_port() {
    let (world, _lines) = spawned(LIMIT).await;
    let (port, process) = (world.host.port(), world.host.process_id().await);
    world.queues.lock().unwrap().send("text-queue", Message::json("sleep"));
    let killed = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        world.host.kill().await;
    };
    let (report, ()) = tokio::join!(world.host.deliver_due(), killed);
    assert_eq!(report.failures, 1, "{report:?}");
    world.host.restart().await.unwrap();
    assert_eq!(world.host.starts(), 2);
    assert_eq!(world.host.port(), port);
    assert_ne!(world.host.process_id().await, process);
}

/// Messages in a queue with the number of times each was given out.
fn deliveries(world: &Fixture) -> Vec<u32> {
    let mut queues = world.queues.lock().unwrap();
    std::iter::from_fn(|| queues.receive("text-queue"))
        .map(|delivery| delivery.delivery_count - 1)
        .collect()
}

#[tokio::test]
async fn a_dying_handler_gives_back_everything_in_its_hands_at_once() {
    let (world, _lines) = spawned(LIMIT).await;
    for _ in 0..3 {
        world.queues.lock().unwrap().send("text-queue", Message::json("sleep"));
    }
    for death in 1..=9 {
        let killed = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            world.host.kill().await;
        };
        let (report, ()) = tokio::join!(world.host.deliver_due(), killed);
        assert_eq!(
            (report.failures, report.dead_letters),
            (3, 0),
            "death {death}: {report:?}"
        );
    }
    let killed = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        world.host.kill().await;
    };
    let (report, ()) = tokio::join!(world.host.deliver_due(), killed);
    assert_eq!((report.failures, report.dead_letters), (3, 3), "the tenth: {report:?}");
}

#[tokio::test]
async fn a_host_that_is_stopped_gives_back_what_was_finished() {
    let (world, _lines) = spawned(LIMIT).await;
    world.queues.lock().unwrap().send("text-queue", Message::json("slow"));
    world.queues.lock().unwrap().send("text-queue", Message::json("slow"));
    let stopped = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.host.stop_and_start().await.unwrap();
        deliveries(&world)
    };
    let (report, given_out) = tokio::join!(world.host.deliver_due(), stopped);
    assert_eq!((report.failures, report.given_back), (0, 2), "{report:?}");
    assert_eq!(given_out, [1, 1]);
    assert_eq!(world.host.starts(), 2);
}

#[tokio::test]
async fn kills_the_process_at_the_function_timeout() {
    let (world, _lines) = spawned(Duration::from_secs(2)).await;
    {
        let mut queues = world.queues.lock().unwrap();
        queues.send("text-queue", Message::json("hang"));
        queues.send("text-queue", Message::json("sleep"));
        queues.send("text-queue", Message::json("ok"));
    }
    let report = world.host.deliver_due().await;
    assert_eq!((report.invocations["text"], report.failures), (3, 2), "{report:?}");
    world.queues.lock().unwrap().send("bytes-queue", Message::json("ok"));
    let next = world.host.deliver_due().await;
    assert_eq!(next.invocations["bytes"], 1);
    assert!(world.host.starts() >= 2);
}

#[tokio::test]
async fn stops_for_good_after_three_crashes() {
    let (world, _lines) = spawned(LIMIT).await;
    world.queues.lock().unwrap().send("text-queue", Message::json("crash"));
    let report = world.host.run_until_idle(LIMIT, false).await;
    assert_eq!((report.failures, report.dead_letters), (10, 1), "{report:?}");
    assert_eq!(world.host.starts(), 3, "{report:?}");
    let reasons = report.reasons.join("\n");
    assert!(reasons.contains("restart retry count"), "{reasons}");
}

#[tokio::test]
async fn a_handler_that_ends_with_0_is_left_dead() {
    let (world, _lines) = spawned(LIMIT).await;
    world.queues.lock().unwrap().send("text-queue", Message::json("leave"));
    world.host.deliver_due().await;
    world.queues.lock().unwrap().send("bytes-queue", Message::json("ok"));
    let report = world.host.deliver_due().await;
    assert_eq!(report.failures, 2, "{report:?}");
    assert!(
        report.reasons.iter().all(|reason| reason.contains("ended with 0")),
        "{report:?}"
    );
    assert_eq!(world.host.starts(), 1);
}

/// A shell that notes that it was started, and then does what `then` says.
async fn refuses_to_start(then: &str) -> (anyhow::Error, usize) {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("starts");
    let script = format!("echo started >> '{}'; {then}", notes.display());
    let handler = HandlerOptions::Spawned {
        program: Some("/bin/sh".into()),
        arguments: vec!["-c".to_owned(), script],
        environment: Vec::new(),
    };
    let options = options(Some(handler), |options| {
        options.start_limit = Duration::from_millis(300)
    })
    .await;
    let error = Host::start(options.0).await.map(|_| ()).unwrap_err();
    (error, std::fs::read_to_string(notes).unwrap().lines().count())
}

#[tokio::test]
async fn a_handler_that_never_listens_is_started_three_times() {
    for (then, why) in [("sleep 30", "did not answer"), ("exit 2", "ended before it answered")] {
        let (error, starts) = refuses_to_start(then).await;
        assert_eq!(starts, 3, "{then}");
        let text = format!("{error:#}");
        assert!(
            text.contains("restart retry count") && text.contains(why),
            "{then}: {text}"
        );
    }
}
