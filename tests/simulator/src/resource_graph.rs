//! Azure Resource Graph: the one query an inventory needs, paged, with the service's omissions.

mod query;

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use self::query::Query;
use super::arm::error::failure;
use super::arm::{authenticate, headers, resource};
use super::clock::timestamp;
use super::wire::{Refusal, SimReply, SimRequest, ViewResult};
use super::world::{Registry, TENANT_ID, World};

const MAXIMUM_ROWS: usize = 1_000;

/// Answers `POST /providers/Microsoft.ResourceGraph/resources`.
pub(super) fn serve(world: &World, request: &SimRequest) -> ViewResult {
    let reply = headers::common(answer(world, request)?);
    if reply.headers.contains_key("x-ms-failure-cause") {
        // The gateway refused, so it never came to the graph.
        return Ok(reply);
    }
    Ok(reply
        .with("server", "Kestrel")
        .with("x-ms-user-quota-remaining", "14")
        .with("x-ms-user-quota-resets-after", "00:00:05")
        .with("x-ms-ratelimit-remaining-tenant-resource-requests", "14"))
}

fn answer(world: &World, request: &SimRequest) -> ViewResult {
    let path = request.path.to_ascii_lowercase();
    if request.method != Method::POST || path != "/providers/microsoft.resourcegraph/resources" {
        return Err(Refusal(
            "Resource Graph only has POST /providers/Microsoft.ResourceGraph/resources".to_owned(),
        ));
    }
    request.only_query(&["api-version"])?;
    if !matches!(request.query("api-version"), Some("2021-03-01" | "2022-10-01")) {
        return Err(Refusal(
            "Resource Graph api-version must be 2021-03-01 or 2022-10-01".to_owned(),
        ));
    }
    if let Some(refused) = authenticate(world, request) {
        return Ok(refused);
    }
    if world.resource_graph.denied {
        let text = "The client does not have authorization to perform action 'Microsoft.ResourceGraph/resources/read'.";
        return Ok(failure(StatusCode::FORBIDDEN, "AuthorizationFailed", text));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        let text = "The request body is not valid JSON.";
        return Ok(bad_request(
            world,
            &json!([{"code": "InvalidJsonBody", "message": text}]),
        ));
    };
    let text = body["query"].as_str().unwrap_or("");
    let query = match query::parse(text) {
        Ok(query) => query,
        Err(query::Unusable::Invalid(token)) => return Ok(bad_request(world, &invalid(text, &token))),
        Err(query::Unusable::Unknown(text)) => return Err(Refusal(text)),
    };
    let options = &body["options"];
    if !matches!(options["resultFormat"].as_str(), None | Some("objectArray")) {
        return Err(Refusal("Resource Graph resultFormat must be objectArray".to_owned()));
    }
    let rows = rows(world, &body, &query);
    Ok(page(world, options, &rows, &query))
}

/// What the identity may see, in the order of ids, without what the graph has not heard of yet.
fn rows(world: &World, body: &Value, query: &Query) -> Vec<Map<String, Value>> {
    let asked = body["subscriptions"].as_array();
    let visible = |registry: &&Registry| {
        let readable = world.may("Microsoft.ContainerRegistry/registries/read", &registry.id());
        let asked = asked.is_none_or(|asked| asked.iter().any(|id| id == registry.subscription.as_str()));
        readable && asked && !world.resource_graph.omit.contains(&registry.name)
    };
    let mut registries: Vec<&Registry> = world.registries.values().filter(visible).collect();
    registries.sort_by_key(|registry| registry.id().to_lowercase());
    registries.truncate(query.limit.unwrap_or(usize::MAX));
    registries
        .into_iter()
        .map(|registry| query.project(&row(registry)))
        .collect()
}

/// Every column of the `resources` table.
fn row(registry: &Registry) -> Value {
    let properties = serde_json::to_value(resource::properties(registry, "2026-09-01-preview")).unwrap_or_default();
    json!({
        "id": registry.id(),
        "name": registry.name,
        "type": "microsoft.containerregistry/registries",
        "tenantId": TENANT_ID,
        "kind": "",
        "location": registry.location,
        // The graph writes the name of the resource group in lower case.
        "resourceGroup": registry.resource_group.to_lowercase(),
        "subscriptionId": registry.subscription,
        "managedBy": "",
        "sku": {"name": registry.sku, "tier": registry.sku},
        "plan": null,
        "properties": properties,
        "tags": registry.tags,
        "identity": registry.identity,
        "zones": null,
        "extendedLocation": null,
    })
}

fn page(world: &World, options: &Value, rows: &[Map<String, Value>], query: &Query) -> SimReply {
    let limit = world.resource_graph.page_size.unwrap_or(MAXIMUM_ROWS);
    let top = options["$top"].as_u64().and_then(|top| usize::try_from(top).ok());
    let size = top.unwrap_or(MAXIMUM_ROWS).clamp(1, limit.max(1));
    let token = options["$skipToken"].as_str().and_then(skip);
    let skip = options["$skip"].as_u64().and_then(|skip| usize::try_from(skip).ok());
    let start = token.or(skip).unwrap_or(0);
    let data: Vec<_> = rows.iter().skip(start).take(size).collect();
    let mut body = json!({
        "totalRecords": rows.len(), "count": data.len(), "data": data, "facets": [], "resultTruncated": "false",
    });
    if start + size < rows.len() {
        // Without `id` the service cannot page and says so by truncating.
        match query.projects("id") {
            true => body["$skipToken"] = json!(BASE64_STANDARD.encode(format!("{{\"skip\":{}}}", start + size))),
            false => body["resultTruncated"] = json!("true"),
        }
    }
    SimReply::json(StatusCode::OK, &body)
}

fn skip(token: &str) -> Option<usize> {
    let token: Value = serde_json::from_slice(&BASE64_STANDARD.decode(token).ok()?).ok()?;
    usize::try_from(token["skip"].as_u64()?).ok()
}

/// What the service says of a query that it cannot read from `token` on.
fn invalid(query: &str, token: &str) -> Value {
    let text = "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.";
    json!([
        {"code": "InvalidQuery", "message": text},
        {
            "code": "ParserFailure", "message": "ParserFailure", "line": 1,
            "characterPositionInLine": query.find(token).unwrap_or(query.len()),
            "token": token, "expectedToken": "Ǐ",
        },
    ])
}

fn bad_request(world: &World, details: &Value) -> SimReply {
    let text = format!(
        "Please provide below info when asking for support: timestamp = {}, correlationId = 5f1b4c1e-0000-4000-8000-0000000000f1.",
        timestamp(world.clock.now())
    );
    let body = json!({"error": {"code": "BadRequest", "message": text, "details": details}});
    SimReply::json(StatusCode::BAD_REQUEST, &body)
}
