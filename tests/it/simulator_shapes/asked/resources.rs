//! Requests to Resource Manager and Resource Graph.

use serde_json::json;

use super::Asker;
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
        let graph = "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";
        let query = "Resources | where type =~ 'microsoft.containerregistry/registries' | project id";
        let more = format!("{query}, name, type, tags");
        for (query, top) in [(query, 3), (&more, 1_000), ("where where", 3)] {
            let body = json!({"query": query, "options": {"$top": top, "resultFormat": "objectArray"}}).to_string();
            self.ask("POST", graph, Some(&token), "application/json", body).await;
        }
    }
}
