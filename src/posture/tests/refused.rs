use super::super::access::AccessSummary;
use super::super::audit::{audit, judge};
use super::super::evidence::{Evidence, Read};
use super::super::profile::Profile;
use super::super::rule::RULES;
use super::super::verdict::Verdict;
use super::bench::{Bench, ID, failed, refused};

fn blind(sku: Option<&str>, unread: impl Fn() -> Unread) -> Bench {
    let Unread { value, list, access } = unread();
    let again = || list.clone();
    Bench {
        evidence: Evidence {
            registry_id: ID.to_owned(),
            sku: sku.map(str::to_owned),
            registry: value.clone(),
            registry_preview: value.clone(),
            replications: again(),
            webhooks: again(),
            webhook_configs: again(),
            tokens: again(),
            scope_maps: again(),
            cache_rules: again(),
            credential_sets: again(),
            connected_registries: again(),
            private_endpoint_connections: again(),
            usages: again(),
            import_pipelines: again(),
            export_pipelines: again(),
            tasks: again(),
            locks: again(),
            diagnostic_settings: again(),
            defender_pricing: value,
            ..Evidence::default()
        },
        access,
        inventory: None,
        profile: Profile {
            production_tag_patterns: vec!["v*".to_owned()],
            ..Profile::strict()
        },
    }
}

struct Unread {
    value: Read<serde_json::Value>,
    list: Read<Vec<serde_json::Value>>,
    access: Read<AccessSummary>,
}

#[test]
fn nothing_read_means_nothing_passed_or_failed() {
    let ways: [fn() -> Unread; 3] = [
        || Unread {
            value: refused("some/read"),
            list: refused("some/read"),
            access: refused("some/read"),
        },
        || Unread {
            value: failed(),
            list: failed(),
            access: failed(),
        },
        || Unread {
            value: Read::default(),
            list: Read::default(),
            access: Read::default(),
        },
    ];
    for way in ways {
        for (sku, allowed) in [(None, false), (Some("Premium"), false), (Some("Basic"), true)] {
            let bench = blind(sku, way);
            for finding in audit(&bench.case()) {
                let fine = finding.verdict == Verdict::Unknown
                    || (allowed && finding.verdict == Verdict::NotApplicable)
                    // The SKU is known from the list of registries, and is all that this rule asks.
                    || finding.rule == "sku-not-basic" && sku.is_some();
                assert!(fine, "{finding:#?}");
            }
        }
    }
}

#[test]
fn refused_reads_name_the_role_that_brings_the_permission() {
    let finding = super::bench::bench(serde_json::json!({}))
        .with(|evidence| evidence.locks = refused("Microsoft.Authorization/locks/READ"))
        .judge("resource-lock");
    assert_eq!(
        finding.sentence,
        "Reading the resource locks was refused; it takes Microsoft.Authorization/locks/READ, which the role Reader brings."
    );
}

#[test]
fn refused_reads_name_the_permission() {
    let bench = blind(None, || Unread {
        value: refused("some/read"),
        list: refused("some/read"),
        access: refused("some/read"),
    });
    for finding in audit(&bench.case()) {
        let expected = match finding.rule.as_str() {
            "immutable-tags-locked" | "images-signed" => None,
            _ => Some("some/read"),
        };
        assert_eq!(finding.missing_permission.as_deref(), expected, "{finding:#?}");
    }
}

#[test]
fn empty_answers_pass_no_rule_that_asks_the_registry_for_a_property() {
    let mut bench = super::bench::bench(serde_json::json!({}));
    bench.evidence.registry = super::bench::known(serde_json::json!({}));
    bench.profile = Profile::strict();
    let passed: Vec<_> = RULES
        .iter()
        .map(|rule| judge(rule, &bench.case()))
        .filter(|finding| finding.verdict == Verdict::Pass)
        .map(|finding| finding.rule)
        .collect();
    // The one property whose absence is known to mean off.
    assert_eq!(passed, ["admin-user-disabled"]);
}
