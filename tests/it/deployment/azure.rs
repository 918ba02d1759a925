//! The simulated tenant that the deployment goes into: one registry, the app, and what each step makes.

use std::path::Path;

use serde_json::{Value, json};
use simulator::event_grid::{Delivery, EventGrid, Identity, Subscription};
use simulator::service_bus::Rights;
use simulator::tenant::CONTAINER_URL;
use simulator::world::settings::PRINCIPAL_ID;
use simulator::world::{DataPlaneAccess, World};

use crate::function_app::FunctionApp;
use crate::webhook::{REGISTRY_ID, REPOSITORY, SERVER, tags};

const GROUP: &str = "/subscriptions/5f1b4c1e-0000-4000-8000-000000000001/resourceGroups/rg-inventory/providers";
const TOPIC: &str = "evgt-acr-inventory-bench";
/// Principals of the topic's own identity, and of one made beside it.
const TOPIC_PRINCIPAL: &str = "5f1b4c1e-0000-4000-8000-00000000ee01";
const OTHER_PRINCIPAL: &str = "5f1b4c1e-0000-4000-8000-00000000ee02";

/// A list that `tests/infra/run` reads off the Bicep files.
pub fn written(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/infra").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The resource id of a place in the list of roles.
fn scope(place: &str) -> String {
    let queue = |name| format!("{GROUP}/Microsoft.ServiceBus/namespaces/contoso/queues/{name}");
    let container = |name| {
        format!("{GROUP}/Microsoft.Storage/storageAccounts/contosoinventory/blobServices/default/containers/{name}")
    };
    match place {
        "registry-queue" => queue("registry-refresh"),
        "repository-queue" => queue("repository-refresh"),
        "inventory-container" => container("inventory"),
        "dead-letter-container" => container("event-dead-letters"),
        "host-storage" => format!("{GROUP}/Microsoft.Storage/storageAccounts/contosohost"),
        "component" => format!("{GROUP}/Microsoft.Insights/components/contoso"),
        "legacy-registry" => REGISTRY_ID.to_owned(),
        other => panic!("{other} is no place of this tenant"),
    }
}

pub struct Azure {
    pub app: FunctionApp,
    pub events: EventGrid,
    roles: Vec<Value>,
}

impl Azure {
    /// A tenant in which nobody has any role, and a new one counts so late.
    pub async fn start(role_lag_seconds: u32) -> Self {
        let mut world = World::sized(3, 3);
        world.revoke();
        world.arm.role_lag_seconds = role_lag_seconds;
        world.registries.get_mut(SERVER).unwrap().access = DataPlaneAccess::Assigned;
        Self {
            app: FunctionApp::start(world).await,
            events: EventGrid::default(),
            roles: written("roles.json"),
        }
    }

    /// What a step makes, once and as often as it is run.
    pub fn deploy(&mut self, step: &str) -> Result<(), String> {
        match step {
            "registry" => {
                self.assign("app", PRINCIPAL_ID, &["legacy-registry"]);
                let identity = Identity::SystemAssigned(TOPIC_PRINCIPAL.to_owned());
                self.events.make_topic(TOPIC, identity);
            }
            "roles" => {
                let places = [
                    "host-storage",
                    "inventory-container",
                    "registry-queue",
                    "repository-queue",
                    "component",
                ];
                self.assign("app", PRINCIPAL_ID, &places);
            }
            "eventRoles" => self.assign(
                "events",
                TOPIC_PRINCIPAL,
                &["repository-queue", "dead-letter-container"],
            ),
            "delivery" => {
                let subscription = Subscription {
                    queue: scope("repository-queue"),
                    dead_letters: scope("dead-letter-container"),
                };
                let world = self.app.tenant.simulator.world();
                self.events
                    .subscribe(&world, TOPIC, "repository-refresh", subscription)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Assigns what the list of roles has for an identity at these places; what is there already stays as it is.
    fn assign(&self, identity: &str, principal: &str, places: &[&str]) {
        let text = |role: &Value, key: &str| role[key].as_str().unwrap_or_default().to_owned();
        // By default the app owns its queues.
        let by_default = |role: &&Value| role["with"].is_null() || role["with"] == "data-owner";
        let mut world = self.app.tenant.simulator.world();
        for role in self.roles.iter().filter(by_default) {
            let (place, guid) = (text(role, "place"), text(role, "guid"));
            if role["identity"] != identity || !places.contains(&place.as_str()) {
                continue;
            }
            let scope = scope(&place);
            let id = format!("roleDefinitions/{guid}");
            let is_there = world.arm.role_assignments.iter().any(|known| {
                let known = &known["properties"];
                known["principalId"] == principal
                    && known["scope"] == json!(scope)
                    && known["roleDefinitionId"].as_str().unwrap().ends_with(&id)
            });
            if !is_there {
                world.assign_by_id(&guid, principal, "ServicePrincipal", &scope);
            }
        }
    }

    /// Storage and queues let the app do what its roles say by now.
    pub fn settle(&self) {
        let world = self.app.tenant.simulator.world();
        let holds = |role: &str, place: &str| {
            let mut of_name = self.roles.iter().filter(|known| known["role"] == role);
            let guid = of_name.next().unwrap()["guid"].as_str().unwrap();
            world.holds_role(PRINCIPAL_ID, guid, &scope(place))
        };
        let both = |role: &str| {
            ["registry-queue", "repository-queue"]
                .iter()
                .all(|queue| holds(role, queue))
        };
        let rights = if both("Azure Service Bus Data Owner") {
            Rights::All
        } else {
            Rights::None
        };
        let may_write = holds("Storage Blob Data Contributor", "inventory-container");
        drop(world);
        self.app.tenant.queues.lock().unwrap().rights = rights;
        self.app.tenant.blobs.lock().unwrap().deny = !may_write;
    }

    /// Whether the app's own storage and queues let it in.
    pub fn app_can_start(&self) -> bool {
        let rights = self.app.tenant.queues.lock().unwrap().rights;
        rights == Rights::All && !self.app.tenant.blobs.lock().unwrap().deny
    }

    pub fn settings(&self) -> Vec<(String, String)> {
        self.app.tenant.application_settings(CONTAINER_URL)
    }

    pub fn wait(&self, seconds: u64) {
        let clock = std::sync::Arc::clone(&self.app.tenant.simulator.world().clock);
        clock.advance(std::time::Duration::from_secs(seconds));
    }

    /// An image is pushed, and everything that follows from it happens.
    pub async fn push(&mut self, tag: &str) {
        self.settle();
        assert_eq!(self.app.run().await.failures, 0);
        self.app.tenant.simulator.world().push_image(SERVER, REPOSITORY, tag);
        assert_eq!(self.deliver(tag), [Delivery::Delivered]);
        let report = self.app.deliver().await;
        assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    }

    /// The topic delivers an event.
    pub fn deliver(&mut self, tag: &str) -> Vec<Delivery> {
        let event = json!({
            "specversion": "1.0", "id": acr_inventory::random::uuid(), "type": "Microsoft.ContainerRegistry.ImagePushed",
            "source": REGISTRY_ID, "data": {"target": {"repository": REPOSITORY, "tag": tag}}
        });
        let world = self.app.tenant.simulator.world();
        let mut queues = self.app.tenant.queues.lock().unwrap();
        self.events.deliver(&world, &mut queues, TOPIC, &event)
    }

    /// The same rights, by an identity that was made beside the topic.
    pub fn give_topic_a_user_assigned_identity(&mut self) {
        self.assign(
            "events",
            OTHER_PRINCIPAL,
            &["repository-queue", "dead-letter-container"],
        );
        let identity = Identity::UserAssigned(OTHER_PRINCIPAL.to_owned());
        self.events.make_topic(TOPIC, identity);
    }

    /// Takes a role from everybody but the app.
    pub fn take_from_topic(&self, role: &str) {
        let mut of_name = self.roles.iter().filter(|known| known["role"] == role);
        let guid = of_name.next().unwrap()["guid"].as_str().unwrap().to_owned();
        let mut world = self.app.tenant.simulator.world();
        world.arm.role_assignments.retain(|known| {
            let known = &known["properties"];
            known["principalId"] == PRINCIPAL_ID || !known["roleDefinitionId"].as_str().unwrap().ends_with(&guid)
        });
    }

    pub fn tags(&self) -> Vec<String> {
        tags(&self.app)
    }

    pub fn dead_letters(&self) -> usize {
        self.events.dead_letters.len()
    }
}
