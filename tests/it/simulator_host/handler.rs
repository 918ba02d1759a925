//! A small custom handler for the host to call, and the package that describes it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use simulator::clock::Clock;
use simulator::host::{HandlerOptions, Host, HostOptions, Package};
use simulator::service_bus::{QueueOptions, Queues};

/// One request that the handler saw.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What the handler saw, in order.
pub type Log = Arc<Mutex<Vec<Seen>>>;

/// `flaky` fails twice, then succeeds. The others answer by the text of the message: `ok`, `fail`, `hang`, `sleep`, `slow`, `crash`, `leave`.
pub fn router(log: Log) -> Router {
    Router::new().fallback(move |request: Request| answer(log.clone(), request))
}

async fn answer(log: Log, request: Request) -> Response {
    let path = request.uri().to_string();
    let headers = request.headers().clone();
    let body = axum::body::to_bytes(request.into_body(), usize::MAX)
        .await
        .unwrap()
        .to_vec();
    if path == "/" {
        return axum::http::StatusCode::NOT_FOUND.into_response();
    }
    let tries = {
        let mut log = log.lock().unwrap();
        log.push(Seen {
            path: path.clone(),
            headers,
            body: body.clone(),
        });
        log.iter().filter(|seen| seen.path == path).count()
    };
    if path == "/flaky" && tries < 3 {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if path.starts_with("/api/") {
        return (axum::http::StatusCode::ACCEPTED, [("x-echo", path)], body).into_response();
    }
    let invocation: Value = serde_json::from_slice(&body).unwrap();
    let message = invocation["Data"]["message"].as_str().unwrap_or_default();
    let empty = axum::Json(json!({})).into_response();
    match message.trim_matches('"') {
        "fail" => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "hang" => axum::http::StatusCode::OK.into_response(),
        "sleep" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            empty
        }
        "slow" => {
            tokio::time::sleep(Duration::from_millis(300)).await;
            empty
        }
        "crash" => std::process::exit(3),
        "leave" => std::process::exit(0),
        _ => empty,
    }
}

/// Serves the handler in this process; its port.
pub async fn serve(log: Log) -> u16 {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router(log)).await });
    port
}

/// Writes a package: two timers, of which one has a retry policy, two queue functions (`text` and `bytes`) and an HTTP function.
pub fn write_package(root: &Path) {
    let write = |path: &str, document: Value| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, document.to_string()).unwrap();
    };
    write(
        "host.json",
        json!({
            "version": "2.0", "functionTimeout": "00:10:00",
            "customHandler": {"description": {"defaultExecutablePath": "handler"}, "enableProxyingHttpRequest": true},
            "extensions": {"serviceBus": {"maxConcurrentCalls": 4}},
        }),
    );
    write(
        "tick/function.json",
        json!({"bindings": [
        {"name": "timer", "type": "timerTrigger", "direction": "in", "schedule": "%SCHEDULE%"}]}),
    );
    write(
        "flaky/function.json",
        json!({
            "retry": {"strategy": "exponentialBackoff", "maxRetryCount": 3,
                      "minimumInterval": "00:00:05", "maximumInterval": "00:00:08"},
            "bindings": [{"name": "timer", "type": "timerTrigger", "direction": "in", "schedule": "0 0 * * * *"}],
        }),
    );
    for (name, data_type) in [("text", "string"), ("bytes", "binary")] {
        write(
            &format!("{name}/function.json"),
            json!({"bindings": [
            {"name": "message", "type": "serviceBusTrigger", "direction": "in", "queueName": format!("{name}-queue"),
             "connection": "ServiceBusConnection", "dataType": data_type}]}),
        );
    }
    write(
        "hook/function.json",
        json!({"bindings": [
        {"name": "req", "type": "httpTrigger", "direction": "in", "authLevel": "function", "methods": ["post"],
         "route": "webhooks/acr"},
        {"name": "res", "type": "http", "direction": "out"}]}),
    );
}

/// A host with its world.
pub struct Fixture {
    pub host: Host,
    pub queues: Arc<Mutex<Queues>>,
    pub clock: Arc<Clock>,
    pub log: Log,
    _folder: tempfile::TempDir,
}

/// What a host starts from, and what has to be kept beside it; `handler` is `None` for a handler in this process.
pub async fn options(
    handler: Option<HandlerOptions>,
    change: impl FnOnce(&mut HostOptions),
) -> (HostOptions, Log, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    write_package(folder.path());
    let settings = [("SCHEDULE".to_owned(), "0 0 * * * *".to_owned())].into();
    let package = Package::load(folder.path(), None, &settings).unwrap();
    let clock = Arc::new(Clock::default());
    let mut queues = Queues::new(clock.clone());
    queues.create("text-queue", QueueOptions::default());
    queues.create("bytes-queue", QueueOptions::default());
    let log = Log::default();
    let handler = match handler {
        Some(handler) => handler,
        None => HandlerOptions::Attached {
            port: serve(log.clone()).await,
        },
    };
    let mut options = HostOptions::new(package, handler, Arc::new(Mutex::new(queues)), clock);
    change(&mut options);
    (options, log, folder)
}

/// Starts a host.
pub async fn start(handler: Option<HandlerOptions>, change: impl FnOnce(&mut HostOptions)) -> Fixture {
    let (options, log, folder) = options(handler, change).await;
    let (queues, clock) = (Arc::clone(&options.queues), Arc::clone(&options.clock));
    let host = Host::start(options).await.unwrap();
    Fixture {
        host,
        queues,
        clock,
        log,
        _folder: folder,
    }
}
