//! `check --demo`: the simulator in each state in which something fails, each checked as a real Azure would be.

use serde::Serialize;

use super::{Format, check, exit_code, print};
use crate::check::Report;
use crate::config::settings::Lookup;
use crate::lock::lock;
use simulator::Options;
use simulator::service_bus::Rights;
use simulator::tenant::{CONTAINER_URL, Tenant};
use simulator::world::World;
use simulator::world::settings::APPLICATION_ID;

/// A state of the simulated Azure.
struct Scene {
    name: &'static str,
    /// What is wrong in it.
    says: &'static str,
    registries: &'static str,
    /// Setting names and values besides those of the tenant.
    settings: &'static [(&'static str, &'static str)],
    /// Whether the store and the queues are named too.
    is_whole: bool,
    arrange: fn(&Tenant),
    /// How `check` has to end.
    exit_code: u8,
}

/// Something is wrong with a registry, nothing with the rest.
const REGISTRY: Scene = Scene {
    name: "",
    says: "",
    registries: "",
    settings: &[],
    is_whole: false,
    arrange: |_| {},
    exit_code: 1,
};

const SCENES: &[Scene] = &[
    Scene {
        name: "in-order",
        says: "the identity has what it needs, on registries of both modes",
        registries: "contosoproducts,platform",
        is_whole: true,
        exit_code: 0,
        ..REGISTRY
    },
    Scene {
        name: "firewall",
        says: "the registry's network rules keep this address out",
        registries: "contosovault",
        ..REGISTRY
    },
    Scene {
        name: "catalog-lister",
        says: "an ABAC registry on which the identity may read repositories, but not list them",
        registries: "contosoteams",
        ..REGISTRY
    },
    Scene {
        name: "acr-pull-on-abac",
        says: "AcrPull on an ABAC registry, where it gives nothing",
        registries: "contosocluster",
        ..REGISTRY
    },
    Scene {
        name: "anonymous",
        says: "nobody, on a registry without anonymous pull",
        registries: "contosoproducts.azurecr.io",
        settings: &[("ACR_INVENTORY_CREDENTIAL", "anonymous")],
        ..REGISTRY
    },
    Scene {
        name: "expired-secret",
        says: "an application whose secret has expired",
        registries: "contosoproducts",
        arrange: |tenant| {
            let mut world = tenant.simulator.world();
            world.identity.expired.insert(APPLICATION_ID.to_owned());
        },
        exit_code: 2,
        ..REGISTRY
    },
    Scene {
        name: "service-bus",
        says: "no role on the queues",
        registries: "contosoproducts",
        is_whole: true,
        arrange: |tenant| lock(&tenant.queues).rights = Rights::None,
        ..REGISTRY
    },
    Scene {
        name: "storage",
        says: "no role on the container",
        registries: "contosoproducts",
        is_whole: true,
        arrange: |tenant| lock(&tenant.blobs).deny = true,
        ..REGISTRY
    },
];

/// What came of a scene.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Played {
    scene: &'static str,
    says: &'static str,
    exit_code: u8,
    report: Report,
}

pub(super) async fn run(format: Format) -> anyhow::Result<()> {
    let mut played = Vec::new();
    for scene in SCENES {
        let result = play(scene).await?;
        if format == Format::Table {
            outln!("\n{}: {} (exit code {})", scene.name, scene.says, result.exit_code);
            print::table(&result.report);
        }
        played.push(result);
    }
    if format == Format::Json {
        outln!("{}", serde_json::to_string_pretty(&played)?);
    }
    Ok(())
}

async fn play(scene: &Scene) -> anyhow::Result<Played> {
    let tenant = Tenant::start(World::checks(), Options::default())?;
    (scene.arrange)(&tenant);
    let mut settings = tenant.application_settings(CONTAINER_URL);
    if !scene.is_whole {
        settings.retain(|(name, _)| name != "ACR_INVENTORY_STORE" && !name.starts_with("ServiceBusConnection__"));
    }
    let mut lookup = Lookup::new(settings);
    lookup.set("ACR_INVENTORY_REGISTRIES", scene.registries);
    for (name, value) in scene.settings {
        lookup.set(name, *value);
    }
    let report = check(lookup).await?;
    let exit_code = exit_code(&report);
    anyhow::ensure!(
        exit_code == scene.exit_code,
        "{}: ended with {exit_code}, not {}",
        scene.name,
        scene.exit_code
    );
    let violations = tenant.simulator.violations();
    anyhow::ensure!(
        violations.is_empty(),
        "the simulator was asked for what it does not know: {violations:?}"
    );
    Ok(Played {
        scene: scene.name,
        says: scene.says,
        exit_code,
        report,
    })
}
