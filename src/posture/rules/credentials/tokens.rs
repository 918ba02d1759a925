//! Tokens: passwords that end, and scope maps that leave something out.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::super::answer::{Answer, Early, fail, pass, unknown};
use super::super::super::body::{at, is, name, text};
use super::super::super::case::{Case, Listed};
use super::super::super::remediation::Command;
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;

pub(in super::super::super) const TOKENS: Rule = Rule {
    id: "repository-tokens-reviewed",
    title: "Tokens expire and are narrow",
    severity: Severity::High,
    category: Category::Credentials,
    contested: false,
    needs: &[Source::Tokens, Source::ScopeMaps],
    decided_by: "tokens' properties.status, scopeMapId and credentials.passwords[].expiry; scope maps' properties.actions",
    passes_when: "every password of every enabled token has an expiry, and no enabled token may write or delete in `repositories/*`; a password that has expired is only noted",
    not_applicable_when: "",
    unknown_when: "a token's credentials or scope map are absent, or a date cannot be read",
    docs: "A token's password works from anywhere, for anyone; without an end and without limits it is a second admin user.",
    evaluate: tokens,
};

/// What is wrong with the tokens so far.
#[derive(Default)]
struct Review {
    wrong: Vec<Value>,
    commands: Vec<Command>,
    /// Enabled tokens with a password that has expired: harmless, but forgotten.
    expired: Vec<String>,
    doubt: Option<String>,
}

fn tokens(case: &Case<'_>) -> Answer {
    let tokens = case.list(Source::Tokens)?;
    let enabled: Vec<_> = tokens
        .items
        .iter()
        .filter(|token| !is(token, "properties.status", "disabled"))
        .collect();
    let quote = tokens.quote().and("enabledTokens", enabled.len());
    if enabled.is_empty() {
        return pass(quote, "No token is enabled.");
    }
    let maps = case.list(Source::ScopeMaps);
    let mut review = Review::default();
    for token in enabled {
        passwords(case, token, &mut review);
        scope(case, token, &maps, &mut review);
    }
    if !review.wrong.is_empty() {
        return fail(
            quote.and("tokens", review.wrong),
            "Some enabled tokens have a password that never expires, or may write or delete in every repository.",
            case.evidence.remedy(
                review.commands,
                "Repository permissions > Tokens",
                "open the token, give it passwords with an expiry and a scope map of the repositories it needs, or disable it",
            ),
        );
    }
    let maps = maps?;
    if let Some(doubt) = review.doubt {
        return Err(unknown(quote, doubt));
    }
    let sentence = match review.expired.is_empty() {
        true => "Every enabled token expires and is limited to what its scope map names.",
        false => {
            "Every enabled token expires and is limited; note that some are enabled though a password of theirs has expired."
        }
    };
    pass(quote.and("expired", review.expired).join(maps.quote()), sentence)
}

/// Passwords have to have an end.
fn passwords(case: &Case<'_>, token: &Value, review: &mut Review) {
    // Without any password nobody can sign in with the token; without the property we do not know.
    let Some(list) = at(token, "properties.credentials.passwords").and_then(Value::as_array) else {
        review.doubt = Some("A token was listed without its credentials.".to_owned());
        return;
    };
    for password in list {
        let which = name(password);
        match text(password, "expiry").map(|expiry| OffsetDateTime::parse(expiry, &Rfc3339)) {
            None => {
                review
                    .wrong
                    .push(json!({"token": name(token), "password": which, "expiry": null}));
                let forget = case.evidence.acr_part("token credential delete", name(token));
                review.commands.push(match which {
                    "password2" => forget.flag("password2"),
                    _ => forget.flag("password1"),
                });
            }
            Some(Ok(expiry)) if expiry <= case.now => review.expired.push(name(token).to_owned()),
            Some(Ok(_)) => {}
            Some(Err(_)) => review.doubt = Some("A token's expiry is not a date.".to_owned()),
        }
    }
}

/// A scope map must not allow writing or deleting everywhere.
fn scope(case: &Case<'_>, token: &Value, maps: &Result<Listed<'_>, Early>, review: &mut Review) {
    let Ok(maps) = maps else {
        return;
    };
    let id = text(token, "properties.scopeMapId").unwrap_or_default();
    let map = maps
        .items
        .iter()
        .find(|map| text(map, "id").is_some_and(|known| known.eq_ignore_ascii_case(id)));
    let Some(actions) = map
        .and_then(|map| at(map, "properties.actions"))
        .and_then(Value::as_array)
    else {
        review.doubt = Some("A token's scope map is not among the scope maps, or names no actions.".to_owned());
        return;
    };
    let wide: Vec<_> = actions
        .iter()
        .filter_map(Value::as_str)
        .filter(|action| changes_every_repository(action))
        .collect();
    if !wide.is_empty() {
        review.wrong.push(json!({"token": name(token), "actions": wide}));
        let disable = case.evidence.acr_part("token update", name(token));
        review.commands.push(disable.option("status", "disabled"));
    }
}

/// `repositories/*/content/write` and its like. `**` is how the service's own maps write it in places.
fn changes_every_repository(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let Some(rest) = action.strip_prefix("repositories/*") else {
        return false;
    };
    let rest = rest.trim_start_matches('*');
    rest.starts_with('/') && ["write", "delete"].iter().any(|deed| rest.ends_with(deed))
}
