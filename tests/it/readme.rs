//! The README says what the code says: settings, problem codes, exit codes, command lines.

use std::path::Path;
use std::process::{Command, Stdio};

use acr_inventory::config::settings::SETTINGS;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

fn settings_table() -> String {
    let mut table = "| setting | default | meaning |\n|---|---|---|\n".to_owned();
    for setting in SETTINGS {
        let row = [&format!("`{}`", setting.name), setting.default, setting.meaning];
        // A bar ends a cell.
        let cells = row.map(|cell| cell.replace('|', "\\|"));
        table.push_str(&format!("| {} |\n", cells.join(" | ")).replace("|  |", "| |"));
    }
    table
}

/// Holds the text between two markers of the README against what the code makes of it; with UPDATE_README it is written.
pub fn check(name: &str, expected: &str, source: &str) {
    let readme = readme();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let begin = readme.find(&begin).expect("the marker before it") + begin.len();
    let end = readme.find(&end).expect("the marker after it");
    if std::env::var_os("UPDATE_README").is_some() {
        let written = format!("{}{expected}{}", &readme[..begin], &readme[end..]);
        std::fs::write(root().join("README.md"), written).unwrap();
        return;
    }
    assert!(
        readme[begin..end] == *expected,
        "the {name} in README.md are not those of {source}: run with UPDATE_README=1 and --test-threads 1"
    );
}

#[test]
fn settings_table_is_that_of_the_code() {
    check("settings", &settings_table(), "src/config/settings.rs");
}

#[test]
fn rules_table_is_that_of_the_code() {
    check(
        "rules",
        &acr_inventory::posture::document::table(),
        "src/posture/rule.rs",
    );
}

fn roles_table() -> String {
    let mut table = "| role | id | assigned at | for |\n|---|---|---|---|\n".to_owned();
    for need in acr_inventory::check::NEEDS {
        let checks: Vec<String> = need
            .checks
            .iter()
            .map(|check| format!("`{}`", check.as_str()))
            .collect();
        let cells = [need.role, &format!("`{}`", need.guid), need.place(), &checks.join(", ")];
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

#[test]
fn roles_table_is_that_of_the_code() {
    check("roles", &roles_table(), "src/check/needs.rs");
}

#[test]
fn problem_codes_table_is_that_of_the_code() {
    check(
        "problem-codes",
        &acr_inventory::inventory::problem_code::table(),
        "src/inventory/problem_code.rs",
    );
}

#[test]
fn completeness_words_and_functions_are_all_explained() {
    use acr_inventory::inventory::problem::Completeness;
    let readme = readme();
    for word in [
        Completeness::Complete,
        Completeness::Partial,
        Completeness::Forbidden,
        Completeness::Throttled,
        Completeness::Unreachable,
    ] {
        assert!(
            readme.contains(&format!("\n| `{}` |", word.as_str())),
            "{}",
            word.as_str()
        );
    }
    for entry in std::fs::read_dir(root().join("functions")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}

/// The command lines of this program in the README's code blocks, without what stands before the subcommand.
fn command_lines(readme: &str) -> Vec<Vec<String>> {
    let blocks = readme.split("```").skip(1).step_by(2);
    let shell = blocks.filter_map(|block| block.strip_prefix("sh\n"));
    let lines: Vec<String> = shell
        .flat_map(|block| {
            block
                .replace("\\\n", " ")
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    // And in running text.
    let inline = readme.split('`').filter(|code| code.starts_with("acr-inventory "));
    let lines: Vec<String> = lines.into_iter().chain(inline.map(str::to_owned)).collect();
    let arguments = lines.iter().filter_map(|line| {
        let line = line.split(" #").next().unwrap();
        let after = match line.split_once("cargo run") {
            Some((_, options)) => options.split_once("-- ")?.1,
            None => {
                line.split_once("acr-inventory ")
                    .filter(|(before, _)| is_prefix(before))?
                    .1
            }
        };
        let after = after.split(['>', '|', '&']).next().unwrap();
        Some(after.split_whitespace().map(|word| word.replace('\'', "")).collect())
    });
    arguments.collect()
}

/// Nothing, a folder, or settings stand before the program's name.
fn is_prefix(before: &str) -> bool {
    before
        .split_whitespace()
        .all(|word| word.contains('=') || word.ends_with('/'))
}

#[test]
fn command_lines_are_accepted() {
    let lines = command_lines(&readme());
    assert!(lines.len() > 8, "{lines:?}");
    for line in lines {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acr-inventory"));
        let status = command
            .args(&line)
            .arg("--help")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "acr-inventory {}", line.join(" "));
    }
}
