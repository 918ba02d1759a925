//! Locks against deletion.

use super::super::super::answer::{Answer, fail, pass};
use super::super::super::body::{is, text};
use super::super::super::case::Case;
use super::super::super::remediation::az;
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;

pub(in super::super::super) const LOCK: Rule = Rule {
    id: "resource-lock",
    title: "The registry is locked against deletion",
    severity: Severity::Medium,
    category: Category::Lifecycle,
    contested: false,
    needs: &[Source::Locks],
    decided_by: "locks' properties.level",
    passes_when: "a CanNotDelete or ReadOnly lock stands on the registry, its resource group or its subscription",
    not_applicable_when: "",
    unknown_when: "",
    docs: "A deleted registry takes every image with it, and its name becomes free for others.",
    evaluate: lock,
};

fn lock(case: &Case<'_>) -> Answer {
    let (locks, evidence) = (case.list(Source::Locks)?, case.evidence);
    let covering = locks.items.iter().find(|lock| {
        let levels = ["CanNotDelete", "ReadOnly"];
        levels.iter().any(|level| is(lock, "properties.level", level))
            && text(lock, "id").is_some_and(|id| covers(id, &evidence.registry_id))
    });
    let quote = locks.quote().and("locks", locks.items.len());
    if let Some(lock) = covering {
        let quote = quote
            .and("id", text(lock, "id"))
            .and("properties.level", text(lock, "properties.level"));
        return pass(quote, "A lock keeps the registry from being deleted.");
    }
    let create = az("lock create")
        .option("name", &format!("{}-keep", evidence.name))
        .option("lock-type", "CanNotDelete")
        .option("resource", &evidence.registry_id);
    fail(
        quote,
        "No lock keeps the registry from being deleted.",
        evidence.remedy([create], "Settings > Locks", "choose Add and the lock type Delete"),
    )
}

/// Whether a lock stands on the registry or on something around it. Locks on something inside it do not count.
fn covers(lock: &str, registry: &str) -> bool {
    const PROVIDER: &str = "/providers/microsoft.authorization/locks/";
    let (lock, registry) = (lock.to_ascii_lowercase(), registry.to_ascii_lowercase());
    let Some(end) = lock.rfind(PROVIDER) else {
        return false;
    };
    lock.get(..end)
        .and_then(|scope| registry.strip_prefix(scope))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
