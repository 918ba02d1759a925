//! The tenant that a life begins with.

use std::collections::BTreeMap;

use super::Plan;
use simulator::random::seeded::Random;
use simulator::world::{DataPlaneAccess, Registry, RoleAssignmentMode, Subscription, World};

/// Subscription of every registry.
const SUBSCRIPTION: &str = "5f1b4c1e-0000-4000-8000-000000000001";
/// Names of repositories: some contain each other, some look like files of the inventory.
const NAMES: &[&str] = &["a", "a/b", "a.ndjson/b", "app", "app/web", "app-web", "team/x/y", "z"];

/// Tags of a repository, from and to; most have few, and some have many.
const SIZES: &[(u64, u64)] = &[(1, 6), (1, 6), (1, 6), (1, 6), (1, 6), (1, 6), (6, 12), (12, 24)];

/// Of multi-platform images.
const PLATFORMS: &[&[&str]] = &[&["amd64", "arm64"], &["amd64", "arm64", "arm"]];

impl Plan {
    /// The tenant at the beginning.
    pub(crate) fn world(&self, random: &mut Random) -> World {
        let subscription = Subscription {
            display_name: "Campaign".to_owned(),
            readable: true,
        };
        let mut world = World {
            seed: self.seed,
            subscriptions: BTreeMap::from([(SUBSCRIPTION.to_owned(), subscription)]),
            ..World::default()
        };
        // The SDK's own token caches follow the system's clock, which stands still here.
        world.identity.token_seconds = 365 * 86_400;
        for number in 0..self.registries {
            let mut registry = Registry::new(SUBSCRIPTION, "rg-campaign", &format!("registry{number}"));
            if random.chance(0.2) {
                registry.mode = RoleAssignmentMode::Abac;
                registry.access = DataPlaneAccess::Prefixes {
                    prefixes: vec![String::new()],
                    catalog: true,
                };
            }
            if random.chance(0.2) {
                registry.replica_lag_seconds = u32::try_from(random.between(5, 90)).unwrap_or(5);
            }
            let server = registry.login_server.clone();
            let lag = std::mem::take(&mut registry.replica_lag_seconds);
            world.registries.insert(server.clone(), registry);
            for name in NAMES.iter().take(usize::try_from(self.repositories).unwrap_or(0)) {
                let (least, most) = random.pick(SIZES).copied().unwrap_or((1, 6));
                for tag in 0..random.between(least, most) {
                    push(random, &mut world, &server, name, &format!("v{tag}"));
                }
            }
            if let Some(registry) = world.registries.get_mut(&server) {
                registry.replica_lag_seconds = lag;
            }
        }
        world
    }

    /// A name for a repository, in use or not.
    pub(crate) fn name(random: &mut Random) -> &'static str {
        random.pick(NAMES).copied().unwrap_or("a")
    }
}

/// Pushes an image, every third a multi-platform one; its digest.
pub(crate) fn push(random: &mut Random, world: &mut World, server: &str, repository: &str, tag: &str) -> String {
    if !random.chance(1.0 / 3.0) {
        return world.push_image(server, repository, tag);
    }
    let architectures = random.pick(PLATFORMS).copied().unwrap_or_default();
    world.push_multi_platform(server, repository, tag, architectures)
}
