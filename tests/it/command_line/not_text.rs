//! Settings that are no text (not UTF-8): named, never taken for absent.

#![cfg(unix)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use simulator::Service;
use simulator::world::World;
use tokio::process::Command;

use super::Bench;

const LATIN_1: &[u8] = b"b\xfcro";

async fn run(bench: &Bench, setting: Option<&str>, arguments: &[&OsStr]) -> (Option<i32>, String) {
    let settings = bench.tenant.application_settings(&bench.output().display().to_string());
    let mut command = Command::new(env!("CARGO_BIN_EXE_acr-inventory"));
    command.args(arguments).env_clear().envs(settings);
    if let Some(setting) = setting {
        command.env(setting, OsStr::from_bytes(LATIN_1));
    }
    let output = command.kill_on_drop(true).output().await.unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_is_not_utf8_is_named_and_nothing_is_asked() {
    let bench = Bench::start(World::demo(1));
    for setting in [
        "ACR_NAME",
        "ACR_INVENTORY_REGISTRIES",
        "ACR_INVENTORY_EXCLUDE",
        "ACR_INVENTORY_SUBSCRIPTIONS",
        "ACR_INVENTORY_STORE",
        "ACR_INVENTORY_LOG",
        "AZURE_CLIENT_SECRET",
        "SSL_CERT_FILE",
        "HTTPS_PROXY",
        "no_proxy",
    ] {
        let (code, stderr) = run(&bench, Some(setting), &["collect".as_ref()]).await;
        assert_eq!(code, Some(2), "{setting}: {stderr}");
        assert!(stderr.contains(&format!("setting {setting}: not UTF-8")), "{stderr}");
    }
    let (code, stderr) = run(&bench, Some("ACR_INVENTORY_WEBHOOK_SECRET"), &["serve".as_ref()]).await;
    assert_eq!(code, Some(2), "{stderr}");
    assert!(
        stderr.contains("setting ACR_INVENTORY_WEBHOOK_SECRET: not UTF-8"),
        "{stderr}"
    );
    for service in [Service::Authority, Service::ResourceGraph, Service::Registry] {
        assert_eq!(bench.requests(service), 0, "{service:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_that_is_not_utf8_is_refused() {
    let bench = Bench::start(World::demo(1));
    for flag in ["--registry", "--output", "--store"] {
        let arguments = ["collect".as_ref(), flag.as_ref(), OsStr::from_bytes(LATIN_1)];
        let (code, stderr) = run(&bench, None, &arguments).await;
        assert_eq!(code, Some(2), "{flag}: {stderr}");
        assert!(stderr.contains("UTF-8"), "{flag}: {stderr}");
    }
    assert_eq!(bench.requests(Service::ResourceGraph), 0);
}
