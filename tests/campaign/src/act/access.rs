//! What people change in who may do what: roles, tokens, the admin user.

use serde_json::json;

use crate::life::Life;
use simulator::world::World;

/// Whoever gets and loses roles.
const SOMEBODY: [&str; 3] = [
    "5f1b4c1e-0000-4000-8000-00000000f001",
    "5f1b4c1e-0000-4000-8000-00000000f002",
    "5f1b4c1e-0000-4000-8000-00000000f003",
];

impl Life {
    /// Access to a registry changes. No event tells of it: the next refresh finds out.
    pub(crate) fn change_access(&mut self) {
        let network = std::sync::Arc::clone(&self.network);
        let mut world = network.front().world();
        let servers: Vec<String> = world.registries.keys().cloned().collect();
        let Some(server) = self.random.pick(&servers) else {
            return;
        };
        let somebody = self.random.pick(&SOMEBODY).copied().unwrap_or_default();
        let choice = self.random.below(3);
        match choice {
            0 => assign(&mut world, server, somebody),
            1 => toggle_token(&mut world, server),
            _ => {
                if let Some(registry) = world.registries.get_mut(server) {
                    let is_on = registry.properties["adminUserEnabled"] == true;
                    registry.properties["adminUserEnabled"] = json!(!is_on);
                }
            }
        }
        drop(world);
        let what = format!("change {choice} of access to {server}");
        self.network.state().line(0, &what, "made");
    }
}

/// Gives somebody a role, or takes it away.
fn assign(world: &mut World, server: &str, somebody: &str) {
    let Some(scope) = world.registries.get(server).map(|registry| registry.id()) else {
        return;
    };
    let is_there = |assignment: &serde_json::Value| {
        let properties = &assignment["properties"];
        properties["scope"] == scope.as_str() && properties["principalId"] == somebody
    };
    if world.arm.role_assignments.iter().any(is_there) {
        world.arm.role_assignments.retain(|assignment| !is_there(assignment));
    } else {
        world.assign("AcrPush", somebody, "User", &scope);
    }
}

/// Makes a token, or takes it away.
fn toggle_token(world: &mut World, server: &str) {
    const NAME: &str = "deploy";
    let Some(registry) = world.registries.get_mut(server) else {
        return;
    };
    match registry.children.remove("tokens") {
        Some(_) => {}
        None => {
            if !registry.children.contains_key("scopeMaps") {
                registry.add_system_scope_maps();
            }
            registry.add_token(NAME, "_repositories_push", "enabled", &[None]);
        }
    }
}
