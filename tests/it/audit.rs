//! The audit over the simulated Resource Manager, with every role that it may find itself with.

mod refresh;
mod roles;
mod sharing;
mod verdicts;

use std::collections::BTreeSet;

use acr_inventory::app::App;
use acr_inventory::audit::{Basis, Extra, Reads, Subscriptions, Target, audit, read_registry};
use acr_inventory::config::Config;
use acr_inventory::config::settings::Lookup;
use acr_inventory::inventory::audit::AuditDocument;
use acr_inventory::names::{LoginServer, RegistryId};
use acr_inventory::posture::profile::Profile;
use simulator::Options;
use simulator::tenant::Tenant;
use simulator::world::World;
use simulator::world::seed::demo::PRODUCTS;
use time::macros::datetime;

/// A registry in the resource group `rg-products` of [`PRODUCTS`].
const SERVER: &str = "contosoproducts.azurecr.io";

/// The built-in role for reading the configuration of registries, some secrets among it.
pub const CONFIGURATION_READER: &str = "Container Registry Configuration Reader and Data Access Configuration Reader";

/// A tenant whose identity has nothing but what `change` gives it, and the client of one process in it.
struct Audited {
    tenant: Tenant,
    app: App,
    subscriptions: Subscriptions,
    _folder: tempfile::TempDir,
}

impl Audited {
    fn start(change: impl FnOnce(&mut World, &str)) -> Self {
        let mut world = World::demo(7);
        world.revoke();
        let id = world.registries[SERVER].id();
        change(&mut world, &id);
        let tenant = Tenant::start(world, Options::default()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = tenant.application_settings(&folder.path().display().to_string());
        let app = App::new(Config::read(&Lookup::new(settings)).unwrap()).unwrap();
        Self {
            tenant,
            app,
            subscriptions: Subscriptions::default(),
            _folder: folder,
        }
    }

    async fn read(&self, server: &str, extras: &[Extra]) -> Reads {
        let id = RegistryId::parse(&self.tenant.simulator.world().registries[server].id()).unwrap();
        let login_server = LoginServer::parse(server).unwrap();
        let target = Target {
            id: &id,
            login_server: &login_server,
        };
        let extras: BTreeSet<Extra> = extras.iter().copied().collect();
        read_registry(self.app.arm().unwrap(), &self.subscriptions, target, None, &extras).await
    }

    /// The document of [`SERVER`]; the simulated Azure must have been asked for nothing that it does not know.
    async fn audit(&self, extras: &[Extra]) -> AuditDocument {
        let reads = self.read(SERVER, extras).await;
        assert_eq!(self.tenant.simulator.violations(), [""; 0]);
        judge(&reads)
    }
}

fn judge(reads: &Reads) -> AuditDocument {
    let profile = Profile {
        scanned_subscriptions: BTreeSet::from([PRODUCTS.to_owned()]),
        ..Profile::default()
    };
    let basis = Basis {
        repositories: &["app".to_owned(), "team/app".to_owned()],
        inventory: None,
        profile: &profile,
        now: datetime!(2026-11-22 12:00 UTC),
    };
    audit(reads, &basis)
}
