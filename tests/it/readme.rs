//! The README files say what the code says: settings, rules, roles, problem codes, command lines, samples; and their
//! links lead somewhere.

mod commands;
mod links;
mod samples;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

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
        let cells = [need.role, &format!("`{}`", need.guid), need.place(), &checks.join(", ")];
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

#[test]
fn roles_table_is_that_of_the_code() {
    check("infra/README.md", "roles", &roles_table(), "src/check/needs.rs");
}

/// All sources of the product without their tests and without the simulator.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.ends_with("simulator") {
            continue;
        } else if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let product = text.split("#[cfg(test)]").next().unwrap().to_owned();
            found.push((path, product));
        }
    }
}

/// The literal that text begins with, if it looks like a code.
fn code(text: &str) -> Option<&str> {
    let (code, _) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    let is_code = !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    is_code.then_some(code)
}

/// Every code that a problem can have, as far as it is ours.
fn codes() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut codes = BTreeSet::new();
    for (path, text) in &files {
        let mut starts = vec!["Problem::new(", "code: ", "Err((", "|error| ("];
        if path.ends_with("azure/error.rs") || path.ends_with("acr/error.rs") {
            starts.extend(["=> ", "{\n"]);
        }
        for start in starts {
            codes.extend(text.split(start).skip(1).filter_map(code).map(str::to_owned));
        }
        // The code is the last argument.
        for call in text.split(" in_order(").skip(1) {
            let call = call.split_once("\n    )").map_or(call, |(call, _)| call);
            codes.extend(call.rsplit(',').map(str::trim).find_map(code).map(str::to_owned));
        }
        // The code is the second argument: the first literal that looks like one.
        for call in text.split("Failure::invalid(").skip(1) {
            let call = call.split_once(';').map_or(call, |(call, _)| call);
            let found = call.match_indices('"').find_map(|(at, _)| {
                let candidate = code(&call[at..])?;
                let after = &call[at + candidate.len() + 2..];
                after.trim_start().starts_with(',').then_some(candidate)
            });
            codes.extend(found.map(str::to_owned));
        }
    }
    codes
}

#[test]
fn problem_codes_are_all_explained() {
    let page = read("src/inventory/README.md");
    let explained: BTreeSet<String> = page[marked(&page, "problem-codes")]
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    let codes = codes();
    assert!(codes.len() > 25 && codes.contains("count-mismatch") && codes.contains("hostile-link"));
    let missing: Vec<_> = codes.difference(&explained).collect();
    let stale: Vec<_> = explained.difference(&codes).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "missing: {missing:?}; not in the code: {stale:?}"
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
