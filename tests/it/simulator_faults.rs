//! Faults are injected into the requests they are told to, and do to the wire what they say.

use std::time::{Duration, Instant};

use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::world::{DataPlaneAccess, World};
use simulator::{Options, Service, Simulator};

use crate::support::{access_token, client};

const SERVER: &str = "contosoproducts.azurecr.io";

async fn with(effect: Effect) -> (Simulator, reqwest::Result<reqwest::Response>) {
    let simulator = Simulator::start(World::demo(7), Options::default()).unwrap();
    let token = access_token(&simulator, SERVER, "registry:catalog:*").await;
    simulator.faults().add(
        Rule::new(effect)
            .service(Service::Registry)
            .path("_catalog")
            .method("get")
            .times(1),
    );
    let answer = client(&simulator)
        .get(format!("https://{SERVER}/acr/v1/_catalog"))
        .bearer_auth(token)
        .send()
        .await;
    (simulator, answer)
}

#[tokio::test]
async fn status_garbage_redirect_and_header_replace_answers() {
    let status = Effect::Status {
        code: 503,
        retry_after: Some("7".to_owned()),
        body: "{}".to_owned(),
    };
    let (simulator, answer) = with(status).await;
    let answer = answer.unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["retry-after"].to_str().unwrap()
        ),
        (503, "7")
    );
    assert_eq!(simulator.faults().fired()["status"], 1);
    let again = client(&simulator)
        .get(format!("https://{SERVER}/acr/v1/_catalog"))
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 401);

    let (_simulator, answer) = with(Effect::Garbage).await;
    let answer = answer.unwrap();
    assert!(answer.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    let redirect = Effect::Redirect {
        location: "https://evil.example/".to_owned(),
        status: 307,
    };
    assert_eq!(
        with(redirect).await.1.unwrap().headers()["location"],
        "https://evil.example/"
    );
    let header = Effect::Header {
        name: "link".to_owned(),
        value: "<https://evil.example/>; rel=\"next\"".to_owned(),
    };
    let answer = with(header).await.1.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["link"].to_str().unwrap()),
        (200, "<https://evil.example/>; rel=\"next\"")
    );
}

#[tokio::test]
async fn resets_and_truncation_break_the_connection() {
    for effect in [Effect::ResetBefore, Effect::ResetAfter] {
        let (simulator, answer) = with(effect).await;
        let broken = match answer {
            Err(_) => true,
            Ok(answer) => answer.bytes().await.is_err(),
        };
        assert!(broken);
        drop(simulator);
    }
    let (_simulator, answer) = with(Effect::Truncate).await;
    let mut answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    let first = answer.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"{\"repositories\""));
    assert!(answer.chunk().await.is_err());
}

#[tokio::test]
async fn a_reset_after_has_taken_effect() {
    let mut world = World::demo(7);
    world.registries.get_mut(SERVER).unwrap().access = DataPlaneAccess::Owner;
    let simulator = Simulator::start(world, Options::default()).unwrap();
    let token = access_token(&simulator, SERVER, "repository:*:*").await;
    simulator.faults().add(Rule::new(Effect::ResetAfter).method("DELETE"));
    let url = format!("https://{SERVER}/acr/v1/orders/api");
    let answer = client(&simulator).delete(url).bearer_auth(token).send().await;
    assert!(answer.is_err() || answer.unwrap().bytes().await.is_err());
    assert!(
        !simulator.world().registries[SERVER]
            .repositories
            .contains_key("orders/api")
    );
}

#[tokio::test]
async fn slow_late_and_oversized_answers() {
    let start = Instant::now();
    let (_simulator, answer) = with(Effect::SlowBody(1_000)).await;
    assert_eq!(answer.unwrap().bytes().await.unwrap().last(), Some(&b'}'));
    let (_simulator, answer) = with(Effect::Delay(Duration::from_millis(100))).await;
    assert_eq!(answer.unwrap().status(), 200);
    assert!(start.elapsed() > Duration::from_millis(300));
    let (_simulator, answer) = with(Effect::Oversize(3_000_000)).await;
    let mut answer = answer.unwrap();
    let mut bytes = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        bytes += chunk.len();
    }
    assert_eq!(bytes, 3_000_000);
}

#[tokio::test]
async fn rules_skip_and_draw_from_the_seed() {
    let simulator = Simulator::start(World::demo(7), Options::default()).unwrap();
    let effect = Effect::Status {
        code: 500,
        retry_after: None,
        body: String::new(),
    };
    let asks = async || {
        client(&simulator)
            .get(format!("https://{SERVER}/v2/"))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    simulator.faults().add(Rule::new(effect.clone()).skip(1).times(1));
    assert_eq!([asks().await, asks().await, asks().await], [401, 500, 401]);
    simulator.faults().clear();
    simulator.faults().add(Rule::new(effect).probability(0.5));
    let mut runs = Vec::new();
    for _ in 0..2 {
        simulator.faults().seed(42);
        let mut run = Vec::new();
        for _ in 0..12 {
            run.push(asks().await);
        }
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].contains(&500) && runs[0].contains(&401));
}

#[tokio::test]
async fn a_body_takes_the_place_of_the_services_own() {
    let effect = Effect::Body {
        content_type: "application/json".to_owned(),
        body: "{\"repositories\":[\"x\"]}".into(),
    };
    let (simulator, answer) = with(effect).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.text().await.unwrap(), "{\"repositories\":[\"x\"]}");
    assert_eq!(simulator.faults().fired()["body"], 1);
}

#[tokio::test]
async fn a_header_also_reaches_an_answer_in_the_services_place() {
    let simulator = Simulator::start(World::demo(7), Options::default()).unwrap();
    let challenge = Effect::Header {
        name: "www-authenticate".to_owned(),
        value: "Bearer realm=\"https://evil.example/\"".to_owned(),
    };
    let denied = Effect::Status {
        code: 401,
        retry_after: None,
        body: String::new(),
    };
    simulator.faults().add(Rule::new(challenge));
    simulator.faults().add(Rule::new(denied));
    let answer = client(&simulator)
        .get(format!("https://{SERVER}/v2/"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(
        answer.headers()["www-authenticate"],
        "Bearer realm=\"https://evil.example/\""
    );
}
