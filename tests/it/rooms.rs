//! The layout is the architecture: which room of `src` may use which, read from the sources' own paths.
//!
//! That the simulator uses nothing of the product needs no test: it is a crate that the product depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What every room may use; these use no room.
const TOOLS: &[&str] = &["chain", "clock", "deadline", "hash", "lock", "random", "surroundings"];

/// Each room of `src`, from the ground up, with the rooms that it may use beside the tools.
const ROOMS: &[(&str, &[&str])] = &[
    ("names", &[]),
    ("access", &[]),
    ("posture", &[]),
    ("inventory", &["access", "names", "posture"]),
    ("azure", &["inventory", "names"]),
    ("store", &["azure", "inventory", "names"]),
    ("snapshot", &["inventory", "names", "store"]),
    ("collect", &["azure", "inventory", "names", "snapshot", "store"]),
    (
        "audit",
        &[
            "access",
            "azure",
            "collect",
            "inventory",
            "names",
            "posture",
            "snapshot",
            "store",
        ],
    ),
    (
        "query",
        &[
            "access",
            "audit",
            "collect",
            "inventory",
            "names",
            "posture",
            "snapshot",
            "store",
        ],
    ),
    ("config", &["azure", "collect", "names", "posture", "snapshot"]),
    (
        "app",
        &["audit", "azure", "collect", "config", "names", "snapshot", "store"],
    ),
    (
        "check",
        &[
            "access",
            "app",
            "azure",
            "collect",
            "config",
            "inventory",
            "names",
            "posture",
            "store",
        ],
    ),
    ("replay", &["azure", "inventory", "store"]),
    ("telemetry", &["config"]),
    (
        "functions",
        &["app", "azure", "collect", "config", "inventory", "names", "store"],
    ),
    (
        "cli",
        &[
            "access",
            "app",
            "audit",
            "azure",
            "check",
            "collect",
            "config",
            "functions",
            "inventory",
            "names",
            "posture",
            "query",
            "replay",
            "snapshot",
            "store",
            "telemetry",
        ],
    ),
];
/// These use nothing of the crate, not even a tool: they are pure.
const PURE: &[&str] = &["access", "posture"];
/// Where the simulator may be named.
const SIMULATED: &[&str] = &["cli"];

/// The rooms of the crate that a source names, `simulator` among them.
fn named(source: &str) -> BTreeSet<String> {
    let code: String = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let after = |start: &'static str| {
        let pieces: Vec<&str> = code.split(start).collect();
        let words = pieces.windows(2).filter(|pair| !pair[0].ends_with(is_word));
        let word = |text: &str| text.chars().take_while(|c| is_word(*c)).collect::<String>();
        words.map(|pair| word(pair[1])).collect::<Vec<_>>()
    };
    let mut rooms: BTreeSet<String> = after("crate::").into_iter().collect();
    assert!(
        !rooms.contains(""),
        "a group of imports from `crate` hides what is used"
    );
    if !after("simulator::").is_empty() {
        rooms.insert("simulator".to_owned());
    }
    rooms
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Which of the rooms that a source of `room` names it must not use.
fn wrong(room: &str, source: &str) -> Vec<String> {
    let allowed = ROOMS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, allowed)| *allowed);
    let is_allowed = |other: &str| match other {
        "simulator" => SIMULATED.contains(&room),
        _ if other == room => true,
        _ if TOOLS.contains(&other) => !PURE.contains(&room),
        _ => allowed.unwrap_or_default().contains(&other),
    };
    named(source).into_iter().filter(|other| !is_allowed(other)).collect()
}

/// Every source of the product with its room.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
            let room = below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
            found.push((room.to_owned(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn rooms_use_only_what_is_below_them() {
    let mut found = Vec::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
    let mut mistakes = BTreeMap::new();
    for (room, source) in found
        .iter()
        .filter(|(room, _)| !matches!(room.as_str(), "lib" | "main"))
    {
        assert!(
            TOOLS.contains(&room.as_str()) || ROOMS.iter().any(|(name, _)| name == room),
            "{room} is a room that nothing is said of"
        );
        let wrong = wrong(room, source);
        if !wrong.is_empty() {
            mistakes.entry(room.clone()).or_insert_with(BTreeSet::new).extend(wrong);
        }
    }
    assert!(mistakes.is_empty(), "{mistakes:?}");
}

#[test]
fn a_wrong_arrow_of_each_kind_is_found() {
    let cases = [
        ("access", "use crate::names::RegistryId;", "names"),
        ("posture", "fn f() { crate::clock::now() }", "clock"),
        ("inventory", "use crate::azure::Failure;", "azure"),
        ("names", "use crate::inventory::encode;", "inventory"),
        ("collect", "use crate::functions::wire;", "functions"),
        ("collect", "use crate::cli::summary;", "cli"),
        ("collect", "use crate::audit::Auditor;", "audit"),
        ("store", "use crate::collect::CollectError;", "collect"),
        ("lock", "use crate::names::Tag;", "names"),
        ("functions", "use simulator::host::Host;", "simulator"),
    ];
    for (room, source, other) in cases {
        assert_eq!(wrong(room, source), [other], "{room}: {source}");
    }
    for (room, source) in [
        ("collect", "use crate::azure::acr::Access; // not crate::cli"),
        ("cli", "use simulator::tenant::Tenant;"),
        ("access", "use super::action::Action;"),
    ] {
        assert!(wrong(room, source).is_empty(), "{room}: {source}");
    }
}
