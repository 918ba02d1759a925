//! What lies under a registry and beside it: callback configurations, diagnostics, the Defender plan, locks.

use serde_json::json;

use super::{PRODUCTS, SERVER, ask, get, refusal, registry, start};
use crate::support::names;

#[tokio::test]
async fn webhooks_show_their_address_to_who_may_ask_for_it() {
    for (role, allowed) in [("Reader", false), ("Owner", true)] {
        let simulator = start(|world, id| {
            world.grant(role, id);
            let registry = world.registries.get_mut(SERVER).unwrap();
            registry.add_webhook("deploy", "");
            let config = json!({"serviceUri": "https://hooks.contoso.example/deploy", "customHeaders": {"x-key": "1"}});
            world.arm.callbacks.insert(format!("{id}/webhooks/deploy"), config);
        });
        let hook = format!("{}/webhooks/deploy", registry(&simulator));
        let (status, body) = get(&simulator, &format!("{hook}?api-version=2025-11-01")).await;
        assert_eq!(status, 200);
        assert_eq!(body["properties"]["status"], "enabled");
        assert!(!body.to_string().contains("hooks.contoso.example"));
        let asked = format!("{hook}/getCallbackConfig?api-version=2025-11-01");
        let (status, body) = ask(&simulator, "POST", &asked).await;
        if allowed {
            assert_eq!(
                (status, &body["serviceUri"]),
                (200, &json!("https://hooks.contoso.example/deploy"))
            );
        } else {
            assert_eq!(status, 403);
            let action = "Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action";
            assert_eq!(refusal(&body), format!("AuthorizationFailed: {action} over {hook}"));
        }
        assert_eq!(simulator.violations(), [""; 0]);
        let (status, _) = get(&simulator, &asked).await;
        assert_eq!((status, simulator.violations().len()), (501, 1));
    }
}

#[tokio::test]
async fn private_endpoints_are_shown_in_the_registry_too() {
    let simulator = start(|world, id| {
        world.grant("Reader", id);
        let registry = world.registries.get_mut(SERVER).unwrap();
        registry.add_private_endpoint("pe-registry", PRODUCTS, "Pending");
    });
    let id = registry(&simulator);
    let (_, list) = get(
        &simulator,
        &format!("{id}/privateEndpointConnections?api-version=2025-11-01"),
    )
    .await;
    let (_, registry) = get(&simulator, &format!("{id}?api-version=2025-11-01")).await;
    assert_eq!(list["value"], registry["properties"]["privateEndpointConnections"]);
    let state = &list["value"][0]["properties"]["privateLinkServiceConnectionState"];
    assert_eq!(state["status"], "Pending");
}

#[tokio::test]
async fn diagnostic_settings_are_those_of_the_resource() {
    let simulator = start(|world, id| {
        world.grant("Reader", id);
        world.send_diagnostics(id, "to-workspace", &["ContainerRegistryLoginEvents"]);
        world.send_diagnostics(&format!("{id}2"), "elsewhere", &[]);
    });
    let list = format!(
        "{}/providers/Microsoft.Insights/diagnosticSettings",
        registry(&simulator)
    );
    let version = "api-version=2021-05-01-preview";
    let (_, body) = get(&simulator, &format!("{list}?{version}")).await;
    assert_eq!(names(&body, "value", "name"), ["to-workspace"]);
    let (status, one) = get(&simulator, &format!("{list}/to-workspace?{version}")).await;
    assert_eq!((status, &one), (200, &body["value"][0]));
    let (status, _) = get(&simulator, &format!("{list}/none?{version}")).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn the_defender_plan_belongs_to_the_subscription() {
    let simulator = start(|world, _| {
        world.grant("Reader", &format!("/subscriptions/{PRODUCTS}"));
        world
            .arm
            .defender
            .insert(PRODUCTS.to_owned(), json!({"pricingTier": "Standard"}));
    });
    let path = |id: &str| format!("/subscriptions/{id}/providers/Microsoft.Security/pricings/Containers");
    let version = "api-version=2024-01-01";
    let (status, body) = get(&simulator, &format!("{}?{version}", path(PRODUCTS))).await;
    assert_eq!((status, &body["properties"]["pricingTier"]), (200, &json!("Standard")));
    let (status, body) = get(&simulator, &format!("{}?{version}", path(super::PLATFORM))).await;
    let expected = format!(
        "AuthorizationFailed: Microsoft.Security/pricings/read over {}",
        path(super::PLATFORM)
    );
    assert_eq!((status, refusal(&body)), (403, expected));
    assert_eq!(simulator.violations(), [""; 0]);
    let (status, _) = get(&simulator, &format!("{}?api-version=2018-06-01", path(PRODUCTS))).await;
    assert_eq!(status, 501);
}

#[tokio::test]
async fn locks_are_inherited() {
    let simulator = start(|world, id| {
        let subscription = format!("/subscriptions/{PRODUCTS}");
        world.grant("Reader", &subscription);
        world.lock(
            &format!("{subscription}/resourceGroups/rg-products"),
            "group",
            "ReadOnly",
        );
        world.lock(id, "registry", "CanNotDelete");
        world.lock(&format!("{subscription}/resourceGroups/rg-lab"), "lab", "ReadOnly");
    });
    let locks = |scope: &str| format!("{scope}/providers/Microsoft.Authorization/locks?api-version=2020-05-01");
    let (_, body) = get(&simulator, &locks(&registry(&simulator))).await;
    assert_eq!(names(&body, "value", "name"), ["group", "registry"]);
    assert_eq!(body["value"][1]["properties"]["level"], "CanNotDelete");
    let subscription = format!("/subscriptions/{PRODUCTS}");
    let (_, body) = get(&simulator, &locks(&subscription)).await;
    assert_eq!(names(&body, "value", "name"), ["group", "registry", "lab"]);
    let (_, body) = get(&simulator, &format!("{}&$filter=atScope()", locks(&subscription))).await;
    assert_eq!(body, json!({"value": []}));
}
