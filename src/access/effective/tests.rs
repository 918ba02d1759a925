//! Who may do what, by example and by property.

mod local;
mod properties;
mod roles;
mod unknown;
pub(in super::super) mod worlds;

use super::super::action::{Action, Mode};
use super::super::decision::{Decision, Verdict};
use super::super::fixtures::{assignment, facts};
use super::super::principal::Principal;
use super::{Facts, Grants};

fn ann() -> Principal {
    Principal::identity("Ann")
}

fn ask(facts: &Facts, principal: &Principal, action: Action, repository: &str) -> Decision {
    Grants::new(facts.clone()).decide(principal, action, Some(repository))
}

fn with_role(mode: Mode, role: &str) -> Facts {
    let mut facts = facts(mode);
    facts.role_assignments.items.push(assignment("ann", role));
    facts
}

/// The granted actions, in short; everything else is denied.
fn granted(facts: &Facts, principal: &Principal) -> String {
    let grants = Grants::new(facts.clone());
    let mut words = Vec::new();
    for action in Action::ALL {
        match grants.decide(principal, *action, Some("team/app")).verdict() {
            Verdict::Granted => words.push(action.to_string()),
            Verdict::Unknown => words.push(format!("{action}?")),
            Verdict::Denied => {}
        }
    }
    words.join(" ")
}
