//! Which invocation looked at which repository when, and what it wrote of that: what was seen before a look that an event
//! has been answered with is never written after the answer.

use std::collections::BTreeMap;

use tokio::time::Instant;

use simulator::wire::SimRequest;

tokio::task_local! {
    /// The invocation whose task this is.
    pub(super) static INVOCATION: u64;
}

/// The invocation whose task asks.
pub(super) fn invocation() -> Option<u64> {
    INVOCATION.try_with(|invocation| *invocation).ok()
}

/// Login server and name.
type Repository = (String, String);

/// The last look of an invocation.
struct Look {
    repository: Repository,
    begun: Instant,
    /// Nothing came of it: its document was somebody else's when it was to be written, or the event was put into the queue
    /// again.
    is_in_vain: bool,
}

/// The looks of a life.
#[derive(Default)]
pub(super) struct Looks {
    of: BTreeMap<u64, Look>,
    answered: BTreeMap<Repository, Instant>,
}

impl Looks {
    /// A registry has listed a repository for whoever asks here.
    pub(super) fn looked(&mut self, server: &str, repository: &str, begun: Instant) {
        let Some(invocation) = invocation() else {
            return;
        };
        let look = Look {
            repository: (server.to_owned(), repository.to_owned()),
            begun,
            is_in_vain: false,
        };
        self.of.insert(invocation, look);
    }

    /// The storage has answered whoever writes a document here; what is wrong with that.
    pub(super) fn wrote(&mut self, written: &Repository, status: u16) -> Option<String> {
        let invocation = invocation()?;
        let look = self.of.get_mut(&invocation)?;
        if look.repository != *written {
            return None;
        }
        look.is_in_vain |= matches!(status, 409 | 412);
        let answered = self.answered.get(written)?;
        (status == 201 && look.begun < *answered).then(|| {
            let (server, repository) = written;
            format!(
                "invocation {invocation} wrote {server}/{repository} as it saw it before a look that an event was answered with"
            )
        })
    }

    /// The broker has taken a message of whoever sends it here.
    pub(super) fn passed_on(&mut self) {
        if let Some(look) = invocation().and_then(|sender| self.of.get_mut(&sender)) {
            look.is_in_vain = true;
        }
    }

    /// An event was answered, and nobody carries it on.
    pub(super) fn answer(&mut self, invocation: u64) {
        let Some(look) = self.of.get(&invocation).filter(|look| !look.is_in_vain) else {
            return;
        };
        let last = self.answered.entry(look.repository.clone()).or_insert(look.begun);
        *last = look.begun.max(*last);
    }
}

/// The repository whose document a request writes.
pub(super) fn written(request: &SimRequest) -> Option<Repository> {
    let path = request.path.strip_prefix("/inventory/")?.replace("%2F", "/");
    let (server, file) = path.strip_prefix("v2/registries/")?.split_once("/repositories/")?;
    let repository = file.replace("%2C", ",");
    let repository = repository.strip_suffix(",lists.ndjson")?;
    let is_write = request.method == axum::http::Method::PUT && request.query("comp") != Some("block");
    is_write.then(|| (server.to_owned(), repository.to_owned()))
}
