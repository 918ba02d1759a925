//! A disk that takes no more: named, and what was there is still there.

use std::process::Stdio;

use simulator::world::World;
use tokio::process::Command;

use super::SERVER;
use crate::command_line::{Bench, Ended};

/// Runs `script` in bash with the built binary as `$1` and the output directory as `$2`, as the tenant's application.
async fn bash(bench: &Bench, wrapper: &[&str], script: &str) -> Ended {
    let output = bench.output().display().to_string();
    let mut words = wrapper.to_vec();
    words.extend([
        "bash",
        "-c",
        script,
        "bash",
        env!("CARGO_BIN_EXE_acr-inventory"),
        &output,
    ]);
    let ended = Command::new(words[0])
        .args(&words[1..])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(bench.tenant.application_settings(&output))
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    Ended {
        code: ended.status.code(),
        stdout: String::from_utf8(ended.stdout).unwrap(),
        stderr: String::from_utf8(ended.stderr).unwrap(),
    }
}

/// A limit on the size of a file is the fullest disk that needs no rights: small documents fit, large ones do not.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_does_not_fit_is_named_and_the_one_before_stays() {
    let bench = Bench::start(World::sized(2, 100));
    bench.collect(&[]).await.expect(0);
    let prefix = format!("v2/registries/{SERVER}/repositories/");
    let name = bench.find(&prefix, "000001,lists.ndjson");
    let repository = name
        .strip_prefix(&prefix)
        .unwrap()
        .strip_suffix(",lists.ndjson")
        .unwrap();
    bench
        .tenant
        .simulator
        .world()
        .push_image(SERVER, repository, "does-not-fit");
    let documents = |bench: &Bench| {
        let everything = bench.everything().into_iter();
        everything
            .filter(|(name, _)| name.starts_with(&prefix))
            .collect::<Vec<_>>()
    };
    let before = documents(&bench);
    assert!(before.iter().all(|(_, bytes)| bytes.len() > 16 << 10));
    // Ignored, the signal becomes an error of the write.
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$1\" collect";
    let ended = bash(&bench, &[], limited).await.expect(2);
    assert!(
        ended.stderr.contains(&format!("no space left writing {name}")),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("(store)"), "{}", ended.stderr);
    assert_eq!(documents(&bench), before);
    assert_eq!(bench.leftovers(), 0);
    bench.collect(&[]).await.expect(0);
    assert!(bench.text(&name).contains("\"does-not-fit\""));
}

/// A file system of its own in a namespace of its own, where those may be had.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_or_read_only_file_system_is_named_and_what_was_there_stays() {
    let bench = Bench::start(World::sized(2, 5));
    std::fs::create_dir(bench.output()).unwrap();
    let namespace = ["unshare", "--user", "--map-root-user", "--mount"];
    let mount = "mount -t tmpfs -o size=256k tmpfs \"$2\" 2>/dev/null || exit 77";
    let script = format!(
        "{mount}
        cd \"$2\"
        \"$1\" collect || exit 70
        find v2 -type f -exec sha256sum {{}} + >/dev/shm/before.$$ || exit 71
        dd if=/dev/zero of=filler bs=1k 2>/dev/null
        \"$1\" collect; echo \"full: $?\"
        rm filler
        mount -o remount,ro \"$2\" || exit 72
        \"$1\" collect; echo \"read-only: $?\"
        sha256sum --quiet -c /dev/shm/before.$$ && echo intact
        find .tmp -type f | wc -l
        rm /dev/shm/before.$$"
    );
    let ended = bash(&bench, &namespace, &script).await;
    if ended.code == Some(77) || ended.stderr.contains("unshare:") {
        println!("skipped: no file system can be mounted here: {}", ended.stderr);
        return;
    }
    let ended = ended.expect(0);
    let said: Vec<&str> = ended.stdout.lines().rev().take(4).collect();
    assert_eq!(said, ["0", "intact", "read-only: 2", "full: 2"], "{ended:?}");
    assert!(
        ended.stderr.contains("no space left writing v2/runs/"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("storage refused access to"), "{}", ended.stderr);
}
