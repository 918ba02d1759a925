//! `--from`: which of the stored registries are meant, and places without an inventory.

use serde_json::Value;
use simulator::world::World;
use simulator::world::seed::demo::PLATFORM;

use super::{Bench, Ended, run};

/// The demo's registries that can be read, collected.
async fn collected() -> Bench {
    let bench = Bench::start(World::demo(1));
    bench.collect(&[]).await.expect(1);
    bench
}

async fn audit(bench: &Bench, more: &[&str]) -> Ended {
    let folder = bench.output().display().to_string();
    run(&[], &[&["audit", "--from", &folder, "--format", "json"], more].concat()).await
}

/// Login servers of an audit in JSON.
fn servers(ended: &Ended) -> Vec<String> {
    let audited: Value = serde_json::from_str(&ended.stdout).unwrap();
    let audited = audited.as_array().unwrap().iter();
    audited
        .map(|registry| registry["loginServer"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_from_what_is_stored_covers_what_is_asked_for() {
    let bench = collected().await;
    let id = bench.tenant.simulator.world().registries["contosolab.azurecr.io"].id();
    let all = servers(&audit(&bench, &[]).await);
    assert!(all.len() > 3, "{all:?}");
    let lab = ["contosolab.azurecr.io"];
    for given in [
        "contosolab",
        "contosolab.azurecr.io",
        "https://ContosoLab.azurecr.io/",
        &id,
    ] {
        assert_eq!(servers(&audit(&bench, &["--registry", given]).await), lab, "{given}");
    }
    assert_eq!(servers(&audit(&bench, &["--include", "contosol*"]).await), lab);
    let others = servers(&audit(&bench, &["--exclude", "contosol*"]).await);
    assert_eq!(others.len(), all.len() - 1);
    assert!(!others.contains(&lab[0].to_owned()), "{others:?}");
    let of_platform = servers(&audit(&bench, &["--subscription", PLATFORM]).await);
    let wanted = ["contosovault.azurecr.io", "platform-d4dafvhpevapbeaz.azurecr.io"];
    assert_eq!(of_platform, wanted);
    let two = ["--registry", "contosolab", "--registry", "platform"];
    assert_eq!(servers(&audit(&bench, &two).await), [lab[0], wanted[1]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_collected_one_after_the_other_is_all_there() {
    let bench = Bench::start(World::demo(1));
    for registry in ["contosolab", "contosoproducts", "contosolab"] {
        bench.collect(&["--registry", registry]).await;
    }
    let both = ["contosolab.azurecr.io", "contosoproducts.azurecr.io"];
    assert_eq!(servers(&audit(&bench, &[]).await), both);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_audit_says_that_it_was_judged_otherwise() {
    let bench = collected().await;
    let of_lab = ["--registry", "contosolab"];
    let plain = audit(&bench, &of_lab).await;
    assert!(!plain.stderr.contains("as it was judged"), "{}", plain.stderr);
    for (more, said) in [
        (["--production-tag", "v*"], "by the production tags of then"),
        (["--profile", "strict"], "by the profile default"),
    ] {
        let ended = audit(&bench, &[&of_lab[..], &more].concat()).await;
        assert!(ended.stderr.contains(said), "{more:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, plain.stdout, "{more:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_inventory_does_not_have_is_named() {
    let bench = collected().await;
    let ended = audit(&bench, &["--registry", "nosuch", "--registry", "contosolab"])
        .await
        .expect(1);
    assert_eq!(servers(&ended), ["contosolab.azurecr.io"]);
    assert!(
        ended.stderr.contains("no registry named \"nosuch\""),
        "{}",
        ended.stderr
    );
    let folder = bench.output().display().to_string();
    for more in [
        ["--registry", "nosuch"],
        ["--registry", "nosuch.azurecr.io"],
        ["--include", "nosuch*"],
        ["--subscription", "00000000-0000-4000-8000-00000000ffff"],
    ] {
        let ended = audit(&bench, &more).await.expect(2);
        assert_eq!(ended.stdout, "");
        assert!(ended.stderr.contains(&folder), "{more:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("Reader"), "{more:?}: {}", ended.stderr);
        let access = [&["access", "--from", &folder, "--action", "list-catalog"], &more[..]].concat();
        let ended = run(&[], &access).await.expect(2);
        assert!(ended.stderr.contains(&folder), "{more:?}: {}", ended.stderr);
    }
    // Of several one has to be named, and they are shown.
    let ended = run(&[], &["access", "--from", &folder, "--action", "list-catalog"])
        .await
        .expect(2);
    assert!(ended.stderr.contains("contosolab.azurecr.io"), "{}", ended.stderr);
    let one = [
        "access",
        "--from",
        &folder,
        "--include",
        "contosol*",
        "--action",
        "list-catalog",
    ];
    let ended = run(&[], &one).await;
    assert_ne!(ended.code, Some(2), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_without_an_inventory_is_named_without_advice_about_roles() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("inventroy").display().to_string();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    for place in [missing.clone(), file.display().to_string(), empty.display().to_string()] {
        for command in [
            vec!["audit", "--from", &place],
            vec!["audit", "--from", &place, "--registry", "contosolab"],
            vec!["access", "--from", &place, "--action", "list-catalog"],
            vec![
                "access",
                "--from",
                &place,
                "--registry",
                "contosolab.azurecr.io",
                "--action",
                "list-catalog",
            ],
            vec!["access", "--from", &place, "--question", "deleting-tokens"],
        ] {
            let ended = run(&[], &command).await.expect(2);
            let wanted = format!("no inventory at {place}");
            assert!(ended.stderr.contains(&wanted), "{command:?}: {}", ended.stderr);
            assert!(!ended.stderr.contains("Reader"), "{command:?}: {}", ended.stderr);
        }
    }
    assert!(!std::path::Path::new(&missing).exists(), "a look makes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_that_a_command_would_not_heed_are_refused() {
    let bench = Bench::start(World::sized(1, 1));
    let folder = bench.output().display().to_string();
    for more in ["--preview", "--callback-addresses", "--names", "--save"] {
        let ended = run(&[], &["audit", "--from", &folder, more]).await.expect(2);
        assert!(ended.stderr.contains(more), "{}", ended.stderr);
    }
    let settings = bench.tenant.function_app_settings(&folder);
    for more in [
        ["--registry", "bench"],
        ["--subscription", "s"],
        ["--include", "b*"],
        ["--exclude", "b*"],
    ] {
        let ended = run(&settings, &[&["replay", "--dry-run"], &more[..]].concat())
            .await
            .expect(2);
        assert!(ended.stderr.contains(more[0]), "{}", ended.stderr);
    }
}
