//! The product's own parsers and error mapping over every recorded exchange with real registries.

use std::collections::BTreeMap;

use acr_inventory::azure::Failure;
use acr_inventory::azure::acr::next_cursor;
use acr_inventory::azure::acr::wire::{failure, parse_attributes, parse_catalog, parse_manifests, parse_tags};
use acr_inventory::inventory::problem_code::ProblemCode;
use acr_inventory::names::{LoginServer, RepositoryName};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::shared_data::shared;

/// Changes that the recorders made, undone before parsing: what they wrote, what stands for it here, and why.
const ARTEFACTS: &[(&str, &str, &str)] = &[(
    "fake_url",
    "fake-url",
    "the recorder's replacement of the host is no host name",
)];

struct Exchange {
    method: String,
    url: url::Url,
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Exchange {
    fn read(line: &str) -> Self {
        let line = ARTEFACTS
            .iter()
            .fold(line.to_owned(), |line, (from, to, _)| line.replace(from, to));
        let line: Value = serde_json::from_str(&line).unwrap();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut headers = HeaderMap::new();
        for header in line["response_headers"].as_array().unwrap() {
            headers.append(
                HeaderName::try_from(text(&header[0])).unwrap(),
                HeaderValue::try_from(text(&header[1])).unwrap(),
            );
        }
        Self {
            method: text(&line["method"]),
            url: text(&line["url"]).parse().unwrap(),
            status: u16::try_from(line["status"].as_u64().unwrap()).unwrap(),
            headers,
            body: text(&line["response_body"]),
        }
    }

    /// The login server: from the URL, except where a recorder shortened the host there and not in the challenge.
    fn login_server(&self) -> LoginServer {
        let challenge = self
            .headers
            .get("www-authenticate")
            .map(|value| value.to_str().unwrap());
        let realm = challenge.and_then(|challenge| challenge.split('/').nth(2));
        LoginServer::parse(realm.unwrap_or_else(|| self.url.host_str().unwrap())).unwrap()
    }

    /// Path without percent-encoding: `library%2Fapp`, `sha256%3A…`.
    fn path(&self) -> String {
        self.url.path().replace("%2F", "/").replace("%3A", ":")
    }

    /// The body in the order that the product asks for: it never asks for an order by time, some recorders did.
    fn in_byte_order(&self) -> String {
        if !self.url.query().is_some_and(|query| query.contains("orderby=time")) {
            return self.body.clone();
        }
        let mut body: Value = serde_json::from_str(&self.body).unwrap();
        for (list, key) in [("tags", "name"), ("manifests", "digest")] {
            if let Some(items) = body[list].as_array_mut() {
                items.sort_by(|a, b| a[key].as_str().cmp(&b[key].as_str()));
            }
        }
        body.to_string()
    }

    fn last(&self) -> Option<String> {
        let mut pairs = self.url.query_pairs();
        pairs
            .find(|(key, _)| key == "last")
            .map(|(_, value)| value.into_owned())
    }
}

/// Whose answer it is, as far as the product reads such answers.
enum Kind {
    Catalog,
    Tags(RepositoryName),
    Manifests(RepositoryName),
    Attributes(RepositoryName),
    Other,
}

impl Kind {
    fn of(exchange: &Exchange) -> Self {
        let path = exchange.path();
        let Some(rest) = path.strip_prefix("/acr/v1/") else {
            return Self::Other;
        };
        if exchange.method != "GET" {
            return Self::Other;
        }
        if rest == "_catalog" {
            return Self::Catalog;
        }
        let name = |text: &str| RepositoryName::parse(text).unwrap();
        if let Some(repository) = rest.strip_suffix("/_tags") {
            return Self::Tags(name(repository));
        }
        if let Some(repository) = rest.strip_suffix("/_manifests") {
            return Self::Manifests(name(repository));
        }
        // Metadata of single tags and manifests is never asked for.
        if rest.contains("/_tags/") || rest.contains("/_manifests/") {
            return Self::Other;
        }
        Self::Attributes(name(rest))
    }

    fn label(&self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Tags(_) => "tags",
            Self::Manifests(_) => "manifests",
            Self::Attributes(_) => "attributes",
            Self::Other => "other",
        }
    }
}

/// Parses a 200 answer; how many items it has, and every problem as an error.
fn parse(kind: &Kind, exchange: &Exchange) -> Result<usize, String> {
    let body = exchange.in_byte_order();
    let body = body.as_bytes();
    let last = exchange.last();
    let page = |count: usize, problems: acr_inventory::inventory::problem::Problems| match problems.first.first() {
        None => Ok(count),
        Some(problem) => Err(problem.message.clone()),
    };
    let coded = |(code, detail): (ProblemCode, String)| format!("{code}: {detail}");
    match kind {
        Kind::Catalog => {
            let (names, problems) = parse_catalog(body, last.as_deref()).map_err(coded)?;
            page(names.len(), problems)
        }
        Kind::Tags(repository) => {
            let (tags, problems) = parse_tags(body, repository, last.as_deref()).map_err(coded)?;
            page(tags.len(), problems)
        }
        Kind::Manifests(repository) => {
            let (manifests, problems) = parse_manifests(body, repository, last.as_deref()).map_err(coded)?;
            page(manifests.len(), problems)
        }
        Kind::Attributes(repository) => {
            parse_attributes(body, repository)?;
            Ok(1)
        }
        Kind::Other => Ok(0),
    }
}

