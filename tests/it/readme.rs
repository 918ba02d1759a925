//! The README files say what the code says: settings, rules, roles, problem codes, command lines, samples; and their
//! links lead somewhere.

mod commands;
mod links;
mod samples;

use std::ops::Range;
use std::path::Path;

use acr_inventory::config::settings::SETTINGS;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The front page: what a new user sees first, and the only one that everybody reads.
const FRONT: &str = "README.md";
/// Longer ones are not read.
const FRONT_LINES: usize = 250;

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

/// Every README.md, by its path from the root, with its text.
fn all() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                // What was built and what was installed is not ours.
                if !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
                    folders.push(path);
                }
            } else if name == "README.md" {
                let file = path.strip_prefix(root()).unwrap().to_str().unwrap();
                found.push((file.to_owned(), read(file)));
            }
        }
    }
    assert!(found.len() > 6 && found.iter().any(|(file, _)| file == FRONT));
    found
}

/// Where the text between two markers is.
fn marked(text: &str, name: &str) -> Range<usize> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let begin = text.find(&begin).expect("the marker before it") + begin.len();
    begin..text.find(&end).expect("the marker after it")
}

fn is_short(text: &str) -> bool {
    text.lines().count() <= FRONT_LINES
}

#[test]
fn front_page_is_one_page() {
    let front = read(FRONT);
    assert!(is_short(&front), "{} lines", front.lines().count());
    let grown = front.clone() + &"one line more\n".repeat(FRONT_LINES + 1 - front.lines().count());
    assert!(!is_short(&grown));
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

/// Holds the text between two markers of a README against what the code makes of it; with UPDATE_README it is written.
pub fn check(file: &str, name: &str, expected: &str, source: &str) {
    let text = read(file);
    let at = marked(&text, name);
    if std::env::var_os("UPDATE_README").is_some() {
        let written = format!("{}{expected}{}", &text[..at.start], &text[at.end..]);
        std::fs::write(root().join(file), written).unwrap();
        return;
    }
    assert!(
        text[at] == *expected,
        "the {name} in {file} are not those of {source}: run with UPDATE_README=1 and --test-threads 1"
    );
}

#[test]
fn settings_table_is_that_of_the_code() {
    check(
        "functions/README.md",
        "settings",
        &settings_table(),
        "src/config/settings.rs",
    );
}

#[test]
fn rules_table_is_that_of_the_code() {
    check(
        "src/posture/README.md",
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
        let (roles, guids): (Vec<_>, Vec<_>) = need.roles().map(|role| (role.role, format!("`{}`", role.guid))).unzip();
        let cells = [
            &roles.join(", or "),
            &guids.join(", or "),
            need.place(),
            &checks.join(", "),
        ];
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

#[test]
fn roles_table_is_that_of_the_code() {
    check("infra/README.md", "roles", &roles_table(), "src/check/needs.rs");
}

#[test]
fn problem_codes_table_is_that_of_the_code() {
    check(
        "src/inventory/README.md",
        "problem-codes",
        &acr_inventory::inventory::problem_code::table(),
        "src/inventory/problem_code.rs",
    );
}

#[test]
fn completeness_words_and_functions_are_all_explained() {
    use acr_inventory::inventory::problem::Completeness;
    let front = read(FRONT);
    for word in [
        Completeness::Complete,
        Completeness::Partial,
        Completeness::Forbidden,
        Completeness::Throttled,
        Completeness::Unreachable,
    ] {
        assert!(
            front.contains(&format!("\n| `{}` |", word.as_str())),
            "{}",
            word.as_str()
        );
    }
    let page = read("functions/README.md");
    let functions = std::fs::read_dir(root().join("functions")).unwrap();
    for folder in functions
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
    {
        let name = folder.file_name().into_string().unwrap();
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
    }
}
