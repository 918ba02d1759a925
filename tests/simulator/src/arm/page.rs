//! Lists of Resource Manager, page by page.

use axum::http::StatusCode;
use serde::Serialize;

use crate::wire::{SimReply, SimRequest};
use crate::world::World;

/// One page of an ARM list; the rest is under `nextLink`, an absolute URL of the host that was asked.
pub(super) fn page<T: Serialize>(world: &World, request: &SimRequest, items: Vec<T>) -> SimReply {
    let start = request
        .query("$skiptoken")
        .and_then(|token| token.strip_prefix("page-"));
    let start: usize = start.and_then(|start| start.parse().ok()).unwrap_or(0);
    let size = world.arm.page_size.max(1);
    let next = (items.len() > start + size).then(|| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(request.query.iter().filter(|(key, _)| key != "$skiptoken"));
        query.append_pair("$skiptoken", &format!("page-{}", start + size));
        let host = request.header("host").unwrap_or(&request.host);
        format!("https://{host}{}?{}", request.path, query.finish())
    });
    let page = Page {
        value: items.iter().skip(start).take(size).collect(),
        next_link: next,
    };
    SimReply::json(StatusCode::OK, &page)
}

#[derive(Serialize)]
struct Page<'a, T> {
    value: Vec<&'a T>,
    #[serde(rename = "nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
}
