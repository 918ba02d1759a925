//! Reads a package folder as the host does: `host.json` and one `function.json` in each direct child folder.

mod host_json;
mod retry;
mod triggers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value;

pub use self::host_json::HostJson;
pub use self::retry::Retry;
pub use self::triggers::{AuthLevel, Trigger};

/// A package: the folder that `host.json` lies in.
#[derive(Debug, Clone)]
pub struct Package {
    pub root: PathBuf,
    pub host: HostJson,
    /// Enabled functions, by name.
    pub functions: Vec<Function>,
}

/// One function with its trigger.
#[derive(Debug, Clone)]
pub struct Function {
    /// Name of its folder; invocations are sent to `/{name}`.
    pub name: String,
    /// Name of the trigger binding: the key under `Data`.
    pub binding: String,
    pub trigger: Trigger,
    /// How often the host itself tries a failed invocation again.
    pub retry: Option<Retry>,
}

impl Package {
    /// Reads a package.
    ///
    /// The host looks at direct children of `root` only; `functions_dir` names another folder to look in while the
    /// package is not flattened yet. `settings` are the app settings for `%NAME%`.
    pub fn load(
        root: &Path,
        functions_dir: Option<&Path>,
        settings: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let host = HostJson::read(&root.join("host.json"))?;
        let parent = functions_dir.unwrap_or(root);
        let entries =
            std::fs::read_dir(parent).with_context(|| format!("listing the functions in {}", parent.display()))?;
        let mut functions = Vec::new();
        for entry in entries {
            let folder = entry
                .with_context(|| format!("listing the functions in {}", parent.display()))?
                .path();
            let file = folder.join("function.json");
            if !file.is_file() {
                continue;
            }
            let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let function =
                read_function(name, &file, settings).with_context(|| format!("reading {}", file.display()))?;
            functions.extend(function);
        }
        functions.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(Self {
            root: root.to_owned(),
            host,
            functions,
        })
    }
}

/// `None`: disabled by an app setting.
fn read_function(name: &str, file: &Path, settings: &BTreeMap<String, String>) -> anyhow::Result<Option<Function>> {
    if !is_function_name(name) {
        bail!("function name {name:?} is not one that the host accepts");
    }
    let document: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    let bindings = document["bindings"].as_array().context("bindings is not an array")?;
    let mut triggers = bindings
        .iter()
        .filter(|binding| binding["type"].as_str().is_some_and(|t| t.ends_with("Trigger")));
    let (Some(binding), None) = (triggers.next(), triggers.next()) else {
        bail!("function {name}: there must be exactly one trigger");
    };
    let binding = expand(binding, settings).with_context(|| format!("function {name}"))?;
    if is_disabled(name, settings) || document["disabled"] == true {
        return Ok(None);
    }
    let trigger = Trigger::read(&binding).with_context(|| format!("function {name}"))?;
    let retry = Retry::read(&document["retry"]).with_context(|| format!("function {name}: retry"))?;
    if retry.is_some() && !matches!(trigger, Trigger::Timer { .. }) {
        bail!("function {name}: only timers are tried again here; the host warns that others will not be");
    }
    Ok(Some(Function {
        name: name.to_owned(),
        binding: binding["name"]
            .as_str()
            .with_context(|| format!("function {name}: the trigger has no name"))?
            .to_owned(),
        trigger,
        retry,
    }))
}

/// `^[a-z][a-z0-9_\-]{0,127}$` without case, and not `host`.
fn is_function_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && name.len() <= 128
        && !name.eq_ignore_ascii_case("host")
}

fn is_disabled(name: &str, settings: &BTreeMap<String, String>) -> bool {
    let names = [
        format!("AzureWebJobs.{name}.Disabled"),
        format!("AzureWebJobs_{name}_Disabled"),
    ];
    names.iter().any(|name| {
        settings
            .get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    })
}

/// Replaces `%SETTING%` in every text of a binding except `name`, `type`, `direction` and `connection`.
fn expand(binding: &Value, settings: &BTreeMap<String, String>) -> anyhow::Result<Value> {
    let mut expanded = binding.clone();
    let Some(members) = expanded.as_object_mut() else {
        bail!("a binding is not an object");
    };
    for (key, value) in members {
        let fixed = ["name", "type", "direction", "connection"].contains(&key.as_str());
        if let (false, Value::String(text)) = (fixed, &*value) {
            *value = Value::String(expand_text(text, settings).with_context(|| format!("property {key}"))?);
        }
    }
    Ok(expanded)
}

fn expand_text(text: &str, settings: &BTreeMap<String, String>) -> anyhow::Result<String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('%') {
        let Some((name, after)) = tail.split_once('%') else {
            bail!("{text:?} has a lone %");
        };
        let value = settings
            .get(name)
            .with_context(|| format!("app setting {name} is missing"))?;
        expanded.push_str(before);
        expanded.push_str(value);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}
