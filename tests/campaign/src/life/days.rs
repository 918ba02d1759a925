//! The end of a life: nothing happens any more, and what is not needed any more goes.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Due, Life};
use crate::check::content::REFUSING;
use crate::plan::{Action, NONE_IS_LONG};
use simulator::lock::lock;

/// What nobody names is left alone for two days; this is enough for it to be three days old …
const THREE_DAYS: Duration = Duration::from_secs(3 * 86_400);
/// … and this for the next pass, whatever the clocks of the instances say.
const NEXT_PASS: Duration = Duration::from_secs(27 * 3_600);

/// Versions that were written so far of documents, and of what snapshots consist of.
pub(super) struct Written {
    documents: usize,
    content: usize,
    blobs: usize,
    /// Of documents.
    reads: u64,
}

impl Life {
    /// Everything that is kept holds, to the last byte.
    pub(super) async fn check_at_rest(&mut self) {
        self.check_kept();
        self.verify_all().await;
    }

    pub(super) fn written(&self) -> Written {
        Written {
            documents: self.journal.count(",lists.ndjson"),
            content: self.journal.count(",content.ndjson"),
            blobs: self.journal.count("/index/") + self.journal.count("/packs/"),
            reads: self.journal.reads.load(Ordering::Relaxed),
        }
    }

    /// A run in which nothing changed keeps its own records, and nothing else.
    pub(super) fn check_nothing_written(&mut self, before: Written) {
        let now = self.written();
        // What was refused is asked for again, days later. A long repository is compared with its document.
        let asks_again = self.has_fired(REFUSING);
        let reads_more = self.plan.long < NONE_IS_LONG || asks_again;
        if now.reads > before.reads && !reads_more {
            let read = now.reads - before.reads;
            self.violation(format!(
                "{read} repository documents were read although nothing had changed"
            ));
        }
        for (what, written) in [
            ("repository documents", now.documents - before.documents),
            (
                "content documents",
                if asks_again { 0 } else { now.content - before.content },
            ),
            ("segments and packs", now.blobs - before.blobs),
        ] {
            if written > 0 {
                self.violation(format!("{written} {what} were written although nothing had changed"));
            }
        }
    }

    /// Where snapshots are thinned at all: passes of retention, until two of them had the time for everything, as long as
    /// they make less of what is there. The second finds what only the first one's manifests named.
    pub(super) async fn let_days_pass(&mut self) {
        let Some(days) = self.plan.days else { return };
        let mut passes: BTreeMap<String, u32> = BTreeMap::new();
        let mut pause = THREE_DAYS;
        let (mut there, mut in_vain) = (usize::MAX, 0);
        // One pass may have no time at all: it is the last thing an invocation does. Many leftovers take several.
        while in_vain < 3 {
            let (named, before) = (self.named(), self.retained());
            self.schedule(std::mem::replace(&mut pause, NEXT_PASS), Due::Planned(Action::Timer));
            self.run_until_idle().await;
            self.check_quiet();
            for (server, at) in self.retained() {
                let passes = passes.entry(server.clone()).or_default();
                if before.get(&server) != Some(&at) {
                    *passes += 1;
                    self.check_thinned(&server, &named, &days.keep);
                }
            }
            if passes.values().all(|passes| *passes >= 2) {
                return;
            }
            let now_there = lock(&self.blobs).list("inventory", "v2/").len();
            in_vain = if now_there < there { 0 } else { in_vain + 1 };
            there = now_there;
        }
        self.violation(format!(
            "days of rest, and so many passes of retention came to their ends: {passes:?}"
        ));
    }
}
