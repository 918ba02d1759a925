//! Every rule with every verdict: registries of the simulated world, read over HTTP and judged.

mod cases;
mod refused;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use acr_inventory::inventory::audit::AuditDocument;
use acr_inventory::posture::rule::RULES;
use acr_inventory::posture::verdict::Finding;
use acr_inventory::posture::verdict::Verdict::{self, Fail, NotApplicable, Pass, Unknown};
use serde_json::{Value, json};

use self::cases::{NEVER, never, registries};
use self::world::Audited;

const VERDICTS: [Verdict; 4] = [Pass, Fail, NotApplicable, Unknown];

#[test]
fn every_rule_has_a_registry_for_every_verdict_or_a_reason_why_there_is_none() {
    for rule in RULES {
        for verdict in VERDICTS {
            let shown = (rule.id, verdict.as_str());
            let known = !registries(rule.id, verdict).is_empty();
            assert_eq!(known, never(rule.id, verdict).is_none(), "{shown:?}");
        }
        let applies_always = never(rule.id, NotApplicable).is_some();
        assert_eq!(rule.not_applicable_when.is_empty(), applies_always, "{}", rule.id);
    }
    for (verdict, why, rules) in NEVER {
        assert!(why.ends_with('.') && !rules.is_empty(), "{}", verdict.as_str());
    }
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    let unknown: Vec<&str> = cases::rules().filter(|rule| !known.contains(rule)).collect();
    assert_eq!(unknown, [""; 0], "cases of rules that are not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verdict_follows_from_what_resource_manager_answers() {
    let audited = Audited::start(world::postures());
    audited
        .collect(&["exemplary", "publicopen", "empty", "configured"])
        .await;
    let wanted = RULES
        .iter()
        .flat_map(|rule| VERDICTS.map(|verdict| registries(rule.id, verdict)));
    let documents = audited.audit(wanted.flatten().collect()).await;
    let mut families: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
    for rule in RULES {
        for verdict in VERDICTS {
            for name in registries(rule.id, verdict) {
                let found = finding(&documents[name], rule.id);
                assert_eq!(found.verdict, verdict, "{} of {name}: {found:#?}", rule.id);
                assert_eq!(found.remediation.is_some(), verdict == Fail, "{found:#?}");
                let shown = match verdict {
                    Fail => json!(found),
                    _ => json!(found.sentence),
                };
                let family = families.entry(rule.category.as_str()).or_default();
                family.insert(format!("{}: {}: {name}", rule.id, verdict.as_str()), shown);
            }
        }
    }
    for (family, findings) in families {
        insta::assert_json_snapshot!(family, findings);
    }
}

/// What a document says of a rule.
fn finding<'a>(document: &'a AuditDocument, rule: &str) -> &'a Finding {
    let found = document.findings.iter().find(|found| found.rule == rule);
    found.unwrap_or_else(|| panic!("no finding of {rule}"))
}