/// What the error mapping makes of an answer that is no 200, in a word.
fn verdict(exchange: &Exchange) -> String {
    let server = exchange.login_server();
    let body = exchange.body.as_bytes();
    match failure(server.as_str(), "GET x", exchange.status, &exchange.headers, body) {
        Failure::Denied { code, .. } => format!("denied {code}"),
        Failure::NotFound { code, .. } => format!("not found {code}"),
        other => format!("{other:?}"),
    }
}

/// What it has to be, by the recorded text alone.
fn expected(exchange: &Exchange) -> String {
    let challenge = exchange
        .headers
        .get("www-authenticate")
        .map(|value| value.to_str().unwrap());
    match exchange.status {
        401 if challenge.is_some_and(|text| text.contains("error=\"invalid_token\"")) => "denied invalid-token".into(),
        401 if challenge.is_some_and(|text| text.contains("error=\"insufficient_scope\"")) => {
            "denied insufficient-scope".into()
        }
        401 => "denied unauthorized".into(),
        404 => {
            let body: Value = serde_json::from_str(&exchange.body).unwrap_or_default();
            format!("not found {}", body["errors"][0]["code"].as_str().unwrap_or(""))
        }
        status => panic!("no expectation for status {status}: {}", exchange.url),
    }
}

#[test]
fn every_recorded_data_plane_answer_is_understood() {
    let Some(text) = shared("recordings/dataplane.jsonl") else {
        return;
    };
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut wrong, mut links) = (Vec::new(), 0);
    for exchange in text.lines().map(Exchange::read) {
        let label = format!("{} {} {}", exchange.method, exchange.url, exchange.status);
        let kind = Kind::of(&exchange);
        if exchange.status >= 300 {
            let (got, want) = (verdict(&exchange), expected(&exchange));
            counts.entry(want.clone()).or_default().0 += 1;
            if got != want {
                wrong.push(format!("{label}: {got}, expected {want}"));
            }
            continue;
        }
        let count = counts
            .entry(format!("{} {}", exchange.status, kind.label()))
            .or_default();
        count.0 += 1;
        match parse(&kind, &exchange) {
            Ok(items) => count.1 += items,
            Err(why) => wrong.push(format!("{label}: {why}")),
        }
        let server = exchange.login_server();
        let last = exchange.last();
        match next_cursor(&server, exchange.url.path(), &exchange.headers, last.as_deref()) {
            Ok(cursor) => {
                assert_eq!(cursor.is_some(), exchange.headers.contains_key("link"), "{label}");
                links += usize::from(cursor.is_some());
            }
            Err(error) => wrong.push(format!("{label}: {error}")),
        }
    }
    for (kind, (answers, items)) in &counts {
        println!("{kind}: {answers} answers, {items} items");
    }
    println!("links: {links}");
    let found = wrong.len();
    wrong.truncate(20);
    assert_eq!(wrong, [""; 0], "{found} in all");
    assert!(counts["200 catalog"].0 > 50 && counts["200 manifests"].0 > 20 && links > 100);
}

/// Refusals that are not among the recordings, in the shape that the service documents.
#[test]
fn a_firewall_a_missing_role_and_a_throttle_are_told_apart() {
    let answer = |status, headers: &[(&'static str, &'static str)], message: &str| {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let body = serde_json::json!({"errors": [{"code": "DENIED", "message": message}]}).to_string();
        let headers = headers.collect::<HeaderMap>();
        failure("contoso.azurecr.io", "GET x", status, &headers, body.as_bytes())
    };
    let firewall = answer(403, &[], "client with IP '192.0.2.7' is not allowed access");
    assert!(matches!(&firewall, Failure::Denied { code, .. } if *code == ProblemCode::Firewall));
    let role = answer(403, &[], "no permission");
    assert!(matches!(&role, Failure::Denied { code, .. } if *code == ProblemCode::Forbidden));
    for (given, seconds) in [("17", 17), ("0", 1), ("999999", 3_600), ("soon", 30)] {
        let throttled = answer(429, &[("retry-after", given)], "slow down");
        let Failure::Throttled { retry_after, .. } = throttled else {
            panic!("{throttled:?}");
        };
        assert_eq!(retry_after.as_secs(), seconds, "{given}");
    }
}
