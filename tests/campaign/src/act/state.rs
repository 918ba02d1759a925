//! States of the tenant that last: what is refused, shut, gone, hidden or down.

use crate::kind::State;
use crate::life::Life;
use simulator::blob::CreateConflict;
use simulator::lock::lock;
use simulator::service_bus::Rights;
use simulator::world::{DataPlaneAccess, RoleAssignmentMode, World};

impl Life {
    pub(super) fn set(&mut self, state: State, on: bool) {
        self.disturb(&format!("{state:?}"), on);
        if state == State::NewerSnapshot {
            return self.newer_snapshots(on);
        }
        let network = std::sync::Arc::clone(&self.network);
        network.state().line(0, &format!("{state:?}: {on}"), "made");
        let mut world = network.front().world();
        match state {
            State::Revoked | State::Firewall | State::CatalogShrinks => {
                for registry in world.registries.values_mut().take(2) {
                    let is_abac = registry.mode == RoleAssignmentMode::Abac;
                    let everything = if is_abac { prefixes("") } else { DataPlaneAccess::Full };
                    registry.access = match (on, state) {
                        (false, _) => everything,
                        (true, State::Revoked) => DataPlaneAccess::Denied,
                        (true, State::Firewall) => DataPlaneAccess::Firewall,
                        (true, _) if is_abac => prefixes("app"),
                        (true, _) => everything,
                    };
                }
                let repositories = world
                    .registries
                    .values_mut()
                    .flat_map(|found| found.repositories.values_mut());
                for (number, repository) in repositories.enumerate() {
                    repository.attributes.list_enabled = !(on && state == State::CatalogShrinks && number == 0);
                }
            }
            State::Gone if on => {
                if let Some((server, registry)) = world.registries.pop_last() {
                    network.state().unknown_hosts.insert(server.clone());
                    self.gone.insert(server, registry);
                }
            }
            State::Gone => {
                network.state().unknown_hosts.clear();
                world.registries.append(&mut self.gone);
            }
            State::Quota => {
                for registry in world.registries.values_mut() {
                    registry.requests_per_minute = on.then_some(25);
                }
            }
            State::ReaderRevoked => {
                for subscription in world.subscriptions.values_mut() {
                    subscription.readable = !on;
                }
            }
            State::GraphDenied => world.resource_graph.denied = on,
            State::GraphOmits => {
                let names = world.registries.values().map(|registry| registry.name.clone()).take(1);
                world.resource_graph.omit = if on { names.collect() } else { Default::default() };
            }
            State::StorageDenied => lock(&self.blobs).deny = on,
            State::CreatesConflict412 => {
                let conflict = if on {
                    CreateConflict::ConditionNotMet
                } else {
                    CreateConflict::default()
                };
                lock(&self.blobs).create_conflict = conflict;
            }
            State::BrokerDown => self.queues().down = on,
            State::BrokerDenied => self.queues().rights = if on { Rights::None } else { Rights::All },
            State::NewerSnapshot => {}
            State::ItemsHidden => hide_items(&mut world, on),
        }
    }
}

/// Of every repository, its first tag and its last manifest.
fn hide_items(world: &mut World, hidden: bool) {
    let registries = world.registries.values_mut();
    for repository in registries.flat_map(|registry| registry.repositories.values_mut()) {
        let tags = repository.tags.values_mut().map(|tag| &mut tag.attributes);
        let manifests = repository.manifests.values_mut().rev();
        let manifests = manifests.map(|manifest| &mut manifest.attributes);
        // Others may be the first and the last when they are shown again.
        let count = if hidden { 1 } else { usize::MAX };
        for attributes in tags.take(count).chain(manifests.take(count)) {
            attributes.list_enabled = !hidden;
        }
    }
}

fn prefixes(prefix: &str) -> DataPlaneAccess {
    DataPlaneAccess::Prefixes {
        prefixes: vec![prefix.to_owned()],
        catalog: true,
    }
}
