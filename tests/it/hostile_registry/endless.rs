//! Lists without an end: every page is well formed, advances, and promises another.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use serde_json::{Value, json};
use simulator::wire::{SimReply, SimRequest};
use simulator::world::World;
use simulator::{Options, View};

use super::{REGISTRY, REPOSITORY, SERVER};
use crate::function_app::FunctionApp;

/// Short invocations: what takes minutes in Azure takes seconds here.
const LIMITS: &[(&str, &str)] = &[
    ("ACR_INVENTORY_SOFT_LIMIT_SECONDS", "1"),
    ("ACR_INVENTORY_HARD_LIMIT_SECONDS", "3"),
    ("ACR_INVENTORY_READS_PER_MINUTE", "1000000"),
];

/// A registry whose list at `endless` never ends; everything else of it is small and honest.
fn registry(endless: String) -> (View, Arc<AtomicU64>) {
    let pages = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&pages);
    let view = move |request: &SimRequest| {
        let body = match request.path.as_str() {
            "/oauth2/exchange" => json!({"refresh_token": "a.b.c"}),
            "/oauth2/token" => json!({"access_token": "a.b.c"}),
            "/acr/v1/_catalog" if endless == request.path => json!({"repositories": []}),
            "/acr/v1/_catalog" => json!({"repositories": [REPOSITORY, "z"]}),
            path if path.ends_with("/_manifests") => json!({"registry": SERVER, "manifests": null}),
            path if path.ends_with("/_tags") => json!({"registry": SERVER, "tags": null}),
            path => {
                let name = path.trim_start_matches("/acr/v1/");
                json!({"registry": SERVER, "imageName": name, "manifestCount": 0, "tagCount": 0})
            }
        };
        let mut reply = SimReply::json(StatusCode::OK, &body);
        if endless == request.path {
            let page = counted.fetch_add(1, Ordering::SeqCst);
            reply = reply.with(
                "link",
                &format!("<{endless}?last=x{page:020}&n=1&orderby=>; rel=\"next\""),
            );
        }
        Ok(reply)
    };
    (Box::new(view), pages)
}

async fn run(endless: &str) -> (Value, FunctionApp) {
    let (view, pages) = registry(endless.to_owned());
    let options = Options {
        extra: vec![(SERVER.to_owned(), view)],
        ..Options::default()
    };
    let mut world = World::sized(1, 1);
    // Delays add up to days of simulated time, in which the handler's own clock does not move.
    world.identity.token_seconds = 30 * 86_400;
    let app = FunctionApp::start_with(world, options, LIMITS).await;
    let report = app.run().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    println!(
        "{endless}: {} pages, {:?}",
        pages.load(Ordering::SeqCst),
        report.invocations
    );
    let document = app.document(REGISTRY);
    assert_ne!(document["status"]["completeness"], "complete", "{document:#}");
    (document, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_tag_list_is_passed_over() {
    let (document, app) = run(&format!("/acr/v1/{REPOSITORY}/_tags")).await;
    let problem = &document["status"]["problems"]["first"][0];
    assert_eq!(problem["code"], "too-many-pages", "{document:#}");
    assert_eq!(problem["repository"], REPOSITORY);
    // The other repository was read all the same.
    let other = app.lines(&format!("v2/registries/{SERVER}/repositories/z,lists.ndjson"));
    assert_eq!(other.last().unwrap()["completeness"], "complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_catalog_of_empty_pages_is_given_up() {
    let (document, _app) = run("/acr/v1/_catalog").await;
    assert_eq!(document["status"]["completeness"], "unreachable", "{document:#}");
    assert_eq!(document["status"]["problems"]["first"][0]["code"], "unavailable");
}
