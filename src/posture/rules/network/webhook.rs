//! Where webhooks call.

use serde_json::{Value, json};

use super::super::super::answer::{Answer, fail, pass, unknown};
use super::super::super::body::{name, text};
use super::super::super::case::Case;
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;

pub(in super::super::super) const WEBHOOKS: Rule = Rule {
    id: "webhook-https",
    title: "Webhooks call over https",
    severity: Severity::Medium,
    category: Category::Network,
    contested: false,
    needs: &[Source::Webhooks, Source::WebhookConfigs],
    decided_by: "serviceUri of every webhook's callback configuration",
    passes_when: "every webhook's `serviceUri` is https, or there is no webhook",
    not_applicable_when: "",
    unknown_when: "callback configurations were not asked for (they hold secrets, so it takes an explicit opt-in), or one is missing",
    docs: "Over http anybody on the way reads which images were pushed, and the header that proves the sender.",
    evaluate: webhooks,
};

fn webhooks(case: &Case<'_>) -> Answer {
    let (webhooks, evidence) = (case.list(Source::Webhooks)?, case.evidence);
    if webhooks.items.is_empty() {
        return pass(webhooks.quote().and("webhooks", 0), "There are no webhooks.");
    }
    let configs = case.list(Source::WebhookConfigs)?;
    let (mut schemes, mut plain, mut missing) = (Vec::new(), Vec::new(), false);
    for webhook in webhooks.items {
        let scheme = configs
            .items
            .iter()
            .find(|config| name(config).eq_ignore_ascii_case(name(webhook)))
            .and_then(scheme);
        match scheme.as_deref() {
            Some("https") => {}
            Some(_) => plain.push(name(webhook)),
            None => missing = true,
        }
        schemes.push(json!({"name": name(webhook), "scheme": scheme}));
    }
    let quote = webhooks.quote().join(configs.quote()).and("webhooks", schemes);
    if !plain.is_empty() {
        let update = plain.iter().map(|webhook| {
            let command = evidence.acr_part("webhook update", webhook);
            command.option("uri", "https://<host>/<path>")
        });
        let remediation = evidence.remedy(
            update,
            "Services > Webhooks",
            "open the webhook, choose Configure and enter an https address",
        );
        return fail(quote, "Some webhooks call an address that is not https.", remediation);
    }
    match missing {
        true => Err(unknown(quote, "The callback address of a webhook is missing.")),
        false => pass(quote, "Every webhook calls over https."),
    }
}

/// The scheme alone: the rest of a callback address may hold a secret, and must not get into findings.
fn scheme(config: &Value) -> Option<String> {
    let (scheme, _) = text(config, "serviceUri")?.split_once(':')?;
    Some(scheme.trim().to_ascii_lowercase())
}
