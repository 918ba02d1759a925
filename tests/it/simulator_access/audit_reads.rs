//! Every read of an audit, with every role that an audit may find itself with.

use super::{ask, get, refusal, registry, start};

const CONFIGURATION_READER: &str = "Container Registry Configuration Reader and Data Access Configuration Reader";

/// Path below the registry, api-version, and the action that a refusal names.
const READS: &[(&str, &str, &str)] = &[
    ("", "2025-11-01", "Microsoft.ContainerRegistry/registries/read"),
    ("", "2026-09-01-preview", "Microsoft.ContainerRegistry/registries/read"),
    (
        "/replications",
        "2025-11-01",
        "Microsoft.ContainerRegistry/registries/replications/read",
    ),
    (
        "/webhooks",
        "2025-11-01",
        "Microsoft.ContainerRegistry/registries/webhooks/read",
    ),
    (
        "/tokens",
        "2025-11-01",
        "Microsoft.ContainerRegistry/registries/tokens/read",
    ),
    (
        "/scopeMaps",
        "2025-11-01",
        "Microsoft.ContainerRegistry/registries/scopeMaps/read",
    ),
    (
        "/connectedRegistries",
        "2025-11-01",
        "Microsoft.ContainerRegistry/registries/connectedRegistries/read",
    ),
    (
        "/privateEndpointConnections",
        "2025-11-01",
        "Microsoft.ContainerRegistry/registries/privateEndpointConnections/read",
    ),
    (
        "/providers/Microsoft.Insights/diagnosticSettings",
        "2021-05-01-preview",
        "Microsoft.Insights/diagnosticSettings/read",
    ),
    // From here on the Configuration Reader may not.
    (
        "/cacheRules",
        "2025-11-01",
        "Microsoft.ContainerRegistry/registries/cacheRules/read",
    ),
    (
        "/credentialSets",
        "2025-11-01",
        "Microsoft.ContainerRegistry/registries/credentialSets/read",
    ),
    (
        "/listUsages",
        "2025-11-01",
        "Microsoft.ContainerRegistry/registries/listUsages/read",
    ),
    (
        "/importPipelines",
        "2026-09-01-preview",
        "Microsoft.ContainerRegistry/registries/importPipelines/read",
    ),
    (
        "/exportPipelines",
        "2026-09-01-preview",
        "Microsoft.ContainerRegistry/registries/exportPipelines/read",
    ),
    (
        "/tasks",
        "2019-06-01-preview",
        "Microsoft.ContainerRegistry/registries/tasks/read",
    ),
    (
        "/runs",
        "2019-06-01-preview",
        "Microsoft.ContainerRegistry/registries/runs/read",
    ),
    (
        "/taskRuns",
        "2019-06-01-preview",
        "Microsoft.ContainerRegistry/registries/taskRuns/read",
    ),
    (
        "/agentPools",
        "2019-06-01-preview",
        "Microsoft.ContainerRegistry/registries/agentPools/read",
    ),
    (
        "/providers/Microsoft.Authorization/locks",
        "2020-05-01",
        "Microsoft.Authorization/locks/read",
    ),
    (
        "/providers/Microsoft.Authorization/roleAssignments",
        "2022-04-01",
        "Microsoft.Authorization/roleAssignments/read",
    ),
    (
        "/providers/Microsoft.Authorization/roleDefinitions",
        "2022-04-01",
        "Microsoft.Authorization/roleDefinitions/read",
    ),
    (
        "/providers/Microsoft.Authorization/denyAssignments",
        "2022-04-01",
        "Microsoft.Authorization/denyAssignments/read",
    ),
];
/// Those that the Configuration Reader may.
const CONFIGURATION: usize = 9;

#[tokio::test]
async fn each_role_reads_what_its_actions_say() {
    for (role, readable) in [
        (Some("Reader"), READS.len()),
        (Some(CONFIGURATION_READER), CONFIGURATION),
        (Some("AcrPull"), 0),
        (None, 0),
    ] {
        let simulator = start(|world, id| {
            if let Some(role) = role {
                world.grant(role, id);
            }
        });
        let id = registry(&simulator);
        for (position, (path, version, action)) in READS.iter().enumerate() {
            let (status, body) = get(&simulator, &format!("{id}{path}?api-version={version}")).await;
            if position < readable {
                assert_eq!(status, 200, "{role:?} {path}: {body}");
                continue;
            }
            assert_eq!(status, 403, "{role:?} {path}: {body}");
            // A list is refused on what it belongs to.
            let scope = format!("{id}{path}");
            let scope = if path.is_empty() {
                &scope
            } else {
                scope.rsplit_once('/').unwrap().0
            };
            assert_eq!(refusal(&body), format!("AuthorizationFailed: {action} over {scope}"));
        }
        assert_eq!(simulator.violations(), [""; 0]);
    }
}

#[tokio::test]
async fn unknown_versions_and_queries_are_refused() {
    for (position, (path, version, _)) in READS.iter().enumerate() {
        let simulator = start(|world, id| world.grant("Reader", id));
        let id = registry(&simulator);
        for query in [
            "api-version=2031-01-01".to_owned(),
            format!("api-version={version}&$expand=all"),
        ] {
            let (status, body) = get(&simulator, &format!("{id}{path}?{query}")).await;
            assert_eq!(status, 501, "{position} {path}?{query}: {body}");
        }
        assert_eq!(simulator.violations().len(), 2, "{path}");
    }
}

#[tokio::test]
async fn asking_for_secrets_is_a_violation() {
    let simulator = start(|world, id| world.grant("Owner", id));
    let id = registry(&simulator);
    for (asked, path) in [
        "listCredentials",
        "generateCredentials",
        "regenerateCredential",
        "tasks/build/listDetails",
    ]
    .iter()
    .enumerate()
    {
        let (status, _) = ask(&simulator, "POST", &format!("{id}/{path}?api-version=2025-11-01")).await;
        assert_eq!((status, simulator.violations().len()), (501, asked + 1), "{path}");
    }
    assert!(
        simulator
            .violations()
            .iter()
            .all(|text| text.contains("hands out secrets"))
    );
    // The same as GET is no route of the service.
    let (status, _) = get(&simulator, &format!("{id}/listCredentials?api-version=2025-11-01")).await;
    assert_eq!((status, simulator.violations().len()), (501, 5));
}
