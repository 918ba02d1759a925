//! A generated repository answers byte for byte as an ordinary one with the same content.

use axum::http::HeaderMap;
use simulator::world::generated::Window;
use simulator::world::{DataPlaneAccess, World};
use simulator::{Options, Simulator};

use crate::support::{access_token, client, json};

const SERVER: &str = "bench.azurecr.io";
const REPOSITORY: &str = "team-000/service-000000";
const SCOPE: &str = "repository:team-000/service-000000:metadata_read,pull";

/// The same world twice: with its one repository generated, and with all of it held in maps.
struct Twins {
    simulators: [Simulator; 2],
    tokens: [String; 2],
    clients: [reqwest::Client; 2],
}

impl Twins {
    async fn start(count: usize) -> Self {
        let generated = World::generated(1, count);
        let mut held = World::generated(1, count);
        let repositories = &mut held.registries.get_mut(SERVER).unwrap().repositories;
        let all = repositories[REPOSITORY].window(Window::All).into_owned();
        assert_eq!((all.manifests.len(), all.tags.len()), (count, count));
        assert!(all.generated.is_none());
        repositories.insert(REPOSITORY.to_owned(), all);
        let simulators = [generated, held].map(|world| Simulator::start(world, Options::default()).unwrap());
        let mut tokens = [String::new(), String::new()];
        for (simulator, token) in simulators.iter().zip(&mut tokens) {
            *token = access_token(simulator, SERVER, SCOPE).await;
        }
        let clients = [client(&simulators[0]), client(&simulators[1])];
        Self {
            simulators,
            tokens,
            clients,
        }
    }

    /// Asks both; the status, once status, headers and body are known to be equal.
    async fn ask(&self, path_and_query: &str) -> u16 {
        let mut answers = Vec::new();
        for (client, token) in self.clients.iter().zip(&self.tokens) {
            let request = client
                .get(format!("https://{SERVER}{path_and_query}"))
                .bearer_auth(token);
            let answer = request.header("accept", "*/*").send().await.unwrap();
            let (status, headers) = (answer.status().as_u16(), timeless(answer.headers()));
            answers.push((status, headers, answer.bytes().await.unwrap()));
        }
        assert_eq!(answers[0], answers[1], "{path_and_query}");
        answers[0].0
    }

    /// Keys of the held twin: tags, digests.
    fn keys(&self) -> (Vec<String>, Vec<String>) {
        let world = self.simulators[1].world();
        let repository = &world.registries[SERVER].repositories[REPOSITORY];
        let keys = |mut keys: Vec<&String>| {
            keys.sort();
            keys.into_iter().cloned().collect()
        };
        (
            keys(repository.tags.keys().collect()),
            keys(repository.manifests.keys().collect()),
        )
    }

    fn assert_no_violation(&self) {
        for simulator in &self.simulators {
            assert_eq!(simulator.violations(), [""; 0]);
        }
    }
}

/// Headers without those that no two answers share.
fn timeless(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove("date");
    headers.remove("x-ms-correlation-request-id");
    headers
}

/// Every key, and what stands just before and just after it.
fn cursors(keys: &[String]) -> Vec<String> {
    let around = keys
        .iter()
        .flat_map(|key| [key.clone(), key[..key.len() - 1].to_owned(), format!("{key}~")]);
    let outside = ["", "!", "~", "sha256:", "v"].map(str::to_owned);
    around.chain(outside).collect()
}

#[tokio::test]
async fn every_page_of_every_list_is_that_of_an_ordinary_repository() {
    for count in [1, 2, 7] {
        let twins = Twins::start(count).await;
        let (tags, digests) = twins.keys();
        let lists = [
            ("/acr/v1/team-000%2Fservice-000000/_tags", &tags),
            ("/v2/team-000/service-000000/tags/list", &tags),
            ("/acr/v1/team-000/service-000000/_manifests", &digests),
        ];
        for (path, keys) in lists {
            for order in ["", "none", "timeasc", "timedesc"] {
                for last in cursors(keys) {
                    for size in [1, 2, count.max(2) - 1, count, count + 1] {
                        let query = format!("n={size}&last={last}&orderby={order}");
                        assert_eq!(twins.ask(&format!("{path}?{query}")).await, 200);
                    }
                }
            }
            for query in ["", "?n=0", "?n=x", "?n=100000"] {
                twins.ask(&format!("{path}{query}")).await;
            }
        }
        twins.assert_no_violation();
    }
}

