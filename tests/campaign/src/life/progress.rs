//! Progress: an invocation that the registry answered leaves a refresh further than it found it, if nothing went wrong.

use std::time::Duration;

use serde_json::Value;

use super::Life;
use crate::check::generation_number;
use crate::journal::Version;
use simulator::service_bus::Delivery;

/// Answers of the registry after which there is something to show for: lists, not only tokens.
const BUDGET: u64 = 3;

/// No fault lets Resource Manager ask for a longer pause than this; it outlives the fault.
const ARM_CLOSED: Duration = Duration::from_secs(20);

/// What an invocation of a refresh found when it began.
pub(super) struct Begun {
    server: String,
    /// Number of the generation that the message asks for.
    asked: u64,
    checkpoint: Value,
    answered: u64,
    disturbances: u64,
}

impl Life {
    /// Notes how far a refresh is, when its message is given out. None where others are at work on the registry, too.
    pub(super) fn begun(&self, delivery: &Delivery) -> Option<Begun> {
        let server = registry_of(delivery)?;
        let closed = self.network.state().arm_closed;
        let is_arm_closed = closed.is_some_and(|at| at.elapsed() < ARM_CLOSED);
        if self.are_others_at_work(&server) || !self.active.is_empty() || is_arm_closed {
            return None;
        }
        let message: Value = serde_json::from_slice(&delivery.message.body).ok()?;
        Some(Begun {
            asked: generation_number(&message),
            checkpoint: self.checkpoint(&server),
            answered: self.network.state().answered(&server),
            disturbances: self.disturbances,
            server,
        })
    }

    /// Whether an invocation that is over got any further. Only one that was alone and undisturbed all the time can be
    /// judged from outside.
    pub(super) fn check_progress(&mut self, invocation: u64) {
        let Some(begun) = self.begun.remove(&invocation) else {
            return;
        };
        let mut have_come = self.in_hand.range(invocation + 1..);
        let is_alone = have_come.all(|(_, of)| of.as_ref().is_some_and(|of| *of != begun.server));
        if !is_alone || self.disturbances != begun.disturbances {
            return;
        }
        self.report.judged += 1;
        let stands_still = self.checkpoint(&begun.server) == begun.checkpoint;
        let is_closed = ["audit", "content", "retention"].contains(&begun.checkpoint["phase"].as_str().unwrap_or(""));
        if stands_still && is_closed && begun.asked > generation_number(&begun.checkpoint) {
            self.violation(format!(
                "invocation {invocation} was to begin a newer refresh of {}, and left the older one where it was, in phase {}",
                begun.server, begun.checkpoint["phase"]
            ));
        }
        let answered = self.network.state().answered(&begun.server) - begun.answered;
        if answered >= BUDGET && stands_still {
            let phase = begun.checkpoint["phase"].as_str().unwrap_or("none").to_owned();
            self.violation(format!(
                "invocation {invocation} had {answered} answers of {}, and left its refresh where it was, in phase {phase}",
                begun.server
            ));
        }
    }

    /// Whether messages are worked on that are about this registry, or nobody knows which.
    fn are_others_at_work(&self, server: &str) -> bool {
        let mut others = self.in_hand.iter();
        others.any(|(id, of)| self.running.contains_key(id) && of.as_ref().is_none_or(|of| of == server))
    }

    /// What of a checkpoint says how far it is.
    fn checkpoint(&self, server: &str) -> Value {
        let name = format!("v2/state/{server}/refresh.json");
        let journal = self.journal.all();
        let last = journal.get(&name).and_then(|versions| versions.last());
        let mut document = last.map_or(Value::Null, Version::json);
        if let Some(document) = document.as_object_mut() {
            for field in ["version", "commitId", "updatedBy", "updatedAt", "requests"] {
                document.remove(field);
            }
        }
        document
    }
}

/// The registry that a message of ours is about.
pub(super) fn registry_of(delivery: &Delivery) -> Option<String> {
    let message: Value = serde_json::from_slice(&delivery.message.body).ok()?;
    Some(message["loginServer"].as_str()?.to_owned())
}
