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
    transfer.add_child("exportPipelines", "nightly", export)["identity"] = identity.clone();
    let import = json!({
        "source": blobs("import"), "trigger": {"sourceTrigger": {"status": "Enabled"}}, "options": ["OverwriteTags"],
    });
    transfer.add_child("importPipelines", "inbox", import)["identity"] = identity;
    transfer.add_scope_map(
        "plant-sync",
        "UserDefined",
        &["gateway/plant/config/read", "gateway/plant/message/write"],
    );
    transfer.add_token("plant-sync", "plant-sync", "enabled", &[]);
    let sync = json!({
        "tokenId": format!("{}/tokens/plant-sync", transfer.id()), "schedule": "0 9 * * *", "syncWindow": "PT4H",
        "messageTtl": "P2D", "gatewayEndpoint": "transfer.westeurope.data.azurecr.io",
    });
    let connected = json!({
        "mode": "ReadOnly", "connectionState": "Online", "activation": {"status": "Active"},
        "parent": {"syncProperties": sync}, "loginServer": {"tls": {"certificate": {}}},
        "logging": {"logLevel": "Information", "auditLogStatus": "Disabled"},
    });
    transfer.add_child("connectedRegistries", "plant", connected);

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
