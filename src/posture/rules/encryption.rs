//! Keys at rest.

use super::super::answer::{Answer, fail, not_applicable, pass};
use super::super::body::text;
use super::super::case::Case;
use super::super::remediation::az;
use super::super::rule::{Category, Rule};
use super::super::source::Source;
use super::super::verdict::Severity;

pub(in super::super) const CUSTOMER_KEY: Rule = Rule {
    id: "customer-managed-key",
    title: "Content is encrypted with a key of your own",
    severity: Severity::Low,
    category: Category::Encryption,
    contested: true,
    needs: &[Source::Registry],
    decided_by: "properties.encryption.status",
    passes_when: "`encryption.status` is enabled",
    not_applicable_when: "the SKU is below Premium",
    unknown_when: "the property is absent",
    docs: "Content is always encrypted; a key of your own adds the power to revoke it, and the duty to keep it. It can only be chosen at creation.",
    evaluate: customer_key,
};

pub(in super::super) const KEY_ROTATION: Rule = Rule {
    id: "key-rotation-automatic",
    title: "The customer key rotates by itself",
    severity: Severity::Medium,
    category: Category::Encryption,
    contested: false,
    needs: &[Source::Registry],
    decided_by: "properties.encryption.keyVaultProperties.keyRotationEnabled",
    passes_when: "`keyRotationEnabled` is true",
    not_applicable_when: "the SKU is below Premium, or there is no customer-managed key",
    unknown_when: "a property is absent",
    docs: "A key named with its version stays that version until somebody remembers to change it.",
    evaluate: key_rotation,
};

const STATUS: &str = "properties.encryption.status";

fn customer_key(case: &Case<'_>) -> Answer {
    case.premium_only("A customer-managed key")?;
    let (body, evidence) = (case.registry()?, case.evidence);
    let quote = body.quote(&[STATUS]);
    if body.enabled(STATUS)? {
        return pass(quote, "Content is encrypted with a customer-managed key.");
    }
    let create = az("acr create")
        .option("name", "<new-registry>")
        .option("sku", "Premium")
        .option("identity", "<user-assigned-identity-id>")
        .option("key-encryption-key", "https://<vault>.vault.azure.net/keys/<key>");
    fail(
        quote,
        "Content is encrypted with a key that the service manages, and that cannot be changed any more.",
        evidence.remedy(
            [evidence.in_group(create)],
            "Settings > Encryption",
            "the choice is made when a registry is created: create another one with a customer-managed key and import the images into it",
        ),
    )
}

fn key_rotation(case: &Case<'_>) -> Answer {
    case.premium_only("A customer-managed key")?;
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.encryption.keyVaultProperties.keyRotationEnabled";
    let quote = body.quote(&[STATUS, path]);
    if !body.enabled(STATUS)? {
        return Err(not_applicable(quote, "There is no customer-managed key to rotate."));
    }
    if body.required_flag(path)? {
        return pass(quote, "The registry follows new versions of the key by itself.");
    }
    let key = body.at("properties.encryption.keyVaultProperties");
    let key = key.and_then(|key| text(key, "keyIdentifier")).map(without_version);
    let rotate = evidence
        .acr("encryption rotate-key")
        .option(
            "key-encryption-key",
            key.as_deref().unwrap_or("https://<vault>.vault.azure.net/keys/<key>"),
        )
        .option("identity", "<user-assigned-identity-id>");
    fail(
        quote,
        "The registry is bound to one version of its key.",
        evidence.remedy(
            [rotate],
            "Settings > Encryption",
            "choose Change key and name the key without a version",
        ),
    )
}

/// `https://{vault}/keys/{key}/{version}` without the version, which is what asks for automatic rotation.
fn without_version(key: &str) -> String {
    key.split('/').take(5).collect::<Vec<_>>().join("/")
}
