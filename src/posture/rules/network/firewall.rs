//! The firewall of the public endpoint.

use std::net::IpAddr;

use serde_json::Value;

use super::super::super::answer::{Answer, fail, pass, unknown};
use super::super::super::body::text;
use super::super::super::case::Case;
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;

pub(in super::super::super) const DEFAULT_DENY: Rule = Rule {
    id: "firewall-default-deny",
    title: "The firewall refuses whom it does not know",
    severity: Severity::High,
    category: Category::Network,
    contested: false,
    needs: &[Source::Registry],
    decided_by: "properties.publicNetworkAccess and properties.networkRuleSet.defaultAction",
    passes_when: "`publicNetworkAccess` is Disabled, or `networkRuleSet.defaultAction` is Deny",
    not_applicable_when: "the SKU is below Premium",
    unknown_when: "the public endpoint is open and the default action is absent",
    docs: "A firewall that allows by default is a list of addresses without effect.",
    evaluate: default_deny,
};

pub(in super::super::super) const NARROW_RULES: Rule = Rule {
    id: "firewall-rules-narrow",
    title: "The firewall opens small ranges only",
    severity: Severity::Medium,
    category: Category::Network,
    contested: false,
    needs: &[Source::Registry],
    decided_by: "properties.networkRuleSet.ipRules[].value",
    passes_when: "no rule is wider than /24 (the profile can say another width)",
    not_applicable_when: "the SKU is below Premium",
    unknown_when: "the rules are absent, or one cannot be read as an IPv4 range",
    docs: "A wide range lets in everybody who shares a provider or a cloud region.",
    evaluate: narrow_rules,
};

fn default_deny(case: &Case<'_>) -> Answer {
    case.premium_only("A firewall")?;
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.networkRuleSet.defaultAction";
    let quote = body.quote(&["properties.publicNetworkAccess", path]);
    let access = case.public_access();
    if matches!(access, Ok((false, _))) {
        return pass(quote, "The public endpoint is closed, so there is nothing to filter.");
    }
    if body.required_word(path, &["Allow", "Deny"])? == "Deny" {
        return pass(quote, "The firewall denies by default.");
    }
    access?;
    fail(
        quote,
        "The public endpoint is open and its firewall allows every address.",
        evidence.remedy(
            [
                evidence
                    .acr("network-rule add")
                    .option("ip-address", "<address-or-range>"),
                evidence.acr("update").option("default-action", "Deny"),
            ],
            "Settings > Networking > Public access",
            "choose Selected networks and enter the addresses that are needed",
        ),
    )
}

/// How wide one rule is.
enum Width {
    Narrow,
    Wide,
    Unclear,
}

fn narrow_rules(case: &Case<'_>) -> Answer {
    case.premium_only("A firewall")?;
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.networkRuleSet.ipRules";
    let quote = body.quote(&[path]);
    let Some(rules) = body.at(path).and_then(Value::as_array) else {
        return Err(body.absent(path));
    };
    let (mut wide, mut unclear) = (Vec::new(), false);
    for rule in rules {
        // Older versions call it `ipAddressOrRange` in commands only; in ARM it is `value` throughout.
        let value = text(rule, "value").unwrap_or_default();
        match width(value, case.profile.shortest_ipv4_prefix) {
            Width::Narrow => {}
            Width::Wide => wide.push(value),
            Width::Unclear => unclear = true,
        }
    }
    if !wide.is_empty() {
        let remove = wide
            .iter()
            .map(|value| evidence.acr("network-rule remove").option("ip-address", value));
        let remediation = evidence.remedy(
            remove,
            "Settings > Networking > Public access",
            "replace the wide ranges by the addresses that are needed",
        );
        let prefix = case.profile.shortest_ipv4_prefix;
        return fail(
            quote,
            format!("The firewall opens ranges wider than /{prefix}."),
            remediation,
        );
    }
    match unclear {
        true => Err(unknown(quote, "A firewall rule is not an IPv4 address or range.")),
        false => pass(quote, "The firewall opens no wide range."),
    }
}

/// An address or CIDR range against the shortest prefix. No width is agreed for IPv6, only that everything is too wide.
fn width(value: &str, shortest: u8) -> Width {
    let (address, prefix) = match value.split_once('/') {
        Some((address, prefix)) => (address, prefix.parse::<u8>().ok()),
        None => (value, Some(u8::MAX)),
    };
    match (address.parse::<IpAddr>(), prefix) {
        (Ok(_), Some(0)) => Width::Wide,
        (Ok(IpAddr::V4(_)), Some(prefix)) if prefix < shortest => Width::Wide,
        (Ok(IpAddr::V4(_)), Some(_)) => Width::Narrow,
        _ => Width::Unclear,
    }
}
