//! The simulated registries answer as the real ones: challenges, tokens, pages, metadata.

use serde_json::json;
use simulator::world::change::Change;
use simulator::world::{Attributes, DataPlaneAccess, World};
use simulator::{Options, Service, Simulator};
use std::time::Duration;

use crate::support::{access_token, claims, client, entra, json, names, post, refresh_token};

const ABAC: &str = "platform-d4dafvhpevapbeaz.azurecr.io";
const LEGACY: &str = "contosoproducts.azurecr.io";
const PUBLIC: &str = "contosopublic.azurecr.io";

fn start() -> Simulator {
    Simulator::start(World::demo(7), Options::default()).unwrap()
}

async fn get(simulator: &Simulator, url: &str, token: &str) -> reqwest::Response {
    client(simulator).get(url).bearer_auth(token).send().await.unwrap()
}

#[tokio::test]
async fn challenges_exactly_as_recorded() {
    let simulator = start();
    let answer = client(&simulator)
        .get(format!("https://{LEGACY}/acr/v1/orders%2Fapi/_tags"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    let header = answer.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert_eq!(
        header,
        format!(
            "Bearer realm=\"https://{LEGACY}/oauth2/token\",service=\"{LEGACY}\",scope=\"repository:orders/api:metadata_read\""
        )
    );
    assert_eq!(
        answer.headers().get_all("access-control-expose-headers").iter().count(),
        4
    );
    assert_eq!(answer.headers().get_all("strict-transport-security").iter().count(), 2);
    let body = answer.text().await.unwrap();
    assert_eq!(
        body,
        "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required, visit https://aka.ms/acr/authorization for more information.\",\"detail\":[{\"Type\":\"repository\",\"Name\":\"orders/api\",\"Action\":\"metadata_read\"}]}]}\n"
    );

    let answer = client(&simulator)
        .get(format!("https://{LEGACY}/v2/"))
        .send()
        .await
        .unwrap();
    let header = answer.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert!(!header.contains("scope"), "{header}");
    assert!(answer.text().await.unwrap().contains("\"detail\":null"));

    let answer = get(&simulator, &format!("https://{LEGACY}/acr/v1/_catalog"), "nonsense").await;
    let header = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(
        header.ends_with("scope=\"registry:catalog:*\",error=\"invalid_token\""),
        "{header}"
    );
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn tokens_have_the_recorded_claims_and_lives() {
    let simulator = start();
    let refresh = claims(&refresh_token(&simulator, ABAC).await);
    assert_eq!(
        refresh["exp"].as_i64().unwrap() - refresh["iat"].as_i64().unwrap(),
        11_700
    );
    assert_eq!(refresh["grant_type"], "refresh_token");
    assert!(refresh["aad_identity"].is_object());
    let access = claims(
        &access_token(
            &simulator,
            ABAC,
            "registry:catalog:* repository:*:* repository:base/alpine:pull,metadata_read,delete",
        )
        .await,
    );
    assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), 4_500);
    assert_eq!(
        access["access"],
        json!([
            {"type": "registry", "name": "catalog", "actions": ["*"]},
            {"type": "repository", "name": "base/alpine", "actions": ["pull", "metadata_read"]},
        ])
    );
    assert!(claims(&refresh_token(&simulator, LEGACY).await)["aad_identity"].is_null());
}

#[tokio::test]
async fn wildcards_work_in_legacy_mode_and_are_ignored_in_abac_mode() {
    let simulator = start();
    let token = access_token(&simulator, LEGACY, "registry:catalog:* repository:*:metadata_read").await;
    let answer = get(&simulator, &format!("https://{LEGACY}/acr/v1/orders/api"), &token).await;
    assert_eq!(answer.status(), 200);
    let token = access_token(&simulator, ABAC, "repository:*:metadata_read").await;
    let answer = get(&simulator, &format!("https://{ABAC}/acr/v1/base/alpine"), &token).await;
    assert_eq!(answer.status(), 401);
    let header = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(header.ends_with("error=\"insufficient_scope\""), "{header}");
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn pages_the_catalog_by_its_links() {
    let simulator = start();
    let token = access_token(&simulator, LEGACY, "registry:catalog:*").await;
    let mut url = format!("https://{LEGACY}/acr/v1/_catalog?n=7");
    let mut links = Vec::new();
    let mut repositories = Vec::new();
    loop {
        let answer = get(&simulator, &url, &token).await;
        let link = answer
            .headers()
            .get("link")
            .map(|link| link.to_str().unwrap().to_owned());
        repositories.extend(names(&json(answer).await, "repositories", ""));
        let Some(link) = link else { break };
        let target = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        url = format!("https://{LEGACY}{target}");
        links.push(link);
    }
    assert_eq!(repositories.len(), 20);
    assert!(repositories.is_sorted());
    assert_eq!(links.len(), 2);
    assert_eq!(
        links[0],
        "</acr/v1/_catalog?last=checkout%2Ffrontend&n=7&orderby=>; rel=\"next\""
    );
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn shows_references_only_on_single_indexes_and_hides_what_is_not_listed() {
    let simulator = start();
    let name = "catalogue/search-indexer";
    let token = access_token(&simulator, LEGACY, "repository:*:*").await;
    // Position 6 of the sorted names has no meaning: ask the world which repository has the hidden tag.
    let hidden = {
        let world = simulator.world();
        let repositories = &world.registries[LEGACY].repositories;
        repositories
            .iter()
            .find(|(_, found)| found.tags.contains_key("hidden"))
            .unwrap()
            .0
            .clone()
    };
    let base = format!("https://{LEGACY}/acr/v1");
    let tags = json(get(&simulator, &format!("{base}/{hidden}/_tags"), &token).await).await;
    let repository = json(get(&simulator, &format!("{base}/{hidden}"), &token).await).await;
    let listed = names(&tags, "tags", "name");
    assert!(!listed.contains(&"hidden".to_owned()));
    assert_eq!(repository["tagCount"], listed.len() + 1);

    let list = json(get(&simulator, &format!("{base}/{name}/_manifests"), &token).await).await;
    let index = list["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["mediaType"].as_str().unwrap().contains("index"));
    let index = index.unwrap();
    assert!(index["references"].is_null() && index["architecture"].is_null());
    let digest = index["digest"].as_str().unwrap().replace(':', "%3A");
    let single = json(
        get(
            &simulator,
            &format!("{base}/{}/_manifests/{digest}", name.replace('/', "%2F")),
            &token,
        )
        .await,
    )
    .await;
    assert!(single["manifest"]["references"].as_array().unwrap().len() >= 2);
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn orders_tags_by_time_and_filters_them_by_digest() {
    let simulator = start();
    let token = access_token(&simulator, LEGACY, "repository:*:*").await;
    let url = format!("https://{LEGACY}/acr/v1/orders/api/_tags");
    let ascending = json(get(&simulator, &format!("{url}?orderby=timeasc"), &token).await).await;
    let times = names(&ascending, "tags", "lastUpdateTime");
    assert!(times.is_sorted_by_key(|time| time.trim_end_matches('Z').to_owned()));
    let answer = get(&simulator, &format!("{url}?orderby=timedesc&n=1"), &token).await;
    let link = answer.headers()["link"].to_str().unwrap().to_owned();
    assert!(link.ends_with("&n=1&orderby=timedesc>; rel=\"next\""), "{link}");
    let newest = json(answer).await;
    assert_eq!(
        newest["tags"][0],
        *ascending["tags"].as_array().unwrap().last().unwrap()
    );
    let digest = newest["tags"][0]["digest"].as_str().unwrap();
    let filtered = json(get(&simulator, &format!("{url}?digest={digest}"), &token).await).await;
    assert!(names(&filtered, "tags", "digest").iter().all(|given| given == digest));
}

#[tokio::test]
async fn closed_registries_refuse_in_their_own_ways() {
    let simulator = start();
    for path in ["/v2/", "/oauth2/exchange", "/acr/v1/_catalog"] {
        let answer = client(&simulator)
            .get(format!("https://contosovault.azurecr.io{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 403);
        assert!(answer.headers().get("www-authenticate").is_none());
        assert!(answer.text().await.unwrap().contains("is not allowed access"));
    }
    let server = "contosopartners.azurecr.io";
    let token = entra(&simulator, "https://containerregistry.azure.net");
    let form = [
        ("grant_type", "access_token"),
        ("service", server),
        ("access_token", &token),
    ];
    let answer = post(&client(&simulator), &format!("https://{server}/oauth2/exchange"), &form).await;
    assert_eq!(answer.status(), 403);
    let answer = client(&simulator)
        .get(format!("https://{LEGACY}/oauth2/exchange"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn exchanges_tokens_for_the_arm_audience_until_the_policy_forbids_it() {
    let simulator = start();
    let token = entra(&simulator, "https://management.azure.com");
    let form = [
        ("grant_type", "access_token"),
        ("service", LEGACY),
        ("access_token", &token),
    ];
    let url = format!("https://{LEGACY}/oauth2/exchange");
    assert_eq!(post(&client(&simulator), &url, &form).await.status(), 200);
    simulator.world().registries.get_mut(LEGACY).unwrap().properties =
        json!({"policies": {"azureADAuthenticationAsArmPolicy": {"status": "disabled"}}});
    assert_eq!(post(&client(&simulator), &url, &form).await.status(), 401);
}

#[tokio::test]
async fn anonymous_pull_opens_the_catalog_to_everyone() {
    let simulator = start();
    let form = |server: &'static str| {
        [
            ("grant_type", "password"),
            ("service", server),
            ("scope", "registry:catalog:*"),
        ]
    };
    let answer = post(
        &client(&simulator),
        &format!("https://{PUBLIC}/oauth2/token"),
        &form(PUBLIC),
    )
    .await;
    let token = json(answer).await["access_token"].as_str().unwrap().to_owned();
    let answer = get(&simulator, &format!("https://{PUBLIC}/acr/v1/_catalog"), &token).await;
    assert_eq!(names(&json(answer).await, "repositories", "").len(), 4);
    let answer = post(
        &client(&simulator),
        &format!("https://{LEGACY}/oauth2/token"),
        &form(LEGACY),
    )
    .await;
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn unknown_things_have_their_own_errors() {
    let simulator = start();
    let token = access_token(&simulator, LEGACY, "repository:*:*").await;
    let answer = client(&simulator)
        .get(format!("https://{LEGACY}/acr/v1/Nonexistent/_tags/a"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(
        (answer.status().as_u16(), answer.text().await.unwrap().as_str()),
        (404, "404 page not found\n")
    );
    for (path, body) in [
        (
            "nothing",
            r#"{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry","detail":{"name":"nothing"}}]}"#,
        ),
        (
            "orders/api/_tags/nothing",
            r#"{"errors":[{"code":"TAG_UNKNOWN","message":"the specified tag does not exist"}]}"#,
        ),
        (
            "orders/api/_manifests/sha256:00",
            r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#,
        ),
    ] {
        let answer = get(&simulator, &format!("https://{LEGACY}/acr/v1/{path}"), &token).await;
        assert_eq!(answer.status(), 404);
        assert_eq!(answer.text().await.unwrap().trim_end(), body);
    }
    assert_eq!(simulator.violations(), [""; 0]);
    let answer = get(&simulator, "https://nowhere.azurecr.io/v2/", &token).await;
    assert_eq!((answer.status().as_u16(), simulator.violations().len()), (404, 1));
    let answer = get(&simulator, &format!("https://{LEGACY}/acr/v1/_catalog?page=2"), &token).await;
    assert_eq!((answer.status().as_u16(), simulator.violations().len()), (401, 1));
    let token = access_token(&simulator, LEGACY, "registry:catalog:*").await;
    let answer = get(&simulator, &format!("https://{LEGACY}/acr/v1/_catalog?page=2"), &token).await;
    assert_eq!((answer.status().as_u16(), simulator.violations().len()), (501, 2));
}

#[tokio::test]
async fn throttles_with_seconds_that_count_down() {
    let mut world = World::demo(7);
    world.registries.get_mut(LEGACY).unwrap().requests_per_minute = Some(2);
    let simulator = Simulator::start(world, Options::default()).unwrap();
    let url = format!("https://{LEGACY}/v2/");
    let status = async || client(&simulator).get(&url).send().await.unwrap();
    assert_eq!(status().await.status(), 401);
    assert_eq!(status().await.status(), 401);
    let first = status().await;
    assert_eq!(first.status(), 429);
    simulator.world().clock.advance(Duration::from_secs(20));
    let seconds = |answer: &reqwest::Response| {
        answer.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u32>()
            .unwrap()
    };
    assert!(seconds(&status().await) <= seconds(&first) - 20);
    simulator.world().clock.advance(Duration::from_secs(40));
    assert_eq!(status().await.status(), 401);
}

#[tokio::test]
async fn names_the_port_asked_when_reached_by_localhost() {
    let simulator = start();
    let port = simulator.address().port();
    let asked = format!("contosoproducts.localhost:{port}");
    let answer = client(&simulator)
        .get(format!("https://{asked}/v2/"))
        .send()
        .await
        .unwrap();
    let header = answer.headers()["www-authenticate"].to_str().unwrap();
    assert_eq!(
        header,
        format!("Bearer realm=\"https://{asked}/oauth2/token\",service=\"{asked}\"")
    );
}

#[tokio::test]
async fn an_owner_pushes_locks_and_deletes() {
    let mut world = World::demo(7);
    world.registries.get_mut(LEGACY).unwrap().access = DataPlaneAccess::Owner;
    let simulator = Simulator::start(world, Options::default()).unwrap();
    let token = access_token(&simulator, LEGACY, "repository:*:*").await;
    let client = client(&simulator);
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let body = r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":2},"layers":[{"size":40}]}"#;
    let url = format!("https://{LEGACY}/v2/new/thing/manifests/v1");
    let answer = client
        .put(&url)
        .bearer_auth(&token)
        .header("content-type", kind)
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let digest = answer.headers()["docker-content-digest"].to_str().unwrap().to_owned();
    let answer = client
        .get(&url)
        .bearer_auth(&token)
        .header("accept", kind)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), body);

    let tag = format!("https://{LEGACY}/acr/v1/new%2Fthing/_tags/v1");
    let lock = |delete: bool| {
        client
            .patch(&tag)
            .bearer_auth(&token)
            .body(json!({"deleteEnabled": delete}).to_string())
            .send()
    };
    let answer = json(lock(false).await.unwrap()).await;
    assert_eq!(answer["tag"]["changeableAttributes"]["deleteEnabled"], false);
    let delete = |url: String| client.delete(url).bearer_auth(&token).send();
    assert_eq!(delete(tag.clone()).await.unwrap().status(), 405);
    lock(true).await.unwrap();
    let answer = delete(tag.clone()).await.unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["x-ms-int-docker-content-digest"].to_str().unwrap()
        ),
        (202, digest.as_str())
    );
    assert_eq!(delete(tag).await.unwrap().status(), 404);
    let answer = json(delete(format!("https://{LEGACY}/acr/v1/new/thing")).await.unwrap()).await;
    assert_eq!(answer, json!({"manifestsDeleted": [digest], "tagsDeleted": []}));
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn lagging_replicas_show_changes_late() {
    let mut world = World::demo(7);
    world.registries.get_mut(LEGACY).unwrap().replica_lag_seconds = 30;
    let simulator = Simulator::start(world, Options::default()).unwrap();
    let token = access_token(&simulator, LEGACY, "repository:*:*").await;
    let digest = simulator.world().push_image(LEGACY, "orders/api", "fresh");
    let url = format!("https://{LEGACY}/acr/v1/orders/api/_tags/fresh");
    assert_eq!(get(&simulator, &url, &token).await.status(), 404);
    simulator.world().clock.advance(Duration::from_secs(31));
    let tag = json(get(&simulator, &url, &token).await).await;
    assert_eq!(tag["tag"]["digest"], digest);
    let hide = Change::Attributes {
        repository: "orders/api".to_owned(),
        item: Some(digest),
        attributes: Attributes {
            list_enabled: false,
            ..Attributes::default()
        },
    };
    simulator.world().change(LEGACY, hide);
    assert_eq!(simulator.world().registries[LEGACY].pending.len(), 1);
}

#[tokio::test]
async fn logs_requests_without_secrets_and_counts_them() {
    let simulator = Simulator::start(
        World::demo(7),
        Options {
            log_capacity: 2,
            ..Options::default()
        },
    )
    .unwrap();
    for path in ["a", "b", "c"] {
        client(&simulator)
            .get(format!("https://{LEGACY}/acr/v1/{path}?n=1"))
            .send()
            .await
            .unwrap();
    }
    let requests = simulator.requests();
    assert_eq!(simulator.count(Service::Registry), 3);
    assert_eq!(
        requests.iter().map(|request| request.path.as_str()).collect::<Vec<_>>(),
        ["/acr/v1/b", "/acr/v1/c"]
    );
    assert_eq!(
        (
            requests[0].status,
            requests[0].query.as_str(),
            requests[0].authorization_present
        ),
        (401, "n=1", false)
    );
}

/// Not a check but a measurement: run with `--release -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn measures_two_thousand_requests() {
    let simulator = Simulator::start(
        World::sized(1_000, 20),
        Options {
            log_capacity: 0,
            ..Options::default()
        },
    )
    .unwrap();
    let server = "bench.azurecr.io";
    let token = access_token(&simulator, server, "repository:*:*").await;
    let client = client(&simulator);
    let names: Vec<String> = simulator.world().registries[server]
        .repositories
        .keys()
        .cloned()
        .collect();
    let start = std::time::Instant::now();
    let tasks: Vec<_> = names
        .chunks(names.len() / 32)
        .map(|names| {
            let (names, client, token) = (names.to_vec(), client.clone(), token.clone());
            tokio::spawn(async move {
                for name in names {
                    for list in ["_tags", "_manifests"] {
                        let url = format!("https://bench.azurecr.io/acr/v1/{name}/{list}?n=1000");
                        let answer = client.get(url).bearer_auth(&token).send().await.unwrap();
                        assert_eq!(answer.status(), 200);
                        answer.bytes().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    println!("2,000 requests: {:?}", start.elapsed());
}
