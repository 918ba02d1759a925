//! Tasks, and what they sign in with.

use serde_json::{Value, json};

use super::super::super::answer::{Answer, fail, pass, unknown};
use super::super::super::body::{at, is, name};
use super::super::super::case::Case;
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;

pub(in super::super::super) const TASKS: Rule = Rule {
    id: "tasks-identity",
    title: "Tasks sign in with identities",
    severity: Severity::High,
    category: Category::SupplyChain,
    contested: false,
    needs: &[Source::Tasks],
    decided_by: "tasks' properties.credentials.customRegistries, properties.step.contextAccessToken and properties.trigger.sourceTriggers[].sourceRepository.sourceControlAuthProperties",
    passes_when: "no task holds credentials for another registry without an identity, nor a token for its source",
    not_applicable_when: "",
    unknown_when: "a task has a source trigger that is on, and ARM does not show what it signs in with",
    docs: "A password or personal access token kept in a task outlives the person who put it there.",
    evaluate: tasks,
};

fn tasks(case: &Case<'_>) -> Answer {
    let (tasks, evidence) = (case.list(Source::Tasks)?, case.evidence);
    let (mut wrong, mut commands, mut silent) = (Vec::new(), Vec::new(), Vec::new());
    for task in tasks.items {
        let part = |verb: &str| evidence.acr_part(&format!("task {verb}"), name(task));
        for login_server in stored_credentials(task) {
            wrong.push(json!({"task": name(task), "credentialFor": login_server}));
            let remove = part("credential remove").option("login-server", login_server);
            let add = part("credential add").option("login-server", login_server);
            commands.push(part("identity assign").option("identities", "[system]"));
            commands.extend([remove, add.option("use-identity", "[system]")]);
        }
        match source_token(task) {
            SourceToken::Shown => {
                wrong.push(json!({"task": name(task), "sourceToken": true}));
                // A task cannot be made to forget its source's token.
                commands.push(part("delete"));
            }
            SourceToken::Hidden => silent.push(name(task)),
            SourceToken::None => {}
        }
    }
    let quote = tasks.quote().and("tasks", tasks.items.len());
    if !wrong.is_empty() {
        return fail(
            quote.and("wrong", wrong),
            "Some tasks keep a password for another registry or a token for their source.",
            evidence.remedy(
                commands,
                "Services > Tasks",
                "give the task a managed identity and let it sign in with that; replace a task that keeps a token for its source by a pipeline with an identity of its own, then delete it",
            ),
        );
    }
    if !silent.is_empty() {
        let sentence =
            "Some tasks start on changes of their source, and ARM does not show what they sign in with there.";
        return Err(unknown(quote.and("withSourceTrigger", silent), sentence));
    }
    pass(quote, "No task keeps a password or a token.")
}

/// Whether a task keeps a token for its source.
enum SourceToken {
    Shown,
    /// A trigger on the source needs a token to register itself, and ARM leaves it out of its answers.
    Hidden,
    None,
}

fn source_token(task: &Value) -> SourceToken {
    let triggers = at(task, "properties.trigger.sourceTriggers").and_then(Value::as_array);
    let mut on = triggers
        .into_iter()
        .flatten()
        .filter(|trigger| !is(trigger, "status", "Disabled"))
        .peekable();
    let has_triggers = on.peek().is_some();
    let shown = on.any(|trigger| at(trigger, "sourceRepository.sourceControlAuthProperties").is_some());
    if shown || at(task, "properties.step.contextAccessToken").is_some() {
        return SourceToken::Shown;
    }
    match has_triggers {
        true => SourceToken::Hidden,
        false => SourceToken::None,
    }
}

/// Registries that a task signs in to without a managed identity. ARM hides the values, not the entries.
fn stored_credentials(task: &Value) -> impl Iterator<Item = &str> {
    let registries = at(task, "properties.credentials.customRegistries").and_then(Value::as_object);
    registries
        .into_iter()
        .flatten()
        .filter(|(_, credential)| at(credential, "identity").is_none())
        .map(|(login_server, _)| login_server.as_str())
}
