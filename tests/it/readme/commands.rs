//! Every command line in a README is one that the program takes.

use std::process::{Command, Stdio};

/// A command line of ours.
#[derive(Debug, PartialEq)]
enum Line {
    /// Of the product, without what stands before its command.
    Product(Vec<String>),
    /// Of another crate of the workspace, which lies below `tests`.
    Package(String),
}

/// The command lines in code blocks and in running text.
fn command_lines(text: &str) -> Vec<Line> {
    let blocks = text.split("```").skip(1).step_by(2);
    let shell = blocks.filter_map(|block| block.strip_prefix("sh\n").or(block.strip_prefix("yaml\n")));
    let lines = shell.flat_map(|block| {
        let joined = block.replace("\\\n", " ");
        // Steps of a workflow stand behind their key.
        let lines = joined
            .lines()
            .map(|line| line.trim_start().trim_start_matches("- run: "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    });
    let is_ours = |code: &&str| {
        ["acr-inventory ", "cargo run ", "cargo test "]
            .iter()
            .any(|start| code.starts_with(start))
    };
    let inline = text.split('`').filter(is_ours).map(str::to_owned);
    lines.chain(inline).filter_map(|line| command_line(&line)).collect()
}

fn command_line(line: &str) -> Option<Line> {
    let line = line.split(" #").next()?;
    if let Some((before, package)) = line.split_once(" -p ")
        && before.contains("cargo ")
    {
        return Some(Line::Package(package.split_whitespace().next()?.to_owned()));
    }
    let after = match line.split_once("cargo run") {
        Some((_, options)) => options.split_once("-- ")?.1,
        None => {
            let (before, after) = line.split_once("acr-inventory ")?;
            is_prefix(before).then_some(after)?
        }
    };
    let after = after.split(['>', '|', '&']).next()?;
    let words = after.split_whitespace().map(|word| word.replace('\'', ""));
    Some(Line::Product(words.collect()))
}

/// Nothing, a folder, or settings stand before the program's name.
fn is_prefix(before: &str) -> bool {
    before
        .split_whitespace()
        .all(|word| word.contains('=') || word.ends_with('/'))
}

/// Whether the program's own parser takes the line.
fn is_accepted(line: &Line) -> bool {
    match line {
        Line::Package(package) => super::root().join("tests").join(package).join("Cargo.toml").is_file(),
        Line::Product(words) => {
            let mut command = Command::new(env!("CARGO_BIN_EXE_acr-inventory"));
            command.args(words).arg("--help");
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.status().unwrap().success()
        }
    }
}

#[test]
fn command_lines_are_accepted() {
    let mut seen = 0;
    for (file, text) in super::all() {
        for line in command_lines(&text) {
            assert!(is_accepted(&line), "{file}: {line:?}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} command lines were found");
}

#[test]
fn examples_of_the_help_are_accepted() {
    for command in ["audit", "access"] {
        let mut help = Command::new(env!("CARGO_BIN_EXE_acr-inventory"));
        let help = help.args([command, "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let (_, examples) = help.split_once("Examples:\n").unwrap();
        let lines: Vec<Line> = examples.lines().filter_map(|line| command_line(line.trim())).collect();
        assert!(lines.len() > 3, "{examples}");
        for line in lines {
            assert!(is_accepted(&line), "{line:?}");
        }
    }
}

#[test]
fn wrong_command_lines_are_found() {
    let text = "```sh\nA=b acr-inventory audit --form ./inventory   # said so\ncargo run -p bnech\n```\n\
        ```yaml\n  - run: acr-inventory audit --fail-in high > a || [ $? -eq 1 ]\n```\n\
        Or `acr-inventory access --question nonsense`, `acr-inventory inspect`, `cargo run --release -- dmeo` and `cargo test -p campain`.\n";
    let lines = command_lines(text);
    assert_eq!(lines.len(), 7);
    let accepted: Vec<_> = lines.iter().filter(|line| is_accepted(line)).collect();
    assert!(accepted.is_empty(), "{accepted:?}");
}
