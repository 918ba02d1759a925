//! `simulate`: the simulator for other clients, on a real socket, with a certificate in a file.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serves_other_clients_over_tls_with_a_certificate_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("ca.pem");
    let mut child = Command::new(env!("CARGO_BIN_EXE_acr-inventory"))
        .args([
            "simulate",
            "--listen",
            "127.0.0.1:0",
            "--repositories",
            "3",
            "--tags",
            "2",
            "--ca-file",
        ])
        .arg(&certificate)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    let _running = Running(child);
    let mut lines = BufReader::new(output).lines();
    let first = lines.next().unwrap().unwrap();
    let address: SocketAddr = first.split([' ', ';']).nth(2).unwrap().parse().unwrap();
    let settings: Vec<String> = lines
        .by_ref()
        .take_while(|line| !line.as_ref().unwrap().starts_with("Hosts"))
        .map(Result::unwrap)
        .collect();
    assert!(
        settings.iter().any(|line| line.contains("ACR_INVENTORY_RESOLVE_TO")),
        "{settings:?}"
    );

    let pem = std::fs::read(&certificate).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
        .resolve("bench.azurecr.io", address)
        .no_proxy()
        .build()
        .unwrap();
    let url = format!("https://bench.azurecr.io:{}/acr/v1/_catalog", address.port());
    let challenged = client.get(&url).send().await.unwrap();
    assert_eq!(challenged.status(), 401);
    let challenge = challenged.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert!(challenge.contains("scope=\"registry:catalog:*\""), "{challenge}");
    let body: Value = serde_json::from_slice(&challenged.bytes().await.unwrap()).unwrap();
    assert_eq!(body["errors"][0]["code"], "UNAUTHORIZED");
}

#[test]
fn listens_on_loopback_only() {
    let refused = Command::new(env!("CARGO_BIN_EXE_acr-inventory"))
        .args(["simulate", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("loopback"));
}

/// What a simulator that was asked `path` and then told to stop left behind: exit code, last words, truth file.
#[cfg(unix)]
async fn asked_and_stopped(path: &str) -> (Option<i32>, String, Value) {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, truth) = (folder.path().join("ca.pem"), folder.path().join("truth.json"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_acr-inventory"))
        .args(["simulate", "--truth-file"])
        .arg(&truth)
        .arg("--ca-file")
        .arg(&certificate)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    let address: SocketAddr = first.split([' ', ';']).nth(2).unwrap().parse().unwrap();
    assert!(lines.any(|line| line.contains("AZURE_CLIENT_SECRET=")));
    assert!(lines.any(|line| line.contains("contosolab.azurecr.io")));
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&std::fs::read(&certificate).unwrap()).unwrap()])
        .resolve("contosolab.azurecr.io", address)
        .no_proxy()
        .build()
        .unwrap();
    let url = format!("https://contosolab.azurecr.io:{}{path}", address.port());
    client.get(&url).send().await.unwrap();
    let kill = format!("kill {}", child.id());
    let killed = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(killed.success());
    let finished = child.wait_with_output().unwrap();
    let truth = serde_json::from_slice(&std::fs::read(&truth).unwrap()).unwrap();
    (
        finished.status.code(),
        String::from_utf8(finished.stderr).unwrap(),
        truth,
    )
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn says_at_the_end_what_it_was_asked_and_does_not_know() {
    let (code, said, truth) = asked_and_stopped("/v2/").await;
    assert_eq!(code, Some(0));
    assert_eq!(
        said,
        "requests: 1 to registries, 0 to Resource Manager, 0 to Resource Graph, 0 to Entra\n"
    );
    let (code, said, _) = asked_and_stopped("/acr/v2/_catalog").await;
    assert_eq!(code, Some(1));
    assert!(
        said.contains("not simulated: GET https://contosolab.azurecr.io/acr/v2/_catalog"),
        "{said}"
    );

    let products = &truth["registries"]["contosoproducts.azurecr.io"];
    assert_eq!(products["repositories"].as_object().unwrap().len(), 20);
    let hidden = &products["repositories"]["checkout/frontend"]["tags"]["hidden"];
    assert_eq!(hidden["attributes"]["listEnabled"], false);
    let platform = &truth["registries"]["platform-d4dafvhpevapbeaz.azurecr.io"];
    assert_eq!(platform["mode"], "AbacRepositoryPermissions");
    assert_eq!(platform["access"]["kind"], "prefixes");
}

#[test]
fn serves_the_world_of_postures() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_acr-inventory"))
        .args(["simulate", "--world", "postures", "--ca-file"])
        .arg(folder.path().join("ca.pem"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    let _running = Running(child);
    let mut lines = BufReader::new(output).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("tokensforever.azurecr.io")));
}
