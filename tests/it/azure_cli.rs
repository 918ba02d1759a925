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
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.contains("for simulators only"))
        .collect();
    let line = "acr-inventory: not signed in (az not found on PATH): run `az login`, or say who you are with another --credential";
    assert_eq!(lines, [line]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_out_is_told_in_one_line_what_to_do() {
    let tenant = Tenant::start(World::sized(1, 1), Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // As the Azure CLI says it, and the Azure Developer CLI.
    for (tool, says) in [
        ("az", "ERROR: Please run 'az login' to setup account."),
        ("azd", "ERROR: not logged in, run `azd auth login` to login"),
    ] {
        let tool = folder.path().join(tool);
        let says = says.replace('`', "\\`");
        std::fs::write(&tool, format!("#!/bin/sh\necho \"{says}\" >&2\nexit 1\n")).unwrap();
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let stored = folder.path().join("inventory").display().to_string();
    for arguments in [
        vec!["collect", "--output", &stored],
        vec!["audit"],
        vec!["access", "--registry", "bench"],
        vec![
            "audit",
            "--from",
            "https://contosoinventory.blob.core.windows.net/inventory",
        ],
    ] {
        let ended = tokio::task::block_in_place(|| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_acr-inventory"));
            command
                .args(&arguments)
                .env_clear()
                .env("PATH", &path)
                .envs(tenant.network_settings());
            command.output().unwrap()
        });
        let said = String::from_utf8(ended.stderr).unwrap();
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.contains("for simulators only"))
            .collect();
        assert_eq!(
            (ended.status.code(), lines.len()),
            (Some(2), 1),
            "{arguments:?}: {said}"
        );
        assert!(lines[0].starts_with("acr-inventory: not signed in ("), "{said}");
        assert!(
            lines[0].contains("run `az login` or `azd auth login`, or say who you are"),
            "{said}"
        );
    }
    assert_eq!(tenant.simulator.requests().len(), 0);
}
