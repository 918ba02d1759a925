//! What a run costs, in numbers that do not depend on the machine: requests by service, blob operations, messages.

mod cost;
mod fairness;
mod timer;
mod walk;
mod webhook;

use cost::unchanged;
use simulator::Service;
use simulator::blob::Operations;
use simulator::tenant::{REGISTRY_QUEUE, REPOSITORY_QUEUE};
use simulator::world::{Registry, World};

use crate::function_app::FunctionApp;

/// Resource Graph's rows come in pages of so many.
const ROWS: u64 = 1_000;
/// Messages of one request to Service Bus.
const BATCH: u64 = 100;

/// The registry of [`World::sized`], so many times.
fn registries(count: u64, repositories: usize) -> World {
    let mut world = World::sized(repositories, 2);
    let subscription = world.subscriptions.keys().next().unwrap().clone();
    let content = world.registries.values().next().unwrap().repositories.clone();
    world.registries.clear();
    for number in 0..count {
        let mut registry = Registry::new(&subscription, "rg-bench", &format!("bench{number:04}"));
        registry.repositories.clone_from(&content);
        world.registries.insert(registry.login_server.clone(), registry);
    }
    world
}

/// Everything that is counted, since the start or between two moments.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    /// Entra: one for each audience.
    authority: u64,
    arm: u64,
    resource_graph: u64,
    registry: u64,
    service_bus: u64,
    blob: Blob,
    /// Into the two queues.
    registry_messages: u64,
    repository_messages: u64,
}

/// Blob operations, as they are billed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Blob {
    get: u64,
    /// Reads of what is not there.
    missing: u64,
    put: u64,
    put_block: u64,
    commit: u64,
    list: u64,
    delete: u64,
}

fn figures(app: &FunctionApp) -> Figures {
    let count = |service| app.tenant.simulator.count(service);
    let Operations {
        create_container,
        put,
        put_block,
        commit,
        get,
        properties,
        list,
        delete,
        errors,
        ..
    } = app.tenant.blobs.lock().unwrap().operations;
    assert_eq!((create_container, properties), (0, 0));
    let blob = Blob {
        get,
        missing: errors,
        put,
        put_block,
        commit,
        list,
        delete,
    };
    let sent = |queue| app.tenant.queues.lock().unwrap().counters(queue).sent;
    Figures {
        authority: count(Service::Authority),
        arm: count(Service::Arm),
        resource_graph: count(Service::ResourceGraph),
        registry: count(Service::Registry),
        service_bus: count(Service::ServiceBus),
        blob,
        registry_messages: sent(REGISTRY_QUEUE),
        repository_messages: sent(REPOSITORY_QUEUE),
    }
}

impl Figures {
    fn since(&self, before: &Self) -> Self {
        let (blob, old) = (&self.blob, &before.blob);
        Self {
            authority: self.authority - before.authority,
            arm: self.arm - before.arm,
            resource_graph: self.resource_graph - before.resource_graph,
            registry: self.registry - before.registry,
            service_bus: self.service_bus - before.service_bus,
            blob: Blob {
                get: blob.get - old.get,
                missing: blob.missing - old.missing,
                put: blob.put - old.put,
                put_block: blob.put_block - old.put_block,
                commit: blob.commit - old.commit,
                list: blob.list - old.list,
                delete: blob.delete - old.delete,
            },
            registry_messages: self.registry_messages - before.registry_messages,
            repository_messages: self.repository_messages - before.repository_messages,
        }
    }
}

/// The first run of a registry whose repositories fit a catalog page, in one invocation; its index has so many segments.
fn first_run(repositories: u64, segments: u64) -> Figures {
    Figures {
        // Tokens for Resource Graph and ARM, for storage, for Service Bus, and for registries.
        authority: 4,
        // The registry's own resource, which is found through Resource Graph, and for its audit thirteen lists of its own
        // and five reads that all registries of a subscription share.
        arm: 1 + 13 + 5,
        resource_graph: 1,
        // Refresh token and access token, the catalog, and two lists per repository.
        registry: 2 + 1 + 2 * repositories,
        service_bus: 1,
        blob: Blob {
            // The run's pointer and the run (whether the registry is known); the open ends of the snapshot, which the close
            // goes on from. For the audit the run once more, the registry document, and the snapshot: manifest and segments.
            get: 2 + 1 + 1 + 1 + 1 + segments,
            // Pointer, checkpoint, registry document twice (baseline, write), audit. And twice the registry's checkpoint:
            // without a current run the numbers go on after the highest known, and a message asks first whether its refresh
            // is over. No document: the listing shows that there is none.
            missing: 1 + 1 + 2 + 1 + 2,
            // Run and pointer, four checkpoints (open, listed, closed, done), open ends, pack, segments, manifest, registry
            // document, audit, and every document.
            put: 2 + 4 + 5 + segments + repositories,
            put_block: 0,
            commit: 0,
            // Spooled events; the documents of the registry; runs, as nothing says which is current.
            list: 3,
            // The open ends.
            delete: 1,
        },
        registry_messages: 1,
        repository_messages: 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_costs_two_requests_and_two_blob_operations_per_repository_and_one_if_nothing_changed() {
    for (repositories, tags) in [(20, 5), (120, 3)] {
        let app = FunctionApp::start(World::sized(repositories, tags)).await;
        app.run().await;
        let first = figures(&app);
        let segments = app.names("v2/registries/bench.azurecr.io/index/").len() as u64;
        assert_eq!(first, first_run(repositories as u64, segments));
        app.run().await;
        let mut expected = unchanged(1, repositories as u64);
        // For the lists and for the audit.
        expected.blob.get += 2 * (segments - 1);
        assert_eq!(figures(&app).since(&first), expected);
        app.assert_no_violation();
    }
}

/// What a run keeps of a registry in which nothing changed, replaced versions counted: run, pointer, four checkpoints, open
/// ends, manifest and registry document. Of it only the names of segments and packs grow with the registry.
#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_run_keeps_some_kilobytes_whatever_the_size_of_the_registry() {
    for (repositories, tags) in [(20, 3), (600, 3)] {
        let settings = [("ACR_INVENTORY_AUDIT", "false")];
        let app = FunctionApp::start_with(
            World::sized(repositories, tags),
            simulator::Options::default(),
            &settings,
        )
        .await;
        app.run().await;
        let bytes = || app.tenant.blobs.lock().unwrap().operations.put_bytes;
        let before = bytes();
        app.run().await;
        let kept = bytes() - before;
        let segments = app.names("v2/registries/bench.azurecr.io/index/").len() as u64;
        println!("{repositories} repositories in {segments} segments: an unchanged run keeps {kept} bytes");
        assert!(kept <= (32 << 10) + 300 * (segments + 1), "{kept}");
        app.assert_no_violation();
    }
}
