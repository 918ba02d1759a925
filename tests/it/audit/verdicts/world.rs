//! The worlds that are audited, and the client that audits them.

use std::collections::{BTreeMap, BTreeSet};

use acr_inventory::app::App;
use acr_inventory::audit::identities::Identities;
use acr_inventory::audit::inventory::stored;
use acr_inventory::audit::{Basis, Extra, Subscriptions, Target, audit_with, read_registry};
use acr_inventory::collect::stored_registry;
use acr_inventory::config::Config;
use acr_inventory::config::settings::Lookup;
use acr_inventory::inventory::audit::AuditDocument;
use acr_inventory::names::{LoginServer, RegistryId};
use acr_inventory::posture::profile::{Profile, TrustedServices};
use futures_util::StreamExt as _;
use serde_json::json;
use simulator::world::seed::postures::{GUARDED, LOOSE, PLATFORM_TEAM, SEALED};
use simulator::world::{Registry, World};
use time::macros::datetime;

use super::super::CONFIGURATION_READER;
use crate::command_line::Bench;

/// Registries read at the same time.
const AT_ONCE: usize = 8;
const CALLBACK_ADDRESSES: &str = "Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action";

/// The world of postures, where a webhook that calls over http may be asked for its address, with a registry without
/// repositories.
pub(super) fn postures() -> World {
    let mut world = World::postures();
    let id = world.posture("webhookplain").unwrap().id();
    world.grant(CONFIGURATION_READER, &id);
    let empty = Registry::new(GUARDED, "rg-empty", "empty");
    world.registries.insert(empty.login_server.clone(), empty);
    world
}

/// A subscription for each of `permissions`, with an exemplary registry in it, of which the identity may read everything
/// but what takes that permission; the names of the registries, in the order of the permissions.
pub(super) fn all_but(permissions: &[&str]) -> (World, Vec<String>) {
    let mut world = World::default();
    let without = |(number, permission): (usize, &&str)| {
        let (id, name) = (
            format!("5f1b4c1e-0000-4000-8000-{number:012}"),
            format!("without{number}"),
        );
        let scope = format!("/subscriptions/{id}");
        world.subscriptions.insert(id.clone(), Default::default());
        world.buy_defender(&id);
        world.add_exemplary(&id, &name);
        let role = format!("Reader {number}");
        let definition = world.custom_role(&role, &[&scope], &["*/read", CALLBACK_ADDRESSES]);
        // Diagnostic settings have a second permission, below the resource.
        definition["properties"]["permissions"][0]["notActions"] =
            json!([permission, format!("*/providers/{permission}")]);
        world.grant(&role, &scope);
        // Somebody reads secrets, whatever the identity may.
        let id = world.posture(&name).unwrap().id();
        world.assign(CONFIGURATION_READER, PLATFORM_TEAM, "Group", &id);
        name
    };
    let names = permissions.iter().enumerate().map(without).collect();
    (world, names)
}

/// A running world.
pub(super) struct Audited {
    bench: Bench,
}

impl Audited {
    pub(super) fn start(world: World) -> Self {
        Self {
            bench: Bench::start(world),
        }
    }

    /// A client with an Azure Resource Manager budget of its own: nearly all of these registries are in one
    /// subscription, and one client would wait for most of the test.
    fn client(&self) -> App {
        let output = self.bench.output().display().to_string();
        let settings = self.bench.tenant.application_settings(&output);
        App::new(Config::read(&Lookup::new(settings)).unwrap()).unwrap()
    }

    /// Makes inventories of these registries; some may not be read.
    pub(super) async fn collect(&self, names: &[&str]) {
        let arguments: Vec<&str> = names.iter().flat_map(|name| ["--registry", name]).collect();
        self.bench.collect(&arguments).await.expect(1);
    }

    /// The audits of these registries. Every request must have been one that the simulated Azure knows.
    pub(super) async fn audit(&self, names: BTreeSet<&str>) -> BTreeMap<String, AuditDocument> {
        let subscriptions = Subscriptions::default();
        let one = |name: &str| {
            let name = name.to_owned();
            let document = self.document(name.clone(), &subscriptions);
            async move { (name, document.await) }
        };
        let work: Vec<_> = names.into_iter().map(one).collect();
        let documents = futures_util::stream::iter(work).buffered(AT_ONCE).collect().await;
        assert_eq!(self.bench.tenant.simulator.violations(), [""; 0]);
        documents
    }

    async fn document(&self, name: String, subscriptions: &Subscriptions) -> AuditDocument {
        let (id, login_server) = {
            let world = self.bench.tenant.simulator.world();
            let registry = world.posture(&name).unwrap_or_else(|| panic!("no registry {name}"));
            (
                RegistryId::parse(&registry.id()).unwrap(),
                LoginServer::parse(&registry.login_server).unwrap(),
            )
        };
        let target = Target {
            id: &id,
            login_server: &login_server,
        };
        let app = self.client();
        let extras = BTreeSet::from([Extra::PreviewProperties, Extra::CallbackAddresses]);
        let reads = read_registry(app.arm().unwrap(), subscriptions, target, None, &extras).await;
        let profile = profile();
        let document = stored_registry(&app.store, &login_server).await.unwrap();
        let stored = match document.and_then(|document| document.snapshot) {
            Some(snapshot) => Some(stored(&app.store, &login_server, &snapshot, &profile).await.unwrap()),
            None => None,
        };
        let basis = Basis {
            repositories: stored.as_ref().map_or(&[], |stored| &stored.repositories),
            inventory: stored.as_ref().map(|stored| &stored.summary),
            profile: &profile,
            now: datetime!(2026-11-22 12:00 UTC),
        };
        // A world without a directory is one in which Microsoft Graph is not asked.
        let has_directory = self.bench.tenant.simulator.world().directory.readable;
        let graph = app.graph().filter(|_| has_directory);
        let identities = Identities::asked(graph.as_ref(), &reads).await;
        audit_with(&reads, &basis, &identities)
    }
}

/// Every rule counts.
fn profile() -> Profile {
    Profile {
        trusted_services: TrustedServices::Allowed,
        production_tag_patterns: vec!["1.*".to_owned()],
        scanned_subscriptions: [GUARDED, LOOSE, SEALED].map(str::to_owned).into(),
        ..Profile::strict()
    }
}
