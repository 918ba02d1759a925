//! One suite for every store: the directory, the container of the simulator, and the container of a real Azurite have
//! to show the same, line by line, and list what they hold alike.

mod azurite;
mod listing;
mod steps;

use std::sync::Arc;

use acr_inventory::app::App;
use acr_inventory::config::Config;
use acr_inventory::config::settings::Lookup;
use acr_inventory::store::{DirectoryStore, Store};
use simulator::Options;
use simulator::blob::CreateConflict;
use simulator::tenant::{CONTAINER_URL, Tenant};
use simulator::world::World;

/// What every store shows.
const TRANSCRIPT: &str = include_str!("store_conformance/transcript.txt");

async fn assert_conforms(store: Store) {
    let store = Arc::new(store);
    let shown = steps::run(Arc::clone(&store)).await;
    let pairs = shown.lines().zip(TRANSCRIPT.lines());
    let differences: Vec<_> = pairs.filter(|(shown, expected)| shown != expected).collect();
    assert_eq!(differences, [], "(shown, expected)");
    assert_eq!(shown.lines().count(), TRANSCRIPT.lines().count(), "{shown}");
    listing::order_and_etags(&store).await;
    listing::pages(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::directory(DirectoryStore::open_root(folder.path()).unwrap());
    assert_conforms(store).await;
    let leftovers = std::fs::read_dir(folder.path().join(".tmp")).unwrap().count();
    assert_eq!(leftovers, 0, "temporary files");
}

async fn simulated(create_conflict: CreateConflict) {
    let tenant = Tenant::start(World::default(), Options::default()).unwrap();
    tenant.blobs.lock().unwrap().create_conflict = create_conflict;
    let lookup = Lookup::new(tenant.application_settings(CONTAINER_URL));
    let app = App::new(Config::read(&lookup).unwrap()).unwrap();
    assert_conforms(app.store).await;
    assert_eq!(tenant.simulator.violations(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_container_conforms_when_a_lost_create_is_409() {
    simulated(CreateConflict::BlobAlreadyExists).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_container_conforms_when_a_lost_create_is_412() {
    simulated(CreateConflict::ConditionNotMet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_of_azurite_conforms() {
    let Some(azurite) = azurite::Azurite::start().await else {
        return;
    };
    assert_conforms(azurite.store().await).await;
}
