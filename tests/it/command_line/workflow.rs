//! The nightly audit of tests/README.md, run as it stands there: its steps over a simulated tenant, two nights long.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;
use simulator::tokens;
use simulator::world::World;
use simulator::world::settings::PRINCIPAL_ID;
use tokio::process::Command;

use super::Bench;

const LAB: &str = "contosolab.azurecr.io";

/// What the steps of the workflow run, but for building the program.
fn steps() -> Vec<String> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/README.md")).unwrap();
    let (_, workflow) = page.split_once("```yaml\nname: audit\n").unwrap();
    let (workflow, _) = workflow.split_once("```").unwrap();
    let mut steps: Vec<String> = Vec::new();
    let mut inside = false;
    for line in workflow.lines() {
        let indented = line.len() - line.trim_start().len();
        match line.trim_start().strip_prefix("- run: ") {
            Some("|") => {
                steps.push(String::new());
                inside = true;
            }
            Some(one) => {
                steps.push(one.to_owned());
                inside = false;
            }
            None if inside && indented > 6 => {
                let step = steps.last_mut().unwrap();
                step.push_str(line.trim_start());
                step.push('\n');
            }
            None => inside = false,
        }
    }
    steps.retain(|step| !step.starts_with("cargo build"));
    assert_eq!(steps.len(), 4, "{steps:#?}");
    steps
}

/// A stand-in for `az` that gives tokens of the tenant.
fn write_az(folder: &Path, bench: &Bench) {
    let now = bench.tenant.simulator.world().clock.now();
    let token = |audience| tokens::entra(audience, PRINCIPAL_ID, now, 3_600);
    let (arm, registry) = (
        token("https://management.azure.com"),
        token("https://containerregistry.azure.net"),
    );
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *containerregistry*) token={registry};; *) token={arm};; esac\n\
         printf '{{\"accessToken\":\"%s\",\"expires_on\":4070908800,\"subscription\":\"s\",\"tenant\":\"t\",\"tokenType\":\"Bearer\"}}' \"$token\"\n"
    );
    let az = folder.join("az");
    std::fs::write(&az, script).unwrap();
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// One night: the exit code of each step, and what the last one said.
async fn night(bench: &Bench) -> (Vec<i32>, String) {
    let folder = bench.folder.path();
    let program = Path::new(env!("CARGO_BIN_EXE_acr-inventory")).parent().unwrap();
    let path = format!("{}:{}:/usr/bin:/bin", folder.display(), program.display());
    let (mut codes, mut said) = (Vec::new(), String::new());
    for step in steps() {
        let mut command = Command::new("bash");
        command.args(["-e", "-c", &step]).current_dir(folder).env_clear();
        command.env("PATH", &path).envs(bench.tenant.network_settings());
        let output = command.output().await.unwrap();
        codes.push(output.status.code().unwrap());
        said = String::from_utf8(output.stderr).unwrap();
    }
    (codes, said)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nightly_audit_fails_on_what_is_new_and_not_waived() {
    let bench = Bench::start(World::demo(7));
    let folder = bench.folder.path();
    write_az(folder, &bench);
    std::fs::create_dir(folder.join("audit")).unwrap();
    let waiver = "[[waiver]]\nrule = \"defender-for-containers\"\nregistry = \"*\"\nreason = \"Another scanner looks.\"\nowner = \"security\"\nexpires = 2999-12-31\n";
    std::fs::write(folder.join("audit/waivers.toml"), waiver).unwrap();
    // Some registries of the demo cannot be read in full.
    let (codes, said) = night(&bench).await;
    assert_eq!(codes, [0; 4], "{said}");
    let results = |name: &str| -> Vec<Value> {
        let log: Value = serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap();
        log["runs"][0]["results"].as_array().unwrap().clone()
    };
    let suppressed = |results: &[Value]| {
        let found = results
            .iter()
            .filter(|result| result["suppressions"] != serde_json::json!([]));
        found
            .map(|result| result["ruleId"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let found = suppressed(&results("audit.sarif"));
    assert!(
        found.len() > 2 && found.iter().all(|rule| rule == "defender-for-containers"),
        "{found:?}"
    );
    std::fs::copy(folder.join("audit.ndjson"), folder.join("audit/baseline.ndjson")).unwrap();
    let (codes, said) = night(&bench).await;
    assert_eq!(codes, [0; 4], "{said}");
    assert!(said.contains(": 0 of "), "{said}");
    // Somebody opens a registry to everybody.
    let server = "contosoproducts.azurecr.io";
    bench
        .tenant
        .simulator
        .world()
        .registries
        .get_mut(server)
        .unwrap()
        .properties["adminUserEnabled"] = true.into();
    let (codes, said) = night(&bench).await;
    assert_eq!(codes, [0, 0, 0, 1], "{said}");
    assert!(
        said.contains(&format!("{server}: admin-user-disabled (high)")),
        "{said}"
    );
    assert!(
        !said.contains(&format!("{LAB}: admin-user-disabled")),
        "it was known there: {said}"
    );
    // Accepted, it is no failure any more.
    let accepted = waiver.to_owned() + &waiver.replace("defender-for-containers", "admin-user-disabled");
    std::fs::write(folder.join("audit/waivers.toml"), accepted).unwrap();
    let (codes, said) = night(&bench).await;
    assert_eq!(codes, [0; 4], "{said}");
    bench.assert_no_violation();
}
