//! Every link in a README that stays in the repository leads to a file or folder that is there, and to a heading in it;
//! and every file that is named in the text is there.

use std::collections::BTreeSet;
use std::path::Path;

/// A page without its code blocks, in which neither headings nor links are.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Names of the headings as GitHub makes them: lower case, hyphens for spaces, no punctuation; numbered when repeated.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in prose(text).lines().filter(|line| line.starts_with('#')) {
        let Some((_, heading)) = line.split_once("# ") else {
            continue;
        };
        let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
        let name = heading.trim().to_lowercase().chars().filter(kept).collect::<String>();
        let name = name.replace(' ', "-");
        let mut numbered = name.clone();
        for number in 1.. {
            if found.insert(numbered) {
                break;
            }
            numbered = format!("{name}-{number}");
        }
    }
    found
}

/// Where the links of a page lead, outside of code.
fn targets(text: &str) -> Vec<String> {
    let prose = prose(text);
    let outside: String = prose.split('`').step_by(2).collect();
    let after = outside.split("](").skip(1);
    after
        .filter_map(|link| Some(link.split_once(')')?.0.to_owned()))
        .collect()
}

/// The links of a page that lead nowhere.
fn dead(file: &str, text: &str) -> Vec<String> {
    let folder = super::root().join(file).parent().unwrap().to_owned();
    let is_alive = |target: &str| {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let place = folder.join(path);
        let page = match path {
            "" => text.to_owned(),
            _ if place.is_dir() => return anchor.is_empty(),
            _ => match std::fs::read_to_string(place) {
                Ok(page) => page,
                Err(_) => return false,
            },
        };
        anchor.is_empty() || (is_markdown(file, path) && anchors(&page).contains(anchor))
    };
    let own = targets(text).into_iter().filter(|target| !target.contains("://"));
    own.filter(|target| !is_alive(target)).collect()
}

/// Folders that a path from the root begins with.
const FOLDERS: [&str; 5] = ["src/", "tests/", "infra/", "functions/", ".github/"];

/// The files and folders that a page names, by their paths from the root or from the page, and that are not there.
fn gone(file: &str, text: &str) -> Vec<String> {
    let folder = super::root().join(file).parent().unwrap().to_owned();
    let prose = prose(text);
    let code = prose.split('`').skip(1).step_by(2);
    let words = code.filter_map(|code| code.split_whitespace().next());
    let is_path = |word: &&str| {
        let is_source = word.contains('/') && [".rs", ".py", ".bicep"].iter().any(|end| word.ends_with(end));
        (is_source || FOLDERS.iter().any(|start| word.starts_with(start))) && !word.contains('*')
    };
    let is_there = |path: &&str| super::root().join(path).exists() || folder.join(path).exists();
    let gone = words.filter(is_path).filter(|path| !is_there(path));
    gone.map(str::to_owned).collect()
}

fn is_markdown(file: &str, path: &str) -> bool {
    let path = Path::new(if path.is_empty() { file } else { path });
    path.extension().is_some_and(|extension| extension == "md")
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for (file, text) in super::all() {
        assert_eq!(dead(&file, &text), Vec::<String>::new(), "{file}");
        assert_eq!(gone(&file, &text), Vec::<String>::new(), "{file}");
        seen += targets(&text).len();
    }
    assert!(seen > 20, "{seen} links were found");
}

#[test]
fn dead_links_are_found() {
    let page = "# Here\n\n```sh\n# Not here\n```\n[`it`](#here) [code](#not-here) [gone](gone.md) [up](../README.md) \
        [up](../README.md#limits) [nowhere](../README.md#nowhere) [folder](../tests) [file](../LICENSE#x) `[a](b)`\n\
        # Here\n[again](#here-1) [thrice](#here-2) [web](https://example.com/#x)\n";
    let expected = [
        "#not-here",
        "gone.md",
        "../README.md#nowhere",
        "../LICENSE#x",
        "#here-2",
    ];
    assert_eq!(dead("src/README.md", page), expected);
}

#[test]
fn files_that_are_gone_are_found() {
    let page = "`tests/it/main.rs`, `collect/close.rs` and `tests/infra/run --update`, but `collect/open.rs`, \
        `tests/it/men.rs 3` and `infra/modules/none.bicep`\n";
    let expected = ["collect/open.rs", "tests/it/men.rs", "infra/modules/none.bicep"];
    assert_eq!(gone("src/README.md", page), expected);
}
