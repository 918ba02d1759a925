//! Services of Azure that get past the firewall.

use super::super::super::answer::{Answer, fail, pass};
use super::super::super::case::Case;
use super::super::super::profile::TrustedServices;
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;

pub(in super::super::super) const TRUSTED_SERVICES: Rule = Rule {
    id: "trusted-services-bypass",
    title: "Trusted services pass the firewall as the profile wants",
    severity: Severity::Low,
    category: Category::Network,
    contested: true,
    needs: &[Source::Registry],
    decided_by: "properties.networkRuleBypassOptions",
    passes_when: "`networkRuleBypassOptions` is AzureServices when the profile allows trusted services, None when it denies them",
    not_applicable_when: "the SKU is below Premium",
    unknown_when: "the property is absent",
    docs: "Letting trusted services in keeps scanners and managed builds working; keeping them out closes a door that others hold the key of.",
    evaluate: trusted_services,
};

pub(in super::super::super) const TASKS_BYPASS: Rule = Rule {
    id: "tasks-bypass-disabled",
    title: "Tasks do not get past the firewall",
    severity: Severity::Medium,
    category: Category::Network,
    contested: false,
    needs: &[Source::Registry],
    decided_by: "properties.networkRuleBypassAllowedForTasks",
    passes_when: "`networkRuleBypassAllowedForTasks` is false",
    not_applicable_when: "",
    unknown_when: "the property is absent",
    docs: "A task runs in a shared network; with this bypass, whoever can start one reaches a registry that is closed to them.",
    evaluate: tasks_bypass,
};

fn trusted_services(case: &Case<'_>) -> Answer {
    case.premium_only("A firewall")?;
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.networkRuleBypassOptions";
    let quote = body.quote(&[path]);
    let found = body.required_word(path, &["AzureServices", "None"])?;
    let (sentence, wanted, deed) = match (case.profile.trusted_services, found) {
        (TrustedServices::Allowed, "AzureServices") => {
            return pass(quote, "Trusted services pass the firewall, as the profile wants.");
        }
        (TrustedServices::Denied, "None") => {
            return pass(quote, "Nothing passes the firewall, as the profile wants.");
        }
        (TrustedServices::Allowed, _) => (
            "Trusted services are kept out, scanners among them, and the profile wants them in.",
            "true",
            "select Allow trusted Microsoft services to access this container registry",
        ),
        (TrustedServices::Denied, _) => (
            "Trusted services pass the firewall, and the profile wants them out.",
            "false",
            "clear Allow trusted Microsoft services to access this container registry",
        ),
    };
    let command = evidence.acr("update").option("allow-trusted-services", wanted);
    fail(
        quote,
        sentence,
        evidence.remedy([command], "Settings > Networking > Public access", deed),
    )
}

fn tasks_bypass(case: &Case<'_>) -> Answer {
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.networkRuleBypassAllowedForTasks";
    let quote = body.quote(&[path]);
    if !body.required_flag(path)? {
        return pass(quote, "Tasks meet the firewall like everybody else.");
    }
    fail(
        quote,
        "Tasks get past the firewall.",
        evidence.remedy(
            [evidence.set_property(body.api_version(), &format!("{path}=false"))],
            "Overview > JSON View",
            "look the property up here; it is changed by the command, after moving tasks to an agent pool in the virtual network",
        ),
    )
}
