//! `defender-for-containers`: the plan alone scans no registry.

use serde_json::{Value, json};
use simulator::world::World;

use super::{Bench, run};

const REGISTRIES: &str = "ContainerRegistriesVulnerabilityAssessments";

/// The finding, for a subscription whose plan has these properties.
async fn finding(plan: Value) -> Value {
    let mut world = World::sized(1, 1);
    let subscription = world.registries["bench.azurecr.io"].subscription.clone();
    world.arm.defender.insert(subscription, plan);
    let bench = Bench::start(world);
    let ended = run(&bench, &["audit", "--registry", "bench", "--format", "json"]).await;
    let audited: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    let findings = audited[0]["audit"]["findings"].as_array().unwrap();
    let found = findings
        .iter()
        .find(|finding| finding["rule"] == "defender-for-containers");
    found.unwrap().clone()
}

fn standard(extensions: Value) -> Value {
    json!({"pricingTier": "Standard", "freeTrialRemainingTime": "PT0S", "extensions": extensions})
}

fn scanning(is_enabled: &str) -> Value {
    json!([{"name": REGISTRIES, "isEnabled": is_enabled}, {"name": "AgentlessDiscoveryForKubernetes", "isEnabled": "True"}])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_whose_extension_for_registries_is_off_fails_with_the_extension() {
    for is_enabled in ["False", "false"] {
        let found = finding(standard(scanning(is_enabled))).await;
        assert_eq!(found["verdict"], "fail", "{found}");
        let evidence = found["evidence"].to_string();
        assert!(
            evidence.contains(REGISTRIES) && evidence.contains(is_enabled),
            "{found}"
        );
        let remediation = found["remediation"].to_string();
        let on = format!("'name={REGISTRIES}' 'isEnabled=True'");
        assert!(remediation.contains(&on), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_plan_that_is_known_to_scan_registries_passes() {
    for (plan, verdict) in [
        (standard(scanning("True")), "pass"),
        (standard(scanning("true")), "pass"),
        (
            standard(json!([{"name": REGISTRIES.to_lowercase(), "isEnabled": "True"}])),
            "pass",
        ),
        // The answer does not say.
        (standard(json!(null)), "unknown"),
        (json!({"pricingTier": "Standard"}), "unknown"),
        (standard(json!([])), "unknown"),
        (
            standard(json!([{"name": "ContainerSensor", "isEnabled": "True"}])),
            "unknown",
        ),
        (standard(json!([{"name": REGISTRIES}])), "unknown"),
        (standard(scanning("Perhaps")), "unknown"),
        (
            standard(
                json!([{"name": REGISTRIES, "isEnabled": "True", "operationStatus": {"code": "Failed", "message": "no"}}]),
            ),
            "unknown",
        ),
        (
            standard(json!([{"name": REGISTRIES, "isEnabled": "True", "operationStatus": {"code": "Succeeded"}}])),
            "pass",
        ),
        // Without the plan the extensions say nothing.
        (json!({"pricingTier": "Free", "extensions": scanning("True")}), "fail"),
        (json!({"pricingTier": "Free"}), "fail"),
        (json!({}), "unknown"),
    ] {
        let found = finding(plan.clone()).await;
        assert_eq!(found["verdict"], verdict, "{plan}: {found}");
    }
}
