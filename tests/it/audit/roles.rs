//! What each role lets an audit know, and what the audit says of the rest.

use std::collections::BTreeMap;

use acr_inventory::audit::Extra;
use acr_inventory::inventory::audit::AuditDocument;
use acr_inventory::posture::verdict::Verdict;
use simulator::world::seed::demo::PRODUCTS;

use super::{Audited, CONFIGURATION_READER, SERVER};

fn counts(document: &AuditDocument) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for finding in &document.findings {
        *counts.entry(finding.verdict.as_str()).or_default() += 1;
    }
    counts
}

/// What was refused, by the permission it takes, and the role that brings it.
fn refused(document: &AuditDocument) -> Vec<(&str, &str)> {
    let gaps = document.gaps.iter();
    gaps.filter_map(|gap| Some((gap.permission.as_deref()?, gap.role.as_deref()?)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_at_the_subscription_knows_all_but_what_is_not_asked() {
    let audited = Audited::start(|world, _| {
        world.grant("Reader", &format!("/subscriptions/{PRODUCTS}"));
        world.registries.get_mut(SERVER).unwrap().set_usage(1 << 30);
    });
    let document = audited
        .audit(&[Extra::PreviewProperties, Extra::CallbackAddresses])
        .await;
    assert_eq!(refused(&document), [("", ""); 0], "{:#?}", document.gaps);
    assert_eq!((document.registry_reads, document.subscription_reads), (15, 5));
    let unknown = document
        .findings
        .iter()
        .filter(|found| found.verdict == Verdict::Unknown);
    let unknown: Vec<&str> = unknown.map(|found| found.rule.as_str()).collect();
    // Without Microsoft Graph and without an inventory.
    assert_eq!(
        unknown,
        ["images-signed", "managed-identity-preferred", "no-deleted-principal"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_at_the_registry_does_not_know_what_its_subscription_says() {
    let audited = Audited::start(|world, id| world.grant("Reader", id));
    let document = audited.audit(&[]).await;
    assert_eq!(
        refused(&document),
        [
            ("Microsoft.Authorization/locks/read", "Reader"),
            ("Microsoft.Security/pricings/read", "Reader at the subscription")
        ]
    );
    // Role assignments, definitions and deny assignments are asked of the registry instead.
    assert_eq!(document.registry_reads, 14 + 4);
    assert_eq!(document.access.principals.len(), 1, "{:#?}", document.access);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_at_the_registry_is_enough_where_nothing_above_can_be_read() {
    let audited = Audited::start(|world, id| {
        world.grant("Reader", id);
        world.lock(id, "keep", "CanNotDelete");
    });
    let document = audited.audit(&[]).await;
    let lock = document
        .findings
        .iter()
        .find(|found| found.rule == "resource-lock")
        .unwrap();
    assert_eq!(lock.verdict, Verdict::Pass, "{lock:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_too_little_the_audit_ends_and_says_which_role_would_tell() {
    let mut found = BTreeMap::new();
    for role in [Some(CONFIGURATION_READER), Some("AcrPull"), None] {
        let audited = Audited::start(|world, id| {
            if let Some(role) = role {
                world.grant(role, id);
            }
        });
        let document = audited.audit(&[]).await;
        for finding in &document.findings {
            let standing = document
                .gaps
                .iter()
                .find(|gap| gap.permission == finding.missing_permission);
            assert_eq!(
                finding.missing_permission.is_some(),
                standing.is_some_and(|gap| gap.role.is_some()),
                "{finding:#?}"
            );
        }
        let passed = document.findings.iter().any(|found| found.verdict == Verdict::Pass);
        assert_eq!(passed, role == Some(CONFIGURATION_READER), "{role:?}");
        // Nobody is shown to have access, or to have none, where assignments were not read.
        let granted = |verdict| {
            document
                .access
                .principals
                .iter()
                .flat_map(|principal| &principal.answers)
                .any(|answer| answer.verdict == verdict)
        };
        assert!(
            !granted(acr_inventory::access::decision::Verdict::Granted),
            "{role:?}: {:#?}",
            document.access
        );
        let refused: Vec<String> = refused(&document)
            .into_iter()
            .map(|(action, role)| format!("{action}: {role}"))
            .collect();
        found.insert(role.unwrap_or("nothing"), (counts(&document), refused));
    }
    insta::assert_json_snapshot!("too_little", found);
}

#[tokio::test(flavor = "multi_thread")]
async fn callback_addresses_come_without_the_secrets_beside_them() {
    let audited = Audited::start(|world, id| {
        world.grant("Owner", id);
        let webhook = world.registries.get_mut(SERVER).unwrap().add_webhook("build", "");
        world.set_callback(
            &webhook,
            "http://user:canary-password@ci.contoso.example/hook?code=canary-code",
        );
    });
    let reads = audited.read(SERVER, &[Extra::CallbackAddresses]).await;
    let document = super::judge(&reads);
    let rule = document
        .findings
        .iter()
        .find(|found| found.rule == "webhook-https")
        .unwrap();
    assert_eq!(rule.verdict, Verdict::Fail, "{rule:#?}");
    let held = format!("{reads:?}{}", serde_json::to_string(&document).unwrap());
    assert!(
        held.contains("http://ci.contoso.example/hook") && !held.contains("canary"),
        "{rule:#?}"
    );
    let unasked = audited.audit(&[]).await;
    let rule = unasked
        .findings
        .iter()
        .find(|found| found.rule == "webhook-https")
        .unwrap();
    assert_eq!(rule.verdict, Verdict::Unknown);
}
