//! What answers of one kind have in common: header names and forms, JSON keys, types, and what is not always there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::exchange::Exchange;

/// Objects whose keys are data: every key counts as the same one.
const MAPS: &[&str] = &[".customHeaders", ".tags", ".userAssignedIdentities"];

/// Everything seen of one kind of answer.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) count: usize,
    /// How many of them came with headers.
    headed: usize,
    headers: BTreeMap<String, (usize, BTreeSet<String>)>,
    body: Shape,
}

/// A JSON value as a set of types; for objects how often each key was there, for lists what is in them.
#[derive(Default)]
struct Shape {
    seen: usize,
    objects: usize,
    types: BTreeSet<&'static str>,
    keys: BTreeMap<String, Shape>,
    items: Option<Box<Shape>>,
}

impl Answers {
    pub(super) fn add(&mut self, exchange: &Exchange) {
        self.count += 1;
        self.headed += usize::from(!exchange.headers.is_empty());
        let names: BTreeSet<&str> = exchange.headers.iter().map(|(name, _)| name.as_str()).collect();
        for name in names {
            let (count, forms) = self.headers.entry(name.to_owned()).or_default();
            *count += 1;
            forms.insert(exchange.header_form(name));
        }
        if !exchange.body.is_empty() {
            let text = || Value::from(format!("text: {}", exchange.body));
            self.body
                .add(&serde_json::from_str(&exchange.body).unwrap_or_else(|_| text()), "");
        }
    }

    /// One line for every header and every JSON path: what it is, and whether it is always there.
    pub(super) fn lines(&self) -> BTreeMap<String, String> {
        let mut lines = BTreeMap::new();
        for (name, (count, forms)) in &self.headers {
            let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
            lines.insert(
                format!("header {name}"),
                optional(forms.join(" or "), *count < self.headed),
            );
        }
        self.body.describe("body", self.body.seen < self.count, &mut lines);
        lines
    }
}

impl Shape {
    fn add(&mut self, value: &Value, path: &str) {
        self.seen += 1;
        self.types.insert(match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(text) if text.starts_with("text: ") => "text",
            Value::String(_) => "string",
            Value::Array(_) => "list",
            Value::Object(_) => "object",
        });
        match value {
            Value::Object(object) => {
                let map = MAPS.iter().any(|map| path.ends_with(map));
                self.objects += usize::from(!map || !object.is_empty());
                for (key, value) in object {
                    let key = if map { "*" } else { key };
                    let path = format!("{path}.{key}");
                    self.keys.entry(key.to_owned()).or_default().add(value, &path);
                }
            }
            Value::Array(items) => {
                let shape = self.items.get_or_insert_default();
                for item in items {
                    shape.add(item, &format!("{path}[]"));
                }
            }
            _ => {}
        }
    }

    fn describe(&self, path: &str, sometimes: bool, lines: &mut BTreeMap<String, String>) {
        if self.seen == 0 {
            return;
        }
        let types: Vec<&str> = self.types.iter().copied().collect();
        lines.insert(path.to_owned(), optional(types.join(" or "), sometimes));
        for (key, shape) in &self.keys {
            shape.describe(&format!("{path}.{key}"), shape.seen < self.objects, lines);
        }
        if let Some(items) = &self.items {
            items.describe(&format!("{path}[]"), false, lines);
        }
    }
}

fn optional(text: String, sometimes: bool) -> String {
    if sometimes { format!("{text}, or absent") } else { text }
}

/// How two descriptions differ: path and `recorded → simulated`. Nothing is listed below what only one side has.
pub(super) fn differences(recorded: &Answers, simulated: &Answers) -> BTreeMap<String, String> {
    let headed = recorded.headed > 0;
    let (recorded, simulated) = (recorded.lines(), simulated.lines());
    let paths: BTreeSet<&String> = recorded.keys().chain(simulated.keys()).collect();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    // Examples and transcriptions have no headers.
    for path in paths.into_iter().filter(|path| headed || !path.starts_with("header ")) {
        let show = |lines: &BTreeMap<String, String>| lines.get(path).cloned().unwrap_or_else(|| "absent".to_owned());
        let (before, after) = (show(&recorded), show(&simulated));
        let below = |parent: &str| {
            path.strip_prefix(parent)
                .is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        let one_sided = |line: &String| line.starts_with("absent →") || line.ends_with("→ absent");
        if before != after && !found.iter().any(|(parent, line)| below(parent) && one_sided(line)) {
            found.insert(path.clone(), format!("{before} → {after}"));
        }
    }
    found
}
