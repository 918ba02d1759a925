//! Pages of a list: `n`, `last`, `orderby`, and the `Link` to the next one.

use std::collections::BTreeMap;
use std::ops::Bound;

use axum::http::StatusCode;
use serde_json::json;

use super::challenge::error;
use crate::wire::{Refusal, SimReply, SimRequest};
use crate::world::generated::{List, Order, Window};
use crate::world::settings::PageLimits;

/// What a request asks of a list.
pub(super) struct Page<'a> {
    size: usize,
    last: Option<&'a str>,
    order: &'a str,
    /// The tag list's own filter; repeated in the link.
    digest: Option<&'a str>,
}

/// Why there is no page.
pub(super) enum Unusable {
    Refusal(Refusal),
    Answer(Box<SimReply>),
}

impl<'a> Page<'a> {
    pub(super) fn of(request: &'a SimRequest, limits: PageLimits) -> Result<Self, Unusable> {
        request
            .only_query(&["n", "last", "orderby", "digest", "api-version"])
            .map_err(Unusable::Refusal)?;
        let size = match request.query("n") {
            None => limits.default,
            Some(text) => match text.parse::<usize>() {
                Ok(size) if size > 0 => size,
                _ => {
                    let text = "invalid number of results requested";
                    let detail = Some(json!({"n": request.query("n")}));
                    let reply = error(StatusCode::BAD_REQUEST, "PAGINATION_NUMBER_INVALID", text, detail);
                    return Err(Unusable::Answer(Box::new(reply)));
                }
            },
        };
        let order = request.query("orderby").unwrap_or("");
        if !matches!(order, "" | "none" | "timeasc" | "timedesc") {
            return Err(Unusable::Refusal(Refusal(format!("orderby {order} is not simulated"))));
        }
        Ok(Self {
            size: size.min(limits.maximum).max(1),
            last: request.query("last").filter(|last| !last.is_empty()),
            order,
            digest: request.query("digest"),
        })
    }

    /// As much of a repository as this page of one of its lists can show.
    pub(super) fn window(&self, list: List) -> Window<'a> {
        Window::Page {
            list,
            last: self.last,
            size: self.size,
            order: match self.order {
                "timeasc" => Order::OldestFirst,
                "timedesc" => Order::NewestFirst,
                _ => Order::Key,
            },
        }
    }

    /// The items of this page, and whether more follow. `time` gives the time that `orderby` sorts by.
    pub(super) fn take<'m, T>(
        &self,
        items: &'m BTreeMap<String, T>,
        keep: impl Fn(&T) -> bool,
        time: impl Fn(&T) -> &str,
    ) -> (Vec<(&'m str, &'m T)>, bool) {
        let mut taken: Vec<(&str, &T)> = match self.order {
            "timeasc" | "timedesc" => {
                let mut all: Vec<_> = items.iter().filter(|(_, item)| keep(item)).collect();
                // Without the Z, a trimmed fraction sorts before the longer one.
                all.sort_by_key(|(key, item)| (time(item).trim_end_matches('Z'), *key));
                if self.order == "timedesc" {
                    all.reverse();
                }
                // A cursor that is gone starts the list again: what the service does then is not documented.
                let last = self.last.and_then(|last| all.iter().position(|(key, _)| *key == last));
                let rest = all.into_iter().skip(last.map_or(0, |last| last + 1));
                rest.take(self.size + 1)
                    .map(|(key, item)| (key.as_str(), item))
                    .collect()
            }
            _ => {
                let start = self.last.map_or(Bound::Unbounded, Bound::Excluded);
                let range = items.range::<str, _>((start, Bound::Unbounded));
                let kept = range.filter(|(_, item)| keep(item)).take(self.size + 1);
                kept.map(|(key, item)| (key.as_str(), item)).collect()
            }
        };
        let more = taken.len() > self.size;
        taken.truncate(self.size);
        (taken, more)
    }

    /// Adds the link to the page after `last`: path-relative, sorted parameters, `orderby` even when it is empty.
    pub(super) fn link(&self, reply: SimReply, path: &str, last: &str) -> SimReply {
        let digest = self
            .digest
            .map(|digest| format!("digest={}&", encode(digest)))
            .unwrap_or_default();
        let link = format!(
            "<{path}?{digest}last={}&n={}&orderby={}>; rel=\"next\"",
            encode(last),
            self.size,
            self.order
        );
        reply.with("link", &link)
    }
}

/// Percent-encodes one path segment or parameter, `/` and `:` too.
pub(super) fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
