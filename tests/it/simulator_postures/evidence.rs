//! What decides a rule, in the words of Resource Manager: the read, and a plain reading of its answer.

use serde_json::Value;
use simulator::world::seed::postures::GUARDED;

type Passes = fn(&Value) -> bool;

const REGISTRY: &str = "GET {R}?api-version=2025-11-01";
const PREVIEW: &str = "GET {R}?api-version=2026-09-01-preview";
const TOKENS: &str = "GET {R}/tokens?api-version=2025-11-01";
const SCOPE_MAPS: &str = "GET {R}/scopeMaps?api-version=2025-11-01";
const REPLICATIONS: &str = "GET {R}/replications?api-version=2025-11-01";
const ASSIGNMENTS: &str =
    "GET {R}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()";
const CUSTOM_ROLES: &str =
    "GET {R}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter=type eq 'CustomRole'";

/// Rule, read, and whether its answer passes.
pub(super) const EVIDENCE: &[(&str, &str, Passes)] = &[
    ("admin-user-disabled", REGISTRY, |body| {
        body["properties"]["adminUserEnabled"] != true
    }),
    ("anonymous-pull-disabled", REGISTRY, |body| {
        body["properties"]["anonymousPullEnabled"] != true
    }),
    ("registry-managed-identity", REGISTRY, |body| {
        body["identity"]["type"]
            .as_str()
            .is_some_and(|kind| kind.contains("Assigned"))
    }),
    ("arm-audience-token-disabled", REGISTRY, |body| {
        policy(body, "azureADAuthenticationAsArmPolicy") == "disabled"
    }),
    ("role-assignment-mode-abac", REGISTRY, |body| {
        body["properties"]["roleAssignmentMode"] == "AbacRepositoryPermissions"
    }),
    ("repository-tokens-reviewed", TOKENS, |body| {
        let expires = |password: &Value| password["expiry"].as_str().is_some_and(|at| at > "2026");
        let reviewed = |token: &Value| all(&token["properties"]["credentials"]["passwords"], expires);
        all(&body["value"], |token| {
            token["properties"]["status"] == "disabled" || reviewed(token)
        })
    }),
    ("scope-map-orphaned", SCOPE_MAPS, |body| {
        all(&body["value"], |map| map["name"] != "orphan")
    }),
    ("public-network-access-disabled", REGISTRY, |body| {
        body["properties"]["publicNetworkAccess"] == "Disabled"
    }),
    ("firewall-default-deny", REGISTRY, |body| {
        body["properties"]["networkRuleSet"]["defaultAction"] == "Deny"
    }),
    ("private-endpoint-approved", REGISTRY, |body| {
        states(body).contains(&"Approved")
    }),
    ("private-endpoint-foreign", REGISTRY, |body| {
        all(&body["properties"]["privateEndpointConnections"], |connection| {
            let id = connection["properties"]["privateEndpoint"]["id"].as_str().unwrap();
            id.contains(GUARDED)
        })
    }),
    ("firewall-rules-narrow", REGISTRY, |body| {
        all(&body["properties"]["networkRuleSet"]["ipRules"], |rule| {
            rule["value"] != "0.0.0.0/0"
        })
    }),
    ("trusted-services-bypass", REGISTRY, |body| {
        body["properties"]["networkRuleBypassOptions"] == "AzureServices"
    }),
    ("tasks-bypass-disabled", REGISTRY, |body| {
        body["properties"]["networkRuleBypassAllowedForTasks"] == false
    }),
    ("dedicated-data-endpoint", REGISTRY, |body| {
        let hosts = body["properties"]["dataEndpointHostNames"].as_array().unwrap();
        body["properties"]["dataEndpointEnabled"] == true && hosts.len() == 1
    }),
    ("customer-managed-key", REGISTRY, |body| {
        body["properties"]["encryption"]["status"] == "enabled"
    }),
    ("key-rotation-automatic", REGISTRY, |body| {
        body["properties"]["encryption"]["keyVaultProperties"]["keyRotationEnabled"] == true
    }),
    ("export-disabled", REGISTRY, |body| {
        policy(body, "exportPolicy") == "disabled"
    }),
    ("content-trust-retiring", REGISTRY, |body| {
        policy(body, "trustPolicy") == "disabled"
    }),
    ("quarantine", REGISTRY, |body| {
        policy(body, "quarantinePolicy") == "enabled"
    }),
    ("retention-untagged", REGISTRY, |body| {
        policy(body, "retentionPolicy") == "enabled"
    }),
    ("soft-delete", PREVIEW, |body| {
        policy(body, "softDeletePolicy") == "enabled"
    }),
    (
        "resource-lock",
        "GET {R}/providers/Microsoft.Authorization/locks?api-version=2020-05-01&$filter=atScope()",
        |body| !body["value"].as_array().unwrap().is_empty(),
    ),
    ("zone-redundant", REPLICATIONS, |body| {
        all(&body["value"], |replication| {
            replication["properties"]["zoneRedundancy"] == "Enabled"
        })
    }),
    ("geo-replicated", REPLICATIONS, |body| {
        body["value"].as_array().unwrap().len() > 1
    }),
    ("sku-not-basic", REGISTRY, |body| body["sku"]["name"] != "Basic"),
    (
        "usage-below-90-percent",
        "GET {R}/listUsages?api-version=2025-11-01",
        |body| {
            let size = &body["value"][0];
            size["currentValue"].as_u64().unwrap() * 10 <= size["limit"].as_u64().unwrap() * 9
        },
    ),
    (
        "diagnostics-audited",
        "GET {R}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview",
        |body| body["value"][0]["properties"]["logs"].as_array().unwrap().len() == 2,
    ),
    (
        "defender-for-containers",
        "GET {S}/providers/Microsoft.Security/pricings/Containers?api-version=2024-01-01",
        |body| body["properties"]["pricingTier"] == "Standard",
    ),
    (
        "cache-rules-reviewed",
        "GET {R}/cacheRules?api-version=2025-11-01",
        |body| {
            all(&body["value"], |rule| {
                rule["properties"]["credentialSetResourceId"].is_string()
            })
        },
    ),
    (
        "transfer-pipelines-absent",
        "GET {R}/exportPipelines?api-version=2026-09-01-preview",
        |body| body["value"].as_array().unwrap().is_empty(),
    ),
    (
        "tasks-identity",
        "GET {R}/tasks?api-version=2019-06-01-preview",
        |body| {
            all(&body["value"], |task| {
                task["properties"]["credentials"]["customRegistries"].is_null()
            })
        },
    ),
    ("domain-name-label-scope", PREVIEW, |body| {
        body["properties"]["autoGeneratedDomainNameLabelScope"] != "Unsecure"
    }),
    ("no-broad-writers", ASSIGNMENTS, |body| {
        !here(body, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635")
    }),
    ("assignment-at-registry-scope", ASSIGNMENTS, |body| {
        all(&body["value"], |one| {
            is_here(one) || !holds(one, "8311e382-0749-4cb8-b61a-304f252e45ec")
        })
    }),
    ("no-inert-assignment", ASSIGNMENTS, |body| {
        !here(body, "7f951dda-4ed3-4680-a7ca-43fe172d538d")
    }),
    ("condition-prefix-closed", ASSIGNMENTS, |body| {
        all(&body["value"], |one| {
            let condition = one["properties"]["condition"].as_str().unwrap_or("");
            !condition.contains("StartsWith") || condition.ends_with("/'))")
        })
    }),
    ("no-wildcard-custom-role", CUSTOM_ROLES, |body| {
        all(&body["value"], |role| {
            role["properties"]["permissions"][0]["actions"][0] != "Microsoft.ContainerRegistry/*"
        })
    }),
    ("secret-reading-roles", ASSIGNMENTS, |body| {
        !here(body, "69b07be0-09bf-439a-b9a6-e73de851bd59")
    }),
];

fn policy<'a>(body: &'a Value, name: &str) -> &'a str {
    body["properties"]["policies"][name]["status"].as_str().unwrap()
}

fn states(body: &Value) -> Vec<&str> {
    let connections = body["properties"]["privateEndpointConnections"]
        .as_array()
        .unwrap()
        .iter();
    connections
        .map(|one| {
            one["properties"]["privateLinkServiceConnectionState"]["status"]
                .as_str()
                .unwrap()
        })
        .collect()
}

fn all(items: &Value, good: impl Fn(&Value) -> bool) -> bool {
    items.as_array().unwrap().iter().all(good)
}

fn holds(assignment: &Value, role: &str) -> bool {
    assignment["properties"]["roleDefinitionId"]
        .as_str()
        .unwrap()
        .ends_with(role)
}

/// Whether an assignment is at the registry itself and not inherited.
fn is_here(assignment: &Value) -> bool {
    assignment["properties"]["scope"]
        .as_str()
        .unwrap()
        .contains("/registries/")
}

fn here(body: &Value, role: &str) -> bool {
    !all(&body["value"], |one| !is_here(one) || !holds(one, role))
}
