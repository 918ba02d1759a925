//! What watches over a resource: locks and diagnostic settings; and webhooks, whose address is a secret.

use serde_json::{Value, json};

use super::{Registry, World};

impl World {
    /// Locks `scope` and everything below it; `level` is `CanNotDelete` or `ReadOnly`.
    pub fn lock(&mut self, scope: &str, name: &str, level: &str) {
        self.arm.locks.push(json!({
            "properties": {"level": level, "notes": "Ask the platform team first"},
            "id": format!("{scope}/providers/Microsoft.Authorization/locks/{name}"),
            "type": "Microsoft.Authorization/locks",
            "name": name,
        }));
    }

    /// Sends these categories of a resource's log to a workspace; none: only its metrics.
    pub fn send_diagnostics(&mut self, resource: &str, name: &str, categories: &[&str]) {
        let off = json!({"enabled": false, "days": 0});
        let log = |category: &&str| {
            let (category, group) = match *category {
                group @ ("allLogs" | "audit") => (Value::Null, json!(group)),
                category => (json!(category), Value::Null),
            };
            json!({"category": category, "categoryGroup": group, "enabled": true, "retentionPolicy": off})
        };
        let subscription = super::access::permission::subscription(resource);
        self.arm.diagnostic_settings.push(json!({
            // The service writes the ids of extended resources in lower case.
            "id": format!("{}/providers/microsoft.insights/diagnosticSettings/{name}", resource.to_lowercase()),
            "type": "Microsoft.Insights/diagnosticSettings",
            "name": name,
            "location": null,
            "kind": null,
            "tags": null,
            "properties": {
                "storageAccountId": null,
                "serviceBusRuleId": null,
                "workspaceId": format!("/subscriptions/{subscription}/resourceGroups/rg-logs/providers/microsoft.operationalinsights/workspaces/audit"),
                "eventHubAuthorizationRuleId": null,
                "eventHubName": null,
                "metrics": [{"category": "AllMetrics", "enabled": true, "retentionPolicy": off}],
                "logs": categories.iter().map(log).collect::<Vec<_>>(),
                "logAnalyticsDestinationType": null,
            },
            "identity": null,
        }));
    }

    /// Sets what a webhook calls, with a secret header that nothing may ever write down.
    pub fn set_callback(&mut self, webhook: &str, uri: &str) {
        let headers = json!({"authorization": "canary-webhook-header-0123456789abcdef"});
        let config = json!({"serviceUri": uri, "customHeaders": headers});
        self.arm.callbacks.insert(webhook.to_owned(), config);
    }
}

impl Registry {
    /// An enabled webhook for pushes to `scope` (empty: everything); its id.
    pub fn add_webhook(&mut self, name: &str, scope: &str) -> String {
        let properties = json!({"status": "enabled", "scope": scope, "actions": ["push"]});
        self.add_child("webhooks", name, properties);
        format!("{}/webhooks/{name}", self.id())
    }
}
