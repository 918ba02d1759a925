//! The judge: everything that was ever written, held against what the registries showed.

mod audit;
mod changes;
mod checkpoint;
pub(super) mod content;
pub(super) mod deletion;
mod elsewhere;
mod kept;
mod naming;
mod quiet;
mod repository;
mod rest;
mod run;
mod snapshot;

use bytes::Bytes;
use serde_json::Value;
use time::OffsetDateTime;

use super::truth::{Content, line};

/// Lines of a stored repository that hold manifests and tags, in the words of the truth.
fn content(lines: &[Value]) -> Content {
    lines.iter().filter_map(line).collect()
}

/// The lines of an NDJSON document.
fn lines(content: &Bytes) -> Result<Vec<Value>, String> {
    let text = std::str::from_utf8(content).map_err(|error| error.to_string())?;
    if !text.is_empty() && !text.ends_with('\n') {
        return Err("it does not end with a newline".to_owned());
    }
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// What of a complete observation cannot have been so, given everything that the registry showed meanwhile (in order;
/// none: the repository was not there).
fn contradictions(observed: &Content, shown: &[Option<&Content>]) -> Vec<String> {
    let mut wrong = Vec::new();
    let states: Vec<&Content> = shown.iter().copied().flatten().collect();
    for (key, value) in observed {
        if !states.iter().any(|state| state.get(key) == Some(value)) {
            wrong.push(format!("it has {key} = {value}, which the registry never showed"));
        }
    }
    if let (Some(first), true) = (states.first(), states.len() == shown.len()) {
        for (key, value) in *first {
            let always = states.iter().all(|state| state.get(key) == Some(value));
            if always && observed.get(key) != Some(value) {
                wrong.push(format!(
                    "{key} = {value} is missing, which the registry showed all the time"
                ));
            }
        }
    }
    wrong
}

/// The number of the generation that a document is of; 0 if it is of none.
pub(super) fn generation_number(document: &Value) -> u64 {
    let text = document["generation"].as_str().unwrap_or("");
    let number = text.split('-').next().and_then(|number| number.parse().ok());
    number.unwrap_or(0)
}

/// A moment as people read it.
fn at(time: OffsetDateTime) -> String {
    simulator::clock::timestamp(time)
}
