//! What is asked of the inventory that the demo leaves, as people and pipes see it.

use std::collections::BTreeMap;
use std::process::Command;

use crate::command_line::run;
use crate::command_line::tables::terminal::{on_terminal, without_colours};

/// Each with what is meant to be seen of it.
const LINES: [(&str, &str); 13] = [
    ("registries", "list registries"),
    (
        "repositories",
        "list repositories --registry contosoproducts --sort size --limit 20",
    ),
    // Of the first run: what the demo pushes is as old as the demo.
    ("tags", "list tags --repository billing/* --older-than 90d --at 1"),
    (
        "tags-csv",
        "list tags --repository billing/* --older-than 90d --at 1 --format csv",
    ),
    ("manifests", "list manifests --untagged --larger-than 90MiB"),
    (
        "platform",
        "list manifests --repository billing/* --platform linux/arm64",
    ),
    (
        "changes",
        "list changes --since 7d --kind tag-created --sort repository",
    ),
    ("changes-moved", "list changes --since 7d --kind tag-moved"),
    ("at", "list tags --repository billing/invoices --at 1"),
    (
        "at-too-early",
        "list tags --repository billing/invoices --at 2020-01-01",
    ),
    ("diff", "diff --from 1 --to now"),
    ("access", "access --registry contosolab"),
    ("audit-fail-on", "audit --registry contosolab --fail-on high"),
];

/// Times and generations of today with zeros for their digits: nothing else in the simulated registries is of this year.
fn redacted(text: &str) -> String {
    let year = acr_inventory::clock::now().year().to_string();
    let (mut redacted, mut rest) = (String::new(), text);
    while !rest.is_empty() {
        let is_time = rest
            .strip_prefix(&year)
            .is_some_and(|behind| behind.starts_with(['-', '…']));
        let is_generation = rest.starts_with("0000000") && rest.get(8..9) == Some("-");
        if is_time || is_generation {
            let end = rest
                .find(|c: char| !c.is_ascii_digit() && !"-:TZ".contains(c))
                .unwrap_or(rest.len());
            redacted.extend(rest[..end].chars().map(|c| if c.is_ascii_digit() { '0' } else { c }));
            rest = &rest[end..];
        } else {
            let mut characters = rest.chars();
            redacted.extend(characters.next());
            rest = characters.as_str();
        }
    }
    redacted
}

fn assert_seen(name: &str, text: &str) {
    insta::with_settings!({prepend_module_to_snapshot => false, description => name}, {
        insta::assert_snapshot!(name, redacted(text));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_to_the_demo_is_answered_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let inventory = folder.path().join("inventory").display().to_string();
    let demo = Command::new(env!("CARGO_BIN_EXE_acr-inventory"))
        .args(["demo", "--output", &inventory])
        .output()
        .unwrap();
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stderr));
    for (name, line) in LINES {
        let from = if line.starts_with("diff") {
            "--inventory"
        } else {
            "--from"
        };
        let arguments: Vec<&str> = line.split(' ').chain([from, &inventory]).collect();
        let piped = run(&[], &arguments).await;
        assert!(!piped.stdout.contains('\u{1b}'), "{name}: {}", piped.stdout);
        let code = piped.code.unwrap();
        assert_seen(
            &format!("{name}-pipe"),
            &format!("{}\nexit code {code}\n{}", piped.stdout, piped.stderr),
        );
        if !piped.stdout.contains('│') {
            continue;
        }
        let terminal = async |columns, further: &[(&str, &str)]| {
            let usual = [("LANG", "C.UTF-8"), ("TERM", "xterm-256color")];
            let all = usual.iter().chain(further);
            let all: BTreeMap<String, String> = all
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            on_terminal(all, &arguments, columns).await
        };
        for columns in [80, 200] {
            let plain = terminal(columns, &[("NO_COLOR", "1")]).await;
            assert!(!plain.contains('\u{1b}'), "{name}: {plain}");
            let is_cut = |line: &str| console::measure_text_width(line) <= usize::from(columns);
            assert!(plain.lines().all(is_cut), "{name}: {plain}");
            // Nothing is wrapped: as many lines as in a pipe.
            assert_eq!(plain.lines().count(), piped.stdout.lines().count(), "{name}: {plain}");
            assert_seen(&format!("{name}-{columns}"), &plain);
            assert_eq!(without_colours(&terminal(columns, &[]).await), plain, "{name}");
        }
        let ascii = terminal(80, &[("LC_ALL", "C"), ("NO_COLOR", "1")]).await;
        assert!(
            ascii.is_ascii() && ascii.lines().all(|line| line.len() <= 80),
            "{name}: {ascii}"
        );
    }
}
