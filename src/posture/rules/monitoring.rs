//! Who would notice: logs and scans.

use serde_json::Value;

use super::super::answer::{Answer, fail, pass, unknown};
use super::super::body::{Body, at, is};
use super::super::case::{Case, known};
use super::super::remediation::{Command, Remediation, az, portal};
use super::super::rule::{Category, Rule};
use super::super::source::Source;
use super::super::verdict::Severity;

pub(in super::super) const DIAGNOSTICS: Rule = Rule {
    id: "diagnostics-audited",
    title: "Sign-ins and changes are logged",
    severity: Severity::Medium,
    category: Category::Monitoring,
    contested: false,
    needs: &[Source::DiagnosticSettings],
    decided_by: "diagnostic settings' properties.logs[]",
    passes_when: "the diagnostic settings send ContainerRegistryLoginEvents and ContainerRegistryRepositoryEvents, or the group audit or allLogs",
    not_applicable_when: "",
    unknown_when: "",
    docs: "Without these logs nobody can say afterwards who pulled, pushed or deleted what.",
    evaluate: diagnostics,
};

pub(in super::super) const DEFENDER: Rule = Rule {
    id: "defender-for-containers",
    title: "Images are scanned by Defender for Containers",
    severity: Severity::High,
    category: Category::Monitoring,
    contested: false,
    needs: &[Source::DefenderPricing],
    decided_by: "properties.pricingTier and properties.extensions[] of Microsoft.Security/pricings/Containers",
    passes_when: "the plan Containers of the subscription is Standard, and its extension ContainerRegistriesVulnerabilityAssessments is enabled",
    not_applicable_when: "",
    unknown_when: "the tier or the extension is absent, or enabling the extension failed",
    docs: "The plan scans images when they are pushed and again when new vulnerabilities become known.",
    evaluate: defender,
};

/// The extension of the plan that scans the images of registries.
const SCANNING: &str = "ContainerRegistriesVulnerabilityAssessments";

fn diagnostics(case: &Case<'_>) -> Answer {
    const LOGINS: &str = "ContainerRegistryLoginEvents";
    const CHANGES: &str = "ContainerRegistryRepositoryEvents";
    let (settings, evidence) = (case.list(Source::DiagnosticSettings)?, case.evidence);
    let on: Vec<&Value> = settings
        .items
        .iter()
        .filter_map(|setting| at(setting, "properties.logs").and_then(Value::as_array))
        .flatten()
        .filter(|log| at(log, "enabled") == Some(&Value::Bool(true)))
        .collect();
    let sent = |key: &str, word: &str| on.iter().any(|log| is(log, key, word));
    let all = sent("categoryGroup", "audit") || sent("categoryGroup", "allLogs");
    let (logins, changes) = (all || sent("category", LOGINS), all || sent("category", CHANGES));
    let quote = settings
        .quote()
        .and("diagnosticSettings", settings.items.len())
        .and(LOGINS, logins)
        .and(CHANGES, changes);
    if logins && changes {
        return pass(quote, "Sign-ins and changes of repositories are logged.");
    }
    let create = az("monitor diagnostic-settings create")
        .option("name", &format!("{}-audit", evidence.name))
        .option("resource", &evidence.registry_id)
        .option("workspace", "<log-analytics-workspace-id>")
        .option("logs", r#"[{"categoryGroup":"audit","enabled":true}]"#);
    let sentence = match (logins, changes) {
        (false, false) => "Neither sign-ins nor changes of repositories are logged.",
        (true, _) => "Sign-ins are logged, changes of repositories are not.",
        (_, true) => "Changes of repositories are logged, sign-ins are not.",
    };
    fail(
        quote,
        sentence,
        evidence.remedy(
            [create],
            "Monitoring > Diagnostic settings",
            "choose Add diagnostic setting, the group audit, and where to send it",
        ),
    )
}

fn defender(case: &Case<'_>) -> Answer {
    let (plan, api_version) = known(&case.evidence.defender_pricing, Source::DefenderPricing.name())?;
    let (body, path) = (Body::new(plan, api_version), "properties.pricingTier");
    let quote = body.quote(&["name", path]);
    if body.required_word(path, &["Standard", "Free"])? == "Free" {
        return fail(
            quote,
            "The subscription does not have Defender for Containers, so images are not scanned.",
            plan_on(case, az("security pricing create").option("name", "Containers")),
        );
    }
    let listed = body.at("properties.extensions").and_then(Value::as_array);
    let mut scanning = listed.into_iter().flatten().filter(|found| is(found, "name", SCANNING));
    let Some(extension) = scanning.next() else {
        let quote = quote.and("properties.extensions", body.at("properties.extensions").cloned());
        let sentence = format!(
            "API version {api_version} answered without the plan's extension {SCANNING}, which scans registries."
        );
        return Err(unknown(quote, sentence));
    };
    let quote = quote.and("properties.extensions[]", extension.clone());
    if is(extension, "isEnabled", "False") || at(extension, "isEnabled") == Some(&Value::Bool(false)) {
        let create = az("security pricing create").option("name", "Containers");
        return fail(
            quote,
            format!(
                "The subscription has Defender for Containers, with its extension {SCANNING} switched off, so images are not scanned."
            ),
            plan_on(case, create),
        );
    }
    if !(is(extension, "isEnabled", "True") || at(extension, "isEnabled") == Some(&Value::Bool(true))) {
        let sentence =
            format!("Whether the plan's extension {SCANNING} is enabled has a value that is not known here.");
        return Err(unknown(quote, sentence));
    }
    if at(extension, "operationStatus.code").is_some_and(|_| !is(extension, "operationStatus.code", "Succeeded")) {
        let sentence = format!("Enabling the plan's extension {SCANNING} did not succeed.");
        return Err(unknown(quote, sentence));
    }
    pass(
        quote,
        "The subscription has Defender for Containers, and it scans registries.",
    )
}

/// The plan with the extension that scans registries.
fn plan_on(case: &Case<'_>, create: Command) -> Remediation {
    let create = create
        .option("tier", "standard")
        .words("extensions", &[&format!("name={SCANNING}"), "isEnabled=True"])
        .option("subscription", &case.evidence.subscription);
    portal(
        [create],
        &format!(
            "Microsoft Defender for Cloud > Environment settings > {}",
            case.evidence.subscription
        ),
        "turn the plan Containers on, and in its settings Registry access with the vulnerability assessment; it is billed for the whole subscription",
    )
}
