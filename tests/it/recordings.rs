//! Replays recorded traffic of real registries: the simulator must answer each request as the service did.
//!
//! Before each request the simulated registry is given exactly the content that the recorded answer shows, so status,
//! header names, the values of the headers that clients act on, and the JSON (values and key order) can be compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use simulator::world::{Attributes, DataPlaneAccess, Manifest, Reference, Registry, Repository, Tag, World};
use simulator::{Options, Simulator};

use crate::shared_data::shared;
use crate::support::{access_token, client, entra, refresh_token};

/// Header names that may differ, and why.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-length",
        "the service sends large and token answers chunked; hyper knows every length",
    ),
    ("transfer-encoding", "see content-length"),
    (
        "x-ms-correlation-request-id",
        "removed from the recordings by the recorders",
    ),
];

/// Exchanges that are not replayed, and why.
const SKIPPED: &[(&str, &str)] = &[("/blobs/", "blobs are not simulated: an inventory never reads one")];

struct Exchange {
    method: String,
    url: url::Url,
    request_body: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

fn exchanges() -> Option<Vec<Exchange>> {
    let text = shared("recordings/dataplane.jsonl")?;
    let exchanges = text.lines().map(|line| {
        // The recorder's host name is no valid host name.
        let line: Value = serde_json::from_str(&line.replace("fake_url", "fake-url")).unwrap();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let headers = line["response_headers"].as_array().unwrap().iter();
        Exchange {
            method: text(&line["method"]),
            url: text(&line["url"]).parse().unwrap(),
            request_body: text(&line["request_body"]),
            status: u16::try_from(line["status"].as_u64().unwrap()).unwrap(),
            headers: headers.map(|header| (text(&header[0]), text(&header[1]))).collect(),
            body: text(&line["response_body"]),
        }
    });
    Some(exchanges.collect())
}

impl Exchange {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn host(&self) -> String {
        // Some recorders shortened the host in the URL and not in the answer.
        let realm = self
            .header("www-authenticate")
            .and_then(|header| header.split('/').nth(2));
        realm.unwrap_or_else(|| self.url.host_str().unwrap()).to_owned()
    }

    fn label(&self) -> String {
        format!("{} {} {}", self.method, self.url, self.status)
    }

