//! The walk: a repository of some thousand tags is one like any other, and what is slow to write holds nobody up.

use std::time::Duration;

use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::world::World;

use super::figures;
use crate::function_app::FunctionApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_of_thousands_of_tags_takes_no_more_storage_operations_than_a_small_one() {
    let operations = async |tags| {
        let app = FunctionApp::start(World::sized(4, tags)).await;
        app.run().await;
        figures(&app).blob
    };
    assert_eq!(operations(3_000).await, operations(10).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_written_side_by_side_while_further_repositories_are_read() {
    const REPOSITORIES: u32 = 64;
    const WRITE: Duration = Duration::from_millis(200);
    let app = FunctionApp::start(World::sized(REPOSITORIES as usize, 2)).await;
    let slow = Rule::new(Effect::Delay(WRITE)).service(Service::Blob).method("PUT");
    app.tenant.simulator.faults().add(slow.path("lists.ndjson"));
    app.run().await;
    let requests = app.tenant.simulator.requests();
    // The log has the end of each write.
    let written: Vec<_> = requests
        .iter()
        .filter(|request| request.method == "PUT" && request.path.contains("lists.ndjson"))
        .map(|request| request.at)
        .collect();
    assert_eq!(written.len(), REPOSITORIES as usize);
    let first = *written.iter().min().unwrap();
    let span = (*written.iter().max().unwrap() - first).unsigned_abs();
    assert!(span < WRITE * REPOSITORIES / 8, "one after the other: {span:?}");
    let mut asked = requests.iter().filter(|request| request.service == Service::Registry);
    assert!(asked.any(|request| request.at > first), "nothing is read meanwhile");
}
