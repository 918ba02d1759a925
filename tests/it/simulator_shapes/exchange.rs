//! One request and its answer, recorded or simulated, and which route of which service it is.

use serde_json::Value;

pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) url: url::Url,
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Exchange {
    /// A line of a recording.
    pub(super) fn read(line: &str) -> Self {
        // The recorder's host name is no valid host name.
        let line: Value = serde_json::from_str(&line.replace("fake_url", "fake-url")).unwrap();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let headers = match &line["response_headers"] {
            Value::Array(pairs) => pairs.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            Value::Object(pairs) => pairs.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            other => panic!("headers: {other}"),
        };
        Self {
            method: text(&line["method"]),
            url: text(&line["url"]).parse().unwrap(),
            status: u16::try_from(line["status"].as_u64().unwrap()).unwrap(),
            headers,
            body: text(&line["response_body"]),
        }
    }

    pub(super) async fn answered(method: &str, url: &str, answer: reqwest::Response) -> Self {
        let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        Self {
            method: method.to_owned(),
            url: url.parse().unwrap(),
            status: answer.status().as_u16(),
            headers: answer.headers().iter().map(header).collect(),
            body: answer.text().await.unwrap(),
        }
    }

    /// An entry of a recording that was written down by hand: its headers are not all there, so none is taken.
    pub(super) fn transcribed(entry: &Value) -> Option<Self> {
        let host = "https://transcribed.azurecr.io";
        let url = entry["url"].as_str().map(str::to_owned);
        let url = url.or_else(|| Some(format!("{host}{}", entry["path"].as_str()?)))?;
        let body = ["body", "response_body", "body_raw"]
            .into_iter()
            .find_map(|key| entry.get(key))?;
        Some(Self {
            method: entry["method"].as_str()?.to_owned(),
            url: url.parse().unwrap(),
            status: u16::try_from(entry["status"].as_u64()?).unwrap(),
            headers: Vec::new(),
            body: body.as_str().map_or_else(|| body.to_string(), str::to_owned),
        })
    }

    /// An official example of a GET: it has no headers.
    pub(super) fn example(path: &str, file: &Value) -> Self {
        let url = format!("https://management.azure.com/subscriptions/s/providers/Microsoft.ContainerRegistry/{path}");
        Self {
            method: "GET".to_owned(),
            url: url.parse().unwrap(),
            status: 200,
            headers: Vec::new(),
            body: file["responses"]["200"]["body"].to_string(),
        }
    }

    /// A list of registries as the list alone and each registry as if it had been asked for by itself.
    pub(super) fn split(self) -> Vec<Self> {
        if self.route() != "GET registries 200" {
            return vec![self];
        }
        let mut list: Value = serde_json::from_str(&self.body).unwrap();
        let items = list["value"].as_array_mut().unwrap().drain(..);
        let registry = |item: Value| Self {
            method: self.method.clone(),
            url: format!("https://management.azure.com{}", item["id"].as_str().unwrap())
                .parse()
                .unwrap(),
            status: self.status,
            headers: Vec::new(),
            body: item.to_string(),
        };
        let mut split: Vec<Self> = items.map(registry).collect();
        split.push(Self {
            body: list.to_string(),
            ..self
        });
        split
    }

    pub(super) fn api_version(&self) -> Option<String> {
        let mut pairs = self.url.query_pairs();
        pairs
            .find(|(key, _)| key == "api-version")
            .map(|(_, value)| value.into_owned())
    }

    /// Method, path without names, and status.
    pub(super) fn route(&self) -> String {
        format!("{} {} {}", self.method, template(self.url.path()), self.status)
    }

    /// What clients read in a header: its parameters for the structured ones, the text of those that never vary, and
    /// nothing of ids, counters and dates.
    pub(super) fn header_form(&self, name: &str) -> String {
        // Of a repeated header, some recorders kept the last line alone.
        let value = self.headers.iter().rev().find(|(key, _)| key == name);
        value.map_or_else(String::new, |(_, value)| match name {
            "www-authenticate" => parameters(value),
            "link" => link(value),
            "access-control-expose-headers"
            | "cache-control"
            | "connection"
            | "content-type"
            | "docker-distribution-api-version"
            | "expires"
            | "pragma"
            | "strict-transport-security"
            | "x-content-type-options" => value.clone(),
            "retry-after" if value.parse::<u32>().is_ok() => "seconds".to_owned(),
            _ => "any".to_owned(),
        })
    }
}

/// The path with placeholders for everything that is a name.
fn template(path: &str) -> String {
    let path = path.replace("%2F", "/").replace("%3A", ":");
    if let Some(rest) = path.strip_prefix("/acr/v1/").filter(|rest| !rest.starts_with('_')) {
        return match rest.split_once("/_") {
            None => "/acr/v1/{name}".to_owned(),
            Some((_, list)) => match list.split_once('/') {
                None => format!("/acr/v1/{{name}}/_{list}"),
                Some((list, _)) => format!("/acr/v1/{{name}}/_{list}/{{item}}"),
            },
        };
    }
    if let Some(rest) = path.strip_prefix("/v2/").filter(|rest| !rest.is_empty()) {
        let kind = ["manifests", "blobs"]
            .into_iter()
            .find(|kind| rest.contains(&format!("/{kind}/")));
        return format!("/v2/{{name}}/{}/{{item}}", kind.unwrap_or("?"));
    }
    let lower = path.to_lowercase();
    for provider in ["microsoft.authorization", "microsoft.insights"] {
        if let Some((_, rest)) = lower.split_once(&format!("/providers/{provider}/")) {
            return match rest.split_once('/') {
                None => format!("{provider}/{rest}"),
                Some((kind, _)) => format!("{provider}/{kind}/{{item}}"),
            };
        }
    }
    let Some((_, rest)) = lower.split_once("/providers/microsoft.containerregistry/") else {
        return path;
    };
    let mut parts = rest.split('/');
    let (kind, name) = (parts.next().unwrap(), parts.next());
    let children: Vec<&str> = parts.collect();
    match (kind, name, children.as_slice()) {
        ("registries", None, []) => "registries".to_owned(),
        ("registries", Some(_), []) => "registry".to_owned(),
        ("registries", Some(_), [collection @ ("operationstatuses" | "builds"), ..]) => {
            format!("registry/{collection}")
        }
        ("registries", Some(_), [collection]) => format!("registry/{collection}"),
        ("registries", Some(_), [collection, _]) => format!("registry/{collection}/{{item}}"),
        ("registries", Some(_), [collection, _, verb]) => format!("registry/{collection}/{{item}}/{verb}"),
        _ => "elsewhere".to_owned(),
    }
}

/// `Bearer realm,service,scope`: the scheme and the names of its parameters, in order.
fn parameters(header: &str) -> String {
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    // Values are quoted and hold no equals sign before the closing quote that a name could be mistaken for.
    let names = rest.split('"').step_by(2).filter(|text| text.ends_with('='));
    let names: Vec<&str> = names
        .map(|name| name.trim_start_matches([',', ' ']).trim_end_matches('='))
        .collect();
    format!("{scheme} {}", names.join(","))
}

/// `</acr/v1/{name}/_tags?last,n,orderby>; rel="next"`
fn link(header: &str) -> String {
    let (target, rest) = header.split_once('>').unwrap_or((header, ""));
    let target = target.trim_start_matches('<');
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let names: Vec<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
    format!("<{}?{}>{rest}", template(path), names.join(","))
}
