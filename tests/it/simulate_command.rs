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
