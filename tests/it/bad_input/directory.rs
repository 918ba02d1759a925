//! Output directories that cannot be written, and documents in them that cannot be read, through the built binary.

use simulator::Service;
use simulator::world::World;

use crate::command_line::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_cannot_be_made_is_named_before_anything_is_asked() {
    let bench = Bench::start(World::sized(1, 1));
    // Nobody can make a directory there, root neither.
    let output = "/proc/self/inventory";
    let ended = bench.collect(&["--output", output]).await.expect(2);
    assert!(ended.stderr.contains(output), "{}", ended.stderr);
    assert_eq!(bench.requests(Service::Registry), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_may_not_be_written_is_named_and_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::start(World::sized(1, 1));
    let output = bench.output();
    std::fs::create_dir(&output).unwrap();
    std::fs::set_permissions(&output, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(output.join("probe"), "").is_ok() {
        println!("skipped: whoever runs this may write everywhere (root)");
        return;
    }
    let ended = bench.collect(&[]).await.expect(2);
    assert!(ended.stderr.contains("storage refused access"), "{}", ended.stderr);
    assert!(ended.stderr.contains(&output.display().to_string()), "{}", ended.stderr);
    assert_eq!(bench.requests(Service::Registry), 0);
    assert_eq!(std::fs::read_dir(&output).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing_at_all() {
    let bench = Bench::start(World::sized(2, 1));
    bench.collect(&["--dry-run"]).await.expect(0);
    assert!(!bench.output().exists(), "the directory was created");
    // Where it could not be created either, a look is still possible.
    let file = bench.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let output = file.join("inventory").display().to_string();
    bench.collect(&["--dry-run", "--output", &output]).await.expect(0);
    bench.collect(&[]).await.expect(0);
    let before = bench.everything();
    let ended = bench.collect(&["--dry-run"]).await.expect(0);
    assert!(ended.stdout.contains("(2 repositories known)"), "{}", ended.stdout);
    assert_eq!(bench.everything(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_cannot_be_read_are_named_and_left_alone() {
    let bench = Bench::start(World::sized(3, 2));
    bench.collect(&[]).await.expect(0);
    let registry = "v2/registries/bench.azurecr.io";
    let repository = bench.find(&format!("{registry}/repositories/"), "000001,lists.ndjson");
    for (name, code) in [(repository.as_str(), 1), ("v2/state/bench.azurecr.io/refresh.json", 2)] {
        let right = bench.text(name);
        let newer = right.replacen("\"schemaVersion\":1", "\"schemaVersion\":2", 1);
        let newer = newer.replacen("\"schemaVersion\": 1", "\"schemaVersion\": 2", 1);
        // A document of lines that is cut off counts as absent in a directory.
        let cut_off = (code == 2).then(|| right[..right.len() / 2].to_owned());
        let foreign = " ".repeat((32 << 20) + 1);
        for bad in [newer, foreign].into_iter().chain(cut_off) {
            std::fs::write(bench.output().join(name), &bad).unwrap();
            let ended = bench.collect(&[]).await.expect(code);
            assert!(
                ended.stderr.contains("(stored-document-unreadable)"),
                "{}",
                ended.stderr
            );
            assert!(ended.stderr.contains(name), "{name}: {}", ended.stderr);
            assert_eq!(
                bench.document(&format!("{registry}/registry.json"))["status"]["completeness"],
                "partial"
            );
            assert!(bench.text(name) == bad, "{name} was written over");
        }
        std::fs::write(bench.output().join(name), &right).unwrap();
        bench.collect(&[]).await.expect(0);
    }
}

/// Documents of lines are not synced, and a machine may lose its power at any time.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_a_loss_of_power_cut_off_is_written_anew() {
    let bench = Bench::start(World::sized(3, 2));
    bench.collect(&[]).await.expect(0);
    let folder = "v2/registries/bench.azurecr.io/repositories/";
    let name = bench.find(folder, "000001,lists.ndjson");
    let right = bench.text(&name);
    let line = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let last = right.trim_end().rfind('\n').unwrap();
    let zeros = "\0".repeat(right.len());
    for bad in ["", &right[..10], &right[..right.len() / 2], &right[..=last], &zeros] {
        std::fs::write(bench.output().join(&name), bad).unwrap();
        bench.collect(&[]).await.expect(0);
        assert_eq!(line(&bench.text(&name)), line(&right), "{bad:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_current_run_that_cannot_be_read_is_named() {
    let bench = Bench::start(World::sized(1, 1));
    bench.collect(&[]).await.expect(0);
    let current = bench.output().join("v2/runs/current.json");
    std::fs::write(&current, "{\"schemaVersion\":2}").unwrap();
    let before = bench.everything();
    let ended = bench.collect(&[]).await.expect(2);
    assert!(
        ended.stderr.contains("v2/runs/current.json cannot be read"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("schema version 2"), "{}", ended.stderr);
    assert_eq!(bench.everything(), before);
}
