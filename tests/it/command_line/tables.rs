//! Tables as people see them: on terminals of 80 and 200 columns, without colours, in a plain language, in a pipe.

pub(super) mod terminal;

use std::collections::BTreeMap;

use simulator::world::{RoleAssignmentMode, World};

use super::{Bench, run};
use terminal::{on_terminal, without_colours};

const TEAM: &str = "aaaa0000-0000-4000-8000-000000000001";
const READER: &str = "aaaa0000-0000-4000-8000-000000000002";

/// Every command that prints a table about what is there, by the name of its snapshots.
const COMMANDS: [(&str, &[&str]); 11] = [
    ("audit", &["audit"]),
    ("audit-all", &["audit", "--all", "--registry", "contosolab"]),
    ("access", &["access", "--registry", "contosoproducts"]),
    ("access-token", &["access", "--registry", "contosolab"]),
    (
        "access-action",
        &[
            "access",
            "--registry",
            "contosoproducts",
            "--action",
            "pull",
            "--repository",
            "team/app",
        ],
    ),
    (
        "access-overwrite",
        &[
            "access",
            "--registry",
            "contosolab",
            "--question",
            "overwrite",
            "--repository",
            "scratch",
            "--tag",
            "1.0.3",
        ],
    ),
    (
        "access-unsigned",
        &[
            "access",
            "--registry",
            "contosopublic",
            "--question",
            "anonymous-unsigned",
        ],
    ),
    (
        "access-tokens",
        &["access", "--registry", "contosolab", "--question", "deleting-tokens"],
    ),
    (
        "access-production",
        &[
            "access",
            "--registry",
            "contosolab",
            "--question",
            "production-writers",
            "--production-tag",
            "1.*",
        ],
    ),
    (
        "access-switch",
        &["access", "--registry", "contosovault", "--simulate-abac"],
    ),
    ("check-roles", &["check", "--roles"]),
];

fn world() -> World {
    let mut world = World::demo(7);
    let registry = world.registries.get_mut("contosoproducts.azurecr.io").unwrap();
    registry.mode = RoleAssignmentMode::Abac;
    let id = registry.id();
    world.assign("AcrPull", READER, "User", &id);
    let only = "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWith 'team/'";
    let assignment = world.assign("Container Registry Repository Writer", TEAM, "User", &id);
    assignment["properties"]["condition"] = only.into();
    assignment["properties"]["conditionVersion"] = "2.0".into();
    world
}

fn assert_table(name: &str, text: &str) {
    insta::with_settings!({prepend_module_to_snapshot => false, description => name}, {
        insta::assert_snapshot!(name, text);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_fits_and_says_the_same_with_and_without_colours() {
    let bench = Bench::start(world());
    bench.collect(&[]).await.expect(1);
    let settings = bench.tenant.application_settings(&bench.output().display().to_string());
    let terminal = async |arguments: &[&str], columns, further: &[(&str, &str)]| {
        let mut all: BTreeMap<String, String> = settings.iter().cloned().collect();
        let usual = [("LANG", "C.UTF-8"), ("TERM", "xterm-256color")];
        all.extend(
            usual
                .iter()
                .chain(further)
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        on_terminal(all, arguments, columns).await
    };
    for (name, arguments) in COMMANDS {
        let piped = run(&settings, arguments).await.stdout;
        assert!(!piped.contains('\u{1b}') && piped.contains('│'), "{name}: {piped}");
        let cells = |text: &str| text.lines().filter(|line| line.starts_with('│')).count();
        for columns in [80, 200] {
            let plain = terminal(arguments, columns, &[("NO_COLOR", "1")]).await;
            assert!(!plain.contains('\u{1b}'), "{name}: {plain}");
            let table: Vec<&str> = plain
                .lines()
                .filter(|line| line.starts_with(['┌', '│', '╞', '└']))
                .collect();
            for line in &table {
                assert!(
                    console::measure_text_width(line) <= usize::from(columns),
                    "{name}: {line}"
                );
            }
            // Nothing is wrapped: as many lines as in a pipe.
            assert_eq!(cells(&plain), cells(&piped), "{name}: {plain}");
            assert_table(&format!("{name}-{columns}"), &plain);
            let coloured = terminal(arguments, columns, &[]).await;
            assert_eq!(without_colours(&coloured), plain, "{name}");
        }
        let ascii = terminal(arguments, 80, &[("LC_ALL", "C")]).await;
        let table = ascii
            .lines()
            .map(without_colours)
            .filter(|line| line.starts_with(['+', '|']));
        let table: Vec<String> = table.collect();
        assert!(
            table.len() > 3 && table.iter().all(|line| line.is_ascii() && line.len() <= 80),
            "{name}: {ascii}"
        );
        if name == "audit" {
            assert_table("audit-ascii", &without_colours(&ascii));
            assert_table("audit-pipe", &piped);
            assert_table(
                "audit-colours",
                &terminal(arguments, 80, &[]).await.replace('\u{1b}', "␛"),
            );
        }
    }
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_a_run_fits() {
    for columns in [80, 200] {
        let bench = Bench::start(World::demo(1));
        let mut settings: BTreeMap<String, String> = bench
            .tenant
            .application_settings(&bench.output().display().to_string())
            .into_iter()
            .collect();
        settings
            .extend([("LANG", "C.UTF-8"), ("TERM", "xterm")].map(|(name, value)| (name.to_owned(), value.to_owned())));
        let coloured = on_terminal(settings, &["collect"], columns).await;
        let plain = without_colours(&coloured);
        assert_table(&format!("collect-{columns}"), &plain);
        // By completeness.
        for (word, colour) in [("complete", "38;5;2"), ("partial", "38;5;3"), ("forbidden", "38;5;1")] {
            assert!(coloured.contains(&format!("\u{1b}[{colour}m{word}")), "{coloured:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_as_the_user_wants_them() {
    let bench = Bench::start(World::demo(1));
    bench.collect(&["--registry", "contosolab"]).await.expect(0);
    let folder = bench.output().display().to_string();
    let arguments = ["audit", "--from", &folder];
    let piped = async |further: &[(&str, &str)]| {
        let mut settings = bench.tenant.application_settings(&folder);
        settings.extend(
            further
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        run(&settings, &arguments).await.stdout.contains('\u{1b}')
    };
    assert!(!piped(&[("TERM", "xterm")]).await);
    assert!(piped(&[("CLICOLOR_FORCE", "1")]).await);
    assert!(!piped(&[("CLICOLOR_FORCE", "0")]).await);
    assert!(!piped(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).await);
    let shown = async |further: &[(&str, &str)]| {
        let mut settings: BTreeMap<String, String> = bench.tenant.application_settings(&folder).into_iter().collect();
        settings.extend(
            further
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        on_terminal(settings, &arguments, 100).await.contains('\u{1b}')
    };
    assert!(shown(&[("TERM", "xterm")]).await);
    // An empty value counts as not set.
    assert!(shown(&[("TERM", "xterm"), ("NO_COLOR", "")]).await);
    assert!(!shown(&[("TERM", "xterm"), ("CLICOLOR", "0")]).await);
    assert!(!shown(&[("TERM", "dumb")]).await);
}
