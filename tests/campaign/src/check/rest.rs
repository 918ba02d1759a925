//! Messages, secrets, and what the simulated Azure had to complain of.

use std::collections::BTreeSet;

use crate::Report;
use crate::journal::Version;
use crate::life::{Life, QUEUES};
use simulator::lock::lock;
use simulator::tenant::WEBHOOK_SECRET;
use simulator::tokens::canary;
use simulator::world::settings::APPLICATION_SECRET;

/// Faults under which a message may be given out ten times and buried: the function could not send it again. Nothing else
/// buries a message, however often the process dies.
const BURYING: &[&str] = &["send-", "broker-", "authority-"];

/// Faults under which a run may not find a registry that another has found.
const MISSING: &[&str] = &["registry-gone", "reader-", "graph-", "arm-"];

impl Life {
    /// The whole judgement.
    pub(crate) fn end(mut self) -> Report {
        self.check_repositories();
        self.check_contents();
        self.check_registries();
        self.check_audits();
        self.check_runs();
        self.check_checkpoints();
        self.check_messages();
        self.check_secrets();
        let complaints = lock(&self.journal.complaints).clone();
        self.report.violations.extend(complaints);
        let mut unknown = self.network.front().violations();
        // A registry may go while a request to it is on its way.
        let may_be_gone = self.report.fired.contains_key("registry-gone");
        unknown.retain(|text| !(may_be_gone && text.ends_with("no such host in the simulated world")));
        self.report.violations.extend(unknown.into_iter().take(3));
        let fired = self.network.front().faults().fired();
        for (name, times) in fired {
            *self.report.fired.entry(name).or_default() += times;
        }
        let network = std::sync::Arc::clone(&self.network);
        let mut state = network.state();
        self.report.violations.append(&mut state.violations);
        self.report.requests = state.requests;
        self.report.thinned = self.journal.deleted("/snapshots/");
        self.report.trace_hash = state.trace_hash();
        self.report
    }

    fn check_messages(&mut self) {
        let (mut sent, mut buried) = (0, BTreeSet::new());
        let may_bury = self.has_fired(BURYING);
        for (queue, function) in QUEUES {
            let (counters, dead) = {
                let mut queues = self.queues();
                (queues.counters(queue), queues.dead_letters(queue))
            };
            sent += counters.sent;
            for letter in dead {
                let body = String::from_utf8_lossy(&letter.message.body).into_owned();
                if !may_bury {
                    self.violation(format!("a message for {function} was buried: {body}"));
                }
                buried.insert(format!("{queue} {body}"));
            }
        }
        self.report.messages = sent;
        // Timers ask for every registry, every event for one repository with two more looks; faults put off, at most
        // so often in the time they last.
        let asked = self.timers * self.plan.registries + 3 * self.events + self.poison.len() as u64;
        let fired = self.network.front().faults().fired();
        let faults: u64 = fired.values().chain(self.report.fired.values()).sum();
        let most = 40 * (asked + self.report.kills) + 4 * faults + 100;
        if sent > most {
            self.violation(format!("{sent} messages were sent where {most} would be too many"));
        }
        let quarantined = self.journal.count("v2/quarantine/");
        let poison = self.poison.difference(&buried).count();
        if quarantined < poison {
            self.violation(format!(
                "{poison} messages nobody can work on, and {quarantined} of them in quarantine"
            ));
        }
        self.check_quarantine();
        let spooled = lock(&self.blobs).list("inventory", "v2/spool/");
        if !spooled.is_empty() {
            self.violation(format!("events are left in the spool: {spooled:?}"));
        }
    }

    /// Whether a fault was injected whose name begins with one of these.
    pub(crate) fn has_fired(&self, beginnings: &[&str]) -> bool {
        let requests = self.network.front().faults().fired();
        let mut names = self.report.fired.keys().chain(requests.keys());
        names.any(|name| beginnings.iter().any(|beginning| name.starts_with(beginning)))
    }

    /// Only what nobody can work on is in quarantine.
    fn check_quarantine(&mut self) {
        let mut wrong = Vec::new();
        // A later run may miss what an earlier one has sent messages about.
        let may_be_missed = self.has_fired(MISSING);
        for (name, versions) in self
            .journal
            .all()
            .iter()
            .filter(|(name, _)| name.starts_with("v2/quarantine/"))
        {
            let document = versions.first().map(Version::json).unwrap_or_default();
            let body = document["body"].as_str().unwrap_or("");
            // An event of a registry that no run has found (yet, or any more) is nobody's work either; the refresh of
            // one that was found is.
            let is_unknown = document["reason"]
                .as_str()
                .is_some_and(|reason| reason.ends_with("is not a known registry"))
                && (may_be_missed || !body.contains("refresh-registry"));
            let is_poison = !body.is_empty() && self.poison.iter().any(|poison| poison.ends_with(body));
            if !is_poison && !is_unknown {
                wrong.push(format!("{name} is in quarantine: {}", document["reason"]));
            }
        }
        self.report.violations.extend(wrong);
    }

    fn check_secrets(&mut self) {
        let secrets = [APPLICATION_SECRET.to_owned(), WEBHOOK_SECRET.to_owned(), canary()];
        let mut found = Vec::new();
        for (name, versions) in self.journal.all().iter() {
            for content in versions.iter().filter_map(|version| version.content.as_ref()) {
                let text = std::str::from_utf8(content).unwrap_or("");
                if secrets.iter().any(|secret| text.contains(secret.as_str())) {
                    found.push(format!("{name} holds a secret"));
                }
            }
        }
        self.report.violations.extend(found);
    }
}
