//! The developer's own sign-in: the credential asks the Azure CLI, once per audience.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use simulator::Options;
use simulator::tenant::Tenant;
use simulator::tokens;
use simulator::world::World;
use simulator::world::settings::PRINCIPAL_ID;

/// A stand-in for `az` that gives a token per scope and counts its calls.
fn write_az(folder: &Path, arm: &str, registry: &str) {
    let script = format!(
        "#!/bin/sh\necho call >> {calls}\ncase \"$*\" in *containerregistry*) token={registry};; *) token={arm};; esac\n\
         printf '{{\"accessToken\":\"%s\",\"expiresOn\":\"2099-01-01 00:00:00.000000\",\"expires_on\":4070908800,\"subscription\":\"s\",\"tenant\":\"t\",\"tokenType\":\"Bearer\"}}' \"$token\"\n",
        calls = folder.join("calls").display(),
    );
    let az = folder.join("az");
    std::fs::write(&az, script).unwrap();
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn collect(tenant: &Tenant, path: &str, output: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acr-inventory"))
        .args([
            "collect",
            "--credential",
            "azure-cli",
            "--registry",
            "bench",
            "--output",
        ])
        .arg(output)
        .env_clear()
        .env("PATH", path)
        .envs(tenant.network_settings())
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_the_azure_cli_once_per_audience() {
    let tenant = Tenant::start(World::sized(20, 1), Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let now = tenant.simulator.world().clock.now();
    let token = |audience| tokens::entra(audience, PRINCIPAL_ID, now, 3_600);
    write_az(
        folder.path(),
        &token("https://management.azure.com"),
        &token("https://containerregistry.azure.net"),
    );
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let output = folder.path().join("inventory");
    let finished = tokio::task::block_in_place(|| collect(&tenant, &path, &output));
    assert_eq!(
        finished.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&finished.stderr)
    );
    let calls = std::fs::read_to_string(folder.path().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 2);
    assert_eq!(tenant.simulator.violations(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_azure_cli_it_says_so() {
    let tenant = Tenant::start(World::sized(1, 1), Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("empty").display().to_string();
    let finished = tokio::task::block_in_place(|| collect(&tenant, &nowhere, &folder.path().join("inventory")));
    assert_eq!(finished.status.code(), Some(2));
    let said = String::from_utf8(finished.stderr).unwrap();
    assert!(said.contains("az not found on PATH"), "{said}");
}
