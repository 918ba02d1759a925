//! What can lie under a registry, in the shape in which the service shows it. No value of a secret is ever in here.

pub mod credentials;

use serde_json::{Value, json};

use super::Registry;
use super::access::assign::guid;

/// Collections whose items have a place of their own.
const PLACED: &[&str] = &[
    "agentPools",
    "exportPipelines",
    "importPipelines",
    "replications",
    "tasks",
    "webhooks",
];

impl Registry {
    /// Adds a resource to a collection (spelled as the service does); the resource, to be changed further.
    pub fn add_child(&mut self, collection: &str, name: &str, properties: Value) -> &mut Value {
        let created = self.created.trim_end_matches('Z').to_owned() + "+00:00";
        let mut child = json!({
            "type": format!("Microsoft.ContainerRegistry/registries/{collection}"),
            "id": format!("{}/{collection}/{name}", self.id()),
            "name": name,
            "properties": properties,
        });
        if PLACED.contains(&collection) {
            child["location"] = json!(self.location);
            child["tags"] = json!({});
        }
        if collection != "privateEndpointConnections" {
            child["systemData"] = json!({
                "createdBy": "platform@contoso.example", "createdByType": "User", "createdAt": created,
                "lastModifiedBy": "platform@contoso.example", "lastModifiedByType": "User", "lastModifiedAt": created,
            });
        }
        child["properties"]["provisioningState"] = json!("Succeeded");
        let items = self.children.entry(collection.to_owned()).or_default();
        items.push(child);
        let last = items.len() - 1;
        &mut items[last]
    }

    /// A copy in another region.
    pub fn replicate(&mut self, location: &str, zone_redundancy: &str) {
        let status = json!({"displayStatus": "Ready", "timestamp": self.created});
        let properties = json!({"status": status, "regionEndpointEnabled": true, "zoneRedundancy": zone_redundancy});
        self.add_child("replications", location, properties)["location"] = json!(location);
    }

    /// A private endpoint of a subscription in one of the states `Approved`, `Pending`, `Rejected`, `Disconnected`.
    pub fn add_private_endpoint(&mut self, name: &str, subscription: &str, state: &str) {
        let endpoint = format!(
            "/subscriptions/{subscription}/resourceGroups/rg-network/providers/Microsoft.Network/privateEndpoints/{name}"
        );
        let name = format!("{name}.{}", guid(&endpoint).replace('-', ""));
        let mut connection = json!({"status": state});
        if state == "Approved" {
            connection["description"] = json!("Auto-Approved");
        }
        let properties = json!({"privateEndpoint": {"id": endpoint}, "privateLinkServiceConnectionState": connection});
        self.add_child("privateEndpointConnections", &name, properties);
    }

    /// What `listUsages` shows of a registry that has used so many bytes.
    pub fn set_usage(&mut self, bytes: u64) {
        let premium = self.sku == "Premium";
        let count = |name: &str, limit: i64| json!({"name": name, "limit": limit, "currentValue": 0, "unit": "Count"});
        let limit: u64 = match self.sku.as_str() {
            "Premium" => 536_870_912_000,
            "Standard" => 107_374_182_400,
            _ => 10_737_418_240,
        };
        let mut usages = vec![json!({"name": "Size", "limit": limit, "currentValue": bytes, "unit": "Bytes"})];
        match premium {
            true => usages.extend([
                count("Webhooks", 500),
                count("Geo-replications", -1),
                count("IPRules", 100),
                count("VNetRules", 100),
                count("PrivateEndpointConnections", 200),
                count("ScopeMaps", 50_000),
                count("Tokens", 50_000),
            ]),
            false => usages.extend([count("Webhooks", 10), count("ScopeMaps", 500), count("Tokens", 500)]),
        }
        self.children.insert("listUsages".to_owned(), usages);
    }
}
