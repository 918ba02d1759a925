//! Ways by which content leaves a registry or code gets to it: pipelines, connected registries, tasks.

use serde_json::{Value, json};

use super::super::super::{Registry, TENANT_ID, World};
use super::GUARDED;

pub(super) fn add(world: &mut World) {
    let transfer = world.add_posture(GUARDED, "transfer", "Premium");
    let identity = json!({
        "principalId": "5f1b4c1e-0000-4000-8000-00000000d103", "tenantId": TENANT_ID, "type": "systemAssigned",
    });
    let blobs = |name: &str| {
        json!({
            "type": "AzureStorageBlobContainer",
            "uri": format!("https://contosotransfer.blob.core.windows.net/{name}"),
            "keyVaultUri": format!("https://contoso.vault.azure.net/secrets/{name}"),
        })
    };
    let export = json!({"target": blobs("export"), "options": ["OverwriteBlobs"]});
    transfer.add_child("exportPipelines", "nightly", export)["identity"] = identity;
    let import = json!({
        "source": blobs("import"), "trigger": {"sourceTrigger": {"status": "Enabled"}}, "options": ["OverwriteTags"],
    });
    transfer.add_child("importPipelines", "inbox", import)["identity"] =
        json!({"type": "userAssigned", "userAssignedIdentities": super::identity::user("id-transfer")});
    transfer.add_scope_map(
        "plant-sync",
        "UserDefined",
        &["gateway/plant/config/read", "gateway/plant/message/write"],
    );
    for token in ["plant-sync", "line-sync", "machines"] {
        transfer.add_token(token, "plant-sync", "enabled", &[]);
    }
    connect(transfer);

    let tasks = world.add_posture(GUARDED, "taskssecret", "Standard");
    let upstream = json!({"sourceRegistry": {"loginMode": "Default"}, "customRegistries": {
        "registry.contoso.example": {"userName": {"type": "Opaque"}, "password": {"type": "Opaque"}},
    }});
    add_task(tasks, "build", upstream)["properties"]["trigger"]["sourceTriggers"] = json!([{
        "name": "commits",
        "sourceRepository": {
            "sourceControlType": "Github",
            "repositoryUrl": "https://github.com/contoso/api",
            "branch": "main",
            "sourceControlAuthProperties": {"tokenType": "PAT"},
        },
        "sourceTriggerEvents": ["commit"],
        "status": "Enabled",
    }]);
}

/// A connected registry in a plant, and one below it on a line of that plant.
fn connect(registry: &mut Registry) {
    let id = registry.id();
    let token = |name: &str| format!("{id}/tokens/{name}");
    let plant = json!({"syncProperties": {
        "tokenId": token("plant-sync"), "schedule": "* * * * *", "messageTtl": "P2D",
        "gatewayEndpoint": "transfer.westeurope.data.azurecr.io",
    }});
    let line = json!({"id": format!("{id}/connectedRegistries/plant"), "syncProperties": {
        "tokenId": token("line-sync"), "schedule": "0 9 * * *", "syncWindow": "PT4H", "messageTtl": "P2D",
    }});
    for (name, parent) in [("plant", plant), ("line", line)] {
        let properties = json!({
            "mode": "ReadOnly", "connectionState": "Online", "activation": {"status": "Active"}, "parent": parent,
            "loginServer": {"tls": {"certificate": {}}},
            "logging": {"logLevel": "Information", "auditLogStatus": "Disabled"},
        });
        let connected = registry.add_child("connectedRegistries", name, properties);
        if name == "line" {
            connected["properties"]["clientTokenIds"] = json!([token("machines")]);
            connected["properties"]["notificationsList"] = json!(["production/*:*:push"]);
        }
    }
}

/// A task that runs every night; it shows what credentials it has, never their values.
pub(super) fn add_task<'a>(registry: &'a mut Registry, name: &str, credentials: Value) -> &'a mut Value {
    let properties = json!({
        "creationDate": registry.created,
        "status": "Enabled",
        "platform": {"os": "linux", "architecture": "amd64"},
        "agentConfiguration": {"cpu": 2},
        "timeout": 3_600,
        "step": {"type": "EncodedTask", "encodedTaskContent": "dmVyc2lvbjogdjEuMS4wCg==", "values": []},
        "trigger": {"timerTriggers": [{"name": "nightly", "schedule": "0 3 * * *", "status": "Enabled"}]},
        "credentials": credentials,
        "isSystemTask": false,
    });
    registry.add_child("tasks", name, properties)
}
