//! Cache rules and the credentials they pull with.

use serde_json::{Value, json};

use super::super::super::answer::{Answer, Quote, fail, pass, unknown};
use super::super::super::body::{at, is, name, text};
use super::super::super::case::Case;
use super::super::super::remediation::Command;
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;

pub(in super::super::super) const CACHE_RULES: Rule = Rule {
    id: "cache-rules-reviewed",
    title: "Cache rules are bounded and their credentials work",
    severity: Severity::Medium,
    category: Category::SupplyChain,
    contested: false,
    needs: &[Source::CacheRules, Source::CredentialSets],
    decided_by: "cache rules' properties.sourceRepository and credentialSetResourceId; credential sets' properties.authCredentials[].credentialHealth.status",
    passes_when: "no cache rule has a wildcard upstream without a credential set, and every credential is Healthy",
    not_applicable_when: "",
    unknown_when: "a source repository or a credential's health is absent",
    docs: "A wildcard over a public upstream lets whoever may pull bring in any image of it; a broken credential quietly serves stale ones.",
    evaluate: cache_rules,
};

/// What is wrong so far, and whether something could not be told.
#[derive(Default)]
struct Review {
    wrong: Vec<Value>,
    commands: Vec<Command>,
    doubt: bool,
}

fn cache_rules(case: &Case<'_>) -> Answer {
    let (rules, sets) = (case.list(Source::CacheRules), case.list(Source::CredentialSets));
    let (mut quote, mut review) = (Quote::default(), Review::default());
    if let Ok(rules) = &rules {
        quote = quote.join(rules.quote()).and("cacheRules", rules.items.len());
        rules.items.iter().for_each(|rule| upstream(case, rule, &mut review));
    }
    if let Ok(sets) = &sets {
        quote = quote.join(sets.quote()).and("credentialSets", sets.items.len());
        sets.items.iter().for_each(|set| health(case, set, &mut review));
    }
    if !review.wrong.is_empty() {
        return fail(
            quote.and("wrong", review.wrong),
            "Some cache rules take any repository of a public upstream, or some credentials for upstreams do not work.",
            case.evidence.remedy(
                review.commands,
                "Services > Cache",
                "name the upstream repositories one by one or choose a credential set, and see under Credentials why one is unhealthy",
            ),
        );
    }
    rules?;
    sets?;
    match review.doubt {
        true => Err(unknown(
            quote,
            "A cache rule or a credential was listed without what decides it.",
        )),
        false => pass(quote, "Cache rules are bounded and their credentials are healthy."),
    }
}

/// A wildcard needs credentials of its own.
fn upstream(case: &Case<'_>, rule: &Value, review: &mut Review) {
    let Some(upstream) = text(rule, "properties.sourceRepository") else {
        review.doubt = true;
        return;
    };
    if upstream.contains('*') && at(rule, "properties.credentialSetResourceId").is_none() {
        review
            .wrong
            .push(json!({"cacheRule": name(rule), "sourceRepository": upstream}));
        let bind = case.evidence.acr_part("cache update", name(rule));
        review.commands.push(bind.option("cred-set", "<credential-set>"));
    }
}

/// Every credential has to work.
fn health(case: &Case<'_>, set: &Value, review: &mut Review) {
    const SECRETS: &str = "https://<vault>.vault.azure.net/secrets";
    let Some(credentials) = at(set, "properties.authCredentials").and_then(Value::as_array) else {
        review.doubt = true;
        return;
    };
    for credential in credentials {
        let path = "credentialHealth.status";
        let Some(status) = text(credential, path) else {
            review.doubt = true;
            continue;
        };
        if !is(credential, path, "Healthy") {
            review.wrong.push(json!({"credentialSet": name(set), path: status}));
            let command = case.evidence.acr_part("credential-set update", name(set));
            let command = command.option("username-id", &format!("{SECRETS}/<name-of-user-name>"));
            let command = command.option("password-id", &format!("{SECRETS}/<name-of-password>"));
            review.commands.push(command);
        }
    }
}