    /// What the registry must hold to answer as recorded.
    fn content(&self) -> BTreeMap<String, Repository> {
        let mut repositories = BTreeMap::new();
        let body: Value = serde_json::from_str(&self.body).unwrap_or(Value::Null);
        let more = self.header("link").is_some();
        for name in body["repositories"].as_array().into_iter().flatten() {
            repositories.insert(name.as_str().unwrap().to_owned(), Repository::default());
        }
        if more && !repositories.is_empty() {
            repositories.insert("zzzz".to_owned(), Repository::default());
        }
        let path = self.url.path().replace("%2F", "/").replace("%3A", ":");
        let rest = path
            .strip_prefix("/acr/v1/")
            .or_else(|| path.strip_prefix("/v2/"))
            .unwrap_or("");
        let name = rest.split("/_").next().unwrap().split("/manifests/").next().unwrap();
        let known = self.status < 300 && self.method != "PUT" && !name.is_empty() && !name.starts_with('_');
        if !known {
            return repositories;
        }
        let mut repository = Repository {
            created: text(&body["createdTime"]),
            last_update: text(&body["lastUpdateTime"]),
            attributes: attributes(&body["changeableAttributes"]),
            ..Repository::default()
        };
        for item in items(&body, "tags", "tag") {
            repository.tags.insert(text(&item["name"]), tag(item));
        }
        for item in items(&body, "manifests", "manifest") {
            for name in item["tags"].as_array().into_iter().flatten() {
                let tag = Tag {
                    digest: text(&item["digest"]),
                    ..Tag::default()
                };
                repository.tags.insert(text(name), tag);
            }
            repository.manifests.insert(text(&item["digest"]), manifest(item));
        }
        if more && !repository.manifests.is_empty() {
            repository
                .manifests
                .insert("sha256:zzzz".to_owned(), Manifest::default());
        }
        for count in repository.tags.len() as u64..body["tagCount"].as_u64().unwrap_or(0) {
            repository.tags.insert(count.to_string(), Tag::default());
        }
        for count in repository.manifests.len() as u64..body["manifestCount"].as_u64().unwrap_or(0) {
            repository.manifests.insert(count.to_string(), Manifest::default());
        }
        for digest in body["manifestsDeleted"].as_array().into_iter().flatten() {
            repository.manifests.insert(text(digest), Manifest::default());
        }
        for name in body["tagsDeleted"].as_array().into_iter().flatten() {
            repository.tags.insert(text(name), Tag::default());
        }
        let reference = rest.rsplit('/').next().unwrap().to_owned();
        if let Some(digest) = self.header("x-ms-int-docker-content-digest") {
            repository.tags.insert(
                reference,
                Tag {
                    digest: digest.to_owned(),
                    ..Tag::default()
                },
            );
        } else if self.method == "DELETE" && rest.contains("/manifests/") {
            repository.manifests.insert(reference, Manifest::default());
        }
        repositories.insert(name.to_owned(), repository);
        repositories
    }
}

fn items<'a>(body: &'a Value, list: &str, single: &str) -> Vec<&'a Value> {
    let listed = body[list]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|item| item.is_object());
    listed.chain(body.get(single)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

fn optional(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn attributes(value: &Value) -> Attributes {
    let on = |key: &str| value[key].as_bool().unwrap_or(true);
    Attributes {
        delete_enabled: on("deleteEnabled"),
        write_enabled: on("writeEnabled"),
        read_enabled: on("readEnabled"),
        list_enabled: on("listEnabled"),
    }
}

fn tag(item: &Value) -> Tag {
    Tag {
        digest: text(&item["digest"]),
        created: text(&item["createdTime"]),
        last_update: text(&item["lastUpdateTime"]),
        attributes: attributes(&item["changeableAttributes"]),
    }
}

fn manifest(item: &Value) -> Manifest {
    let references = item["references"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|child| Reference {
            digest: text(&child["digest"]),
            architecture: text(&child["architecture"]),
            os: text(&child["os"]),
        });
    Manifest {
        media_type: text(&item["mediaType"]),
        config_media_type: optional(&item["configMediaType"]),
        architecture: optional(&item["architecture"]),
        os: optional(&item["os"]),
        image_size: item["imageSize"].as_u64().unwrap(),
        created: text(&item["createdTime"]),
        last_update: text(&item["lastUpdateTime"]),
        attributes: attributes(&item["changeableAttributes"]),
        quarantine_state: optional(&item["changeableAttributes"]["quarantineState"]),
        quarantine_details: optional(&item["changeableAttributes"]["quarantineDetails"]),
        references: references.collect(),
        content: None,
    }
}

/// Everything between quotes, in order: keys and values of a JSON text without its spacing.
fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

/// One simulated registry per recorded host, with tokens that allow everything.
struct Replay {
    simulator: Simulator,
    client: reqwest::Client,
    tokens: BTreeMap<String, [String; 2]>,
}

impl Replay {
    async fn prepare(&mut self, exchange: &Exchange) {
        let host = exchange.host();
        if !self.tokens.contains_key(&host) {
            let mut registry = Registry::new("subscription", "group", host.split('.').next().unwrap());
            registry.access = DataPlaneAccess::Owner;
            self.simulator.world().registries.insert(host.clone(), registry);
            let refresh = refresh_token(&self.simulator, &host).await;
            let access = access_token(&self.simulator, &host, "registry:catalog:* repository:*:*").await;
            self.tokens.insert(host.clone(), [refresh, access]);
        }
        self.simulator.world().registries.get_mut(&host).unwrap().repositories = exchange.content();
    }

    async fn send(&self, exchange: &Exchange) -> reqwest::Response {
        let host = exchange.host();
        let [refresh, access] = &self.tokens[&host];
        let mut url = exchange.url.clone();
        url.set_host(Some(&host)).unwrap();
        let method: reqwest::Method = exchange.method.parse().unwrap();
        let kind = if exchange.method == "PUT" {
            "application/vnd.oci.image.manifest.v1+json"
        } else {
            "application/json"
        };
        let form = |fields: &[(&str, &str)]| {
            url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish()
        };
        let body = match exchange.url.path() {
            "/oauth2/exchange" => {
                let token = entra(&self.simulator, "https://containerregistry.azure.net");
                form(&[
                    ("grant_type", "access_token"),
                    ("service", &host),
                    ("access_token", &token),
                ])
            }
            "/oauth2/token" if exchange.method == "POST" => form(&[
                ("grant_type", "refresh_token"),
                ("service", &host),
                ("scope", "registry:catalog:*"),
                ("refresh_token", refresh),
            ]),
            _ if exchange.request_body == "null" => String::new(),
            _ => exchange.request_body.clone(),
        };
        let request = self.client.request(method, url).header("content-type", kind).body(body);
        let challenge = exchange.header("www-authenticate").unwrap_or("");
        let request = if exchange.url.path() == "/oauth2/token" && exchange.method == "GET" {
            request.basic_auth("00000000-0000-0000-0000-000000000000", Some(refresh))
        } else if challenge.contains("invalid_token") {
            request.bearer_auth("not.a.token")
        } else if exchange.status == 401 || exchange.url.path().starts_with("/oauth2/") {
            request
        } else {
            request.bearer_auth(access)
        };
        request.send().await.unwrap()
    }
}

async fn differences(exchange: &Exchange, answer: reqwest::Response) -> Vec<String> {
    let mut found = Vec::new();
    if answer.status().as_u16() != exchange.status {
        found.push(format!("status {}", answer.status()));
    }
    let allowed = |name: &&str| !HEADERS.iter().any(|(allowed, _)| allowed == name);
    let recorded: BTreeSet<&str> = exchange
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(allowed)
        .collect();
    let simulated: BTreeSet<&str> = answer
        .headers()
        .keys()
        .map(|name| name.as_str())
        .filter(allowed)
        .collect();
    if recorded != simulated {
        found.push(format!(
            "headers {:?}",
            recorded.symmetric_difference(&simulated).collect::<Vec<_>>()
        ));
    }
    let value = |name: &str| {
        answer
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    for name in [
        "content-type",
        "docker-content-digest",
        "docker-distribution-api-version",
        "link",
        "x-ms-int-docker-content-digest",
    ] {
        if exchange.header(name).map(str::to_owned) != value(name) {
            found.push(format!("{name}: {:?}", value(name)));
        }
    }
    // One recorder replaced every scope; the service itself repeats the actions in the order asked.
    let scope = |header: &str| {
        header
            .split(",scope=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or("")
            .to_owned()
    };
    let mut challenge = exchange.header("www-authenticate").unwrap_or("").to_owned();
    let simulated = value("www-authenticate").unwrap_or_default();
    if scope(&challenge) == "fake_scope" {
        challenge = challenge.replace("fake_scope", &scope(&simulated));
    }
    if challenge != simulated {
        found.push(format!("www-authenticate {simulated}"));
    }
    let body = answer.text().await.unwrap();
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| Value::from(text));
    if exchange.url.path().starts_with("/oauth2/") {
        let keys = |text: &str| {
            json(text)
                .as_object()
                .map(|object| object.keys().cloned().collect::<Vec<_>>())
        };
        if keys(&body) != keys(&exchange.body) {
            found.push("token answer".to_owned());
        }
    } else if json(&body) != json(&exchange.body) {
        found.push(format!("body {body}"));
    } else if quoted(&body) != quoted(&exchange.body) {
        found.push(format!("key order {body}"));
    }
    found
}

#[tokio::test]
async fn answers_as_the_service_did() {
    let Some(exchanges) = exchanges() else { return };
    let simulator = Simulator::start(World::default(), Options::default()).unwrap();
    let client = client(&simulator);
    let mut replay = Replay {
        simulator,
        client,
        tokens: BTreeMap::new(),
    };
    let (mut replayed, mut skipped, mut found) = (0, 0, Vec::new());
    for exchange in &exchanges {
        if SKIPPED.iter().any(|(path, _)| exchange.url.path().contains(path)) {
            skipped += 1;
            continue;
        }
        replay.prepare(exchange).await;
        let answer = replay.send(exchange).await;
        replayed += 1;
        for difference in differences(exchange, answer).await {
            found.push(format!("{}: {difference}", exchange.label()));
        }
    }
    println!(
        "replayed {replayed} recorded exchanges, skipped {skipped}, differences {}",
        found.len()
    );
    found.truncate(20);
    assert_eq!(found, [""; 0]);
    assert_eq!(replay.simulator.violations(), [""; 0]);
    assert!(replayed > 1_000, "only {replayed} exchanges were replayed");
}
