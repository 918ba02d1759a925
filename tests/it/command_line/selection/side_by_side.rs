//! One that is killed, and one that runs, while another asks for something else in the same directory.

use std::process::Stdio;
use std::time::Duration;

use simulator::tenant::Tenant;
use simulator::{Options, Service};
use tokio::process::{Child, Command};

use super::{Bench, read, world};

/// A `collect` that has begun to read its registry; slow, so that another can come meanwhile.
async fn begun(bench: &Bench, arguments: &[&str]) -> Child {
    let settings = bench.tenant.application_settings(&bench.output().display().to_string());
    let child = Command::new(env!("CARGO_BIN_EXE_acr-inventory"))
        .arg("collect")
        .args(arguments)
        .env_clear()
        .envs(settings)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let reads = async {
        while bench.requests(Service::Registry) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reads).await.unwrap();
    child
}

fn slow() -> Bench {
    let options = Options {
        latency: Duration::from_millis(100),
        ..Options::default()
    };
    Bench {
        tenant: Tenant::start(world(), options).unwrap(),
        folder: tempfile::tempdir().unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_one_that_was_killed_the_other_is_read() {
    let bench = slow();
    begun(&bench, &["--registry", "bench"]).await.kill().await.unwrap();
    bench.collect(&["--registry", "beta"]).await.expect(0);
    assert_eq!(read(&bench), ["beta"]);
    bench.collect(&["--registry", "bench"]).await.expect(0);
    assert_eq!(read(&bench), ["bench", "beta"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_terminals_on_one_directory_read_what_each_asks_for() {
    let bench = slow();
    let mut first = begun(&bench, &["--registry", "bench"]).await;
    bench.collect(&["--registry", "beta"]).await.expect(0);
    assert_eq!(first.wait().await.unwrap().code(), Some(0));
    assert_eq!(read(&bench), ["bench", "beta"]);
}