#[tokio::test]
async fn filters_attributes_manifests_and_refusals_are_those_of_an_ordinary_repository() {
    let twins = Twins::start(5).await;
    let (tags, digests) = twins.keys();
    let base = "/acr/v1/team-000/service-000000";
    let unknown = format!("sha256:{}", "0".repeat(64));
    let mut paths = vec![
        (base.to_owned(), 200),
        ("/acr/v1/_catalog".to_owned(), 401),
        ("/acr/v1/team-000/service-000001/_tags".to_owned(), 401),
        (format!("{base}/_tags/v9999999"), 404),
        (format!("{base}/_manifests/{unknown}"), 404),
        (format!("/v2/team-000/service-000000/manifests/{unknown}"), 404),
    ];
    for key in &tags {
        paths.push((format!("{base}/_tags/{key}"), 200));
        paths.push((format!("{base}/_manifests/{key}"), 404));
        paths.push((format!("/v2/team-000/service-000000/manifests/{key}"), 200));
    }
    for key in &digests {
        paths.push((format!("{base}/_manifests/{key}"), 200));
        paths.push((format!("{base}/_tags/{key}"), 404));
        paths.push((format!("/v2/team-000/service-000000/manifests/{key}"), 200));
        for last in cursors(&tags) {
            paths.push((format!("{base}/_tags?digest={key}&last={last}"), 200));
            paths.push((
                format!("{base}/_tags?digest={key}&last={last}&orderby=timedesc&n=1"),
                200,
            ));
        }
    }
    paths.push((format!("{base}/_tags?digest={unknown}"), 200));
    for (path, status) in paths {
        assert_eq!(twins.ask(&path).await, status, "{path}");
    }
    twins.assert_no_violation();
}

#[tokio::test]
async fn a_million_manifests_are_paged_from_any_place_and_cannot_be_changed() {
    let mut world = World::generated(1, 1_000_000);
    world.registries.get_mut(SERVER).unwrap().access = DataPlaneAccess::Owner;
    let simulator = Simulator::start(world, Options::default()).unwrap();
    let token = access_token(
        &simulator,
        SERVER,
        "repository:team-000/service-000000:metadata_read,metadata_write",
    )
    .await;
    let client = client(&simulator);
    let url = |rest: &str| format!("https://{SERVER}/acr/v1/{REPOSITORY}{rest}");
    let get = async |rest: &str| {
        let answer = client.get(url(rest)).bearer_auth(&token).send().await.unwrap();
        let link = answer
            .headers()
            .get("link")
            .map(|link| link.to_str().unwrap().to_owned());
        (json(answer).await, link)
    };
    let (attributes, _) = get("").await;
    assert_eq!(
        (&attributes["manifestCount"], &attributes["tagCount"]),
        (&1_000_000.into(), &1_000_000.into())
    );
    let (page, link) = get("/_tags?n=1000&last=v0499999").await;
    assert_eq!(page["tags"].as_array().unwrap().len(), 1_000);
    assert_eq!(page["tags"][0]["name"], "v0500000");
    assert!(link.unwrap().contains("last=v0500999&n=1000"));
    // Half of all digests begin below 8.
    let (page, _) = get("/_manifests?n=1&last=sha256:8").await;
    assert_eq!(page["manifests"][0]["tags"][0], "v0500000");
    let (page, link) = get("/_manifests?n=1000&last=sha256:ffff").await;
    assert_eq!(page["manifests"].as_array().unwrap().len(), 15);
    assert_eq!(link, None);
    assert_eq!(simulator.violations(), [""; 0]);
    let patched = client
        .patch(url("/_tags/v0000000"))
        .bearer_auth(&token)
        .body("{\"deleteEnabled\":false}");
    assert_eq!(patched.send().await.unwrap().status(), 501);
    assert_eq!(simulator.violations().len(), 1);
}
