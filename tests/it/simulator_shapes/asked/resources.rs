//! Requests to Resource Manager and Resource Graph.

use serde_json::json;

use super::Asker;
use crate::simulator_shapes::world::POSTURES;
use crate::support::entra;

impl Asker {
    pub(in crate::simulator_shapes) async fn resources(&mut self) {
        let token = entra(&self.simulator, "https://management.azure.com");
        let registries: Vec<(String, String, String)> = {
            let world = self.simulator.world();
            let readable = |id: &str| world.subscriptions[id].readable;
            let registries = world
                .registries
                .values()
                .filter(|registry| readable(&registry.subscription));
            registries
                .map(|found| (found.subscription.clone(), found.resource_group.clone(), found.id()))
                .collect()
        };
        let provider = "providers/Microsoft.ContainerRegistry";
        for (subscription, group, id) in &registries {
            for version in ["2023-07-01", "2025-11-01", "2026-09-01-preview"] {
                let paths = [
                    format!("/subscriptions/{subscription}/{provider}/registries"),
                    format!("/subscriptions/{subscription}/resourceGroups/{group}/{provider}/registries"),
                    id.clone(),
                    format!("{id}/replications"),
                    format!("{id}/listUsages"),
                    format!("{id}/scopeMaps/none"),
                ];
                for path in paths {
                    let url = format!("https://management.azure.com{path}?api-version={version}");
                    self.ask("GET", &url, Some(&token), "application/json", String::new())
                        .await;
                }
            }
        }
        self.children(&token).await;
        self.access(&token).await;
        let graph = "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";
        let query = "Resources | where type =~ 'microsoft.containerregistry/registries' | project id";
        let more = format!("{query}, name, type, tags");
        for (query, top) in [(query, 3), (&more, 1_000), ("where where", 3)] {
            let body = json!({"query": query, "options": {"$top": top, "resultFormat": "objectArray"}}).to_string();
            self.ask("POST", graph, Some(&token), "application/json", body).await;
        }
    }

    /// Every collection that a special posture has, and every item in it.
    async fn children(&mut self, token: &str) {
        let mut paths = Vec::new();
        for registry in self.simulator.world().registries.values() {
            if !POSTURES.contains(&registry.name.as_str()) {
                continue;
            }
            for (collection, items) in &registry.children {
                let version = match collection.as_str() {
                    // Read already, with all the versions.
                    "listUsages" => continue,
                    "tasks" => "2019-06-01-preview",
                    "exportPipelines" | "importPipelines" => "2026-09-01-preview",
                    _ => "2025-11-01",
                };
                let list = format!("{}/{collection}", registry.id());
                let names = items.iter().map(|item| format!("/{}", item["name"].as_str().unwrap()));
                let names = names.chain([String::new()]);
                paths.extend(names.map(|name| format!("{list}{name}?api-version={version}")));
            }
        }
        for path in paths {
            let url = format!("https://management.azure.com{path}");
            self.ask("GET", &url, Some(token), "application/json", String::new())
                .await;
        }
    }

    /// Access, locks and diagnostics of the registry that has all of them.
    async fn access(&mut self, token: &str) {
        let id = self.simulator.world().posture("exemplary").unwrap().id();
        let assignment = {
            let world = self.simulator.world();
            let own = |one: &&serde_json::Value| one["properties"]["scope"] == id.as_str();
            let found = world.arm.role_assignments.iter().find(own).unwrap();
            found["id"].as_str().unwrap().to_owned()
        };
        let denied = {
            let world = self.simulator.world();
            let denials = world.arm.deny_assignments.first().unwrap();
            denials["properties"]["scope"].as_str().unwrap().to_owned()
        };
        let authorization = format!("{id}/providers/Microsoft.Authorization");
        for path in [
            format!("{authorization}/roleAssignments?$filter=atScope()&api-version=2022-04-01"),
            format!("{assignment}?api-version=2022-04-01"),
            format!("{authorization}/roleDefinitions?$filter=roleName%20eq%20'acrpull'&api-version=2022-04-01"),
            format!("{authorization}/roleDefinitions?api-version=2022-04-01"),
            format!("{authorization}/locks?api-version=2020-05-01"),
            format!("{denied}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01"),
            format!("{id}/providers/Microsoft.Insights/diagnosticSettings/audit?api-version=2021-05-01-preview"),
        ] {
            let url = format!("https://management.azure.com{path}");
            self.ask("GET", &url, Some(token), "application/json", String::new())
                .await;
        }
        let path = format!("{id}/webhooks/deploy/getCallbackConfig?api-version=2025-11-01");
        let url = format!("https://management.azure.com{path}");
        self.ask("POST", &url, Some(token), "application/json", String::new())
            .await;
    }
}
