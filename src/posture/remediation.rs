//! What to do about a failure: `az` command lines that can be pasted, and the way through the portal.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;

/// How to put it right. What we cannot know (a subnet, a workspace) stands in angle brackets, quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remediation {
    /// Command lines for a POSIX shell, to be chosen from or run in order.
    pub az: Vec<String>,
    /// Path through the Azure portal and what to do at its end.
    pub portal: String,
}

/// One `az` command line. Values are quoted, so that a name from outside can neither end the command nor begin another.
#[derive(Debug, Clone)]
pub(crate) struct Command(String);

/// Begins `az {verb}`.
pub(crate) fn az(verb: &str) -> Command {
    Command(format!("az {verb}"))
}

impl Command {
    /// Adds `--name value`.
    pub(crate) fn option(mut self, name: &str, value: &str) -> Self {
        // A value that looks like an option has to be tied to its own.
        let between = if value.starts_with('-') { '=' } else { ' ' };
        self.0.push_str(&format!(" --{name}{between}{}", quote(value)));
        self
    }

    /// Adds `--name "value"`, where the value asks for something itself: `$(…)` is left to the shell.
    pub(crate) fn asked(mut self, name: &str, value: &str) -> Self {
        self.0.push_str(&format!(" --{name} \"{value}\""));
        self
    }

    /// Adds `--name one two`.
    pub(crate) fn words(mut self, name: &str, values: &[&str]) -> Self {
        self = self.flag(name);
        for value in values {
            self.0.push_str(&format!(" {}", quote(value)));
        }
        self
    }

    /// The line as it is pasted.
    pub(crate) fn line(self) -> String {
        self.0
    }

    /// Adds `--name`, for options without a value.
    pub(crate) fn flag(mut self, name: &str) -> Self {
        self.0.push_str(&format!(" --{name}"));
        self
    }
}

/// A word of a POSIX shell: bare when nothing in it can be taken for syntax, else in single quotes. Control characters
/// are replaced: they could rewrite the terminal that shows the command.
pub(crate) fn quote(value: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "._-/:,+".contains(c);
    if !value.is_empty() && value.chars().all(bare) {
        return value.to_owned();
    }
    let clean: String = value
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    format!("'{}'", clean.replace('\'', r"'\''"))
}

impl Evidence {
    /// `az acr {verb}` on the registry itself.
    pub(super) fn acr(&self, verb: &str) -> Command {
        self.in_group(az(&format!("acr {verb}")).option("name", &self.name))
    }

    /// `az acr {verb}` on something inside it.
    pub(super) fn acr_part(&self, verb: &str, name: &str) -> Command {
        let command = az(&format!("acr {verb}")).option("registry", &self.name);
        self.in_group(command.option("name", name))
    }

    /// `az acr {verb}` for policies, where the registry is `--registry` and nothing else is named.
    pub(super) fn acr_policy(&self, verb: &str) -> Command {
        self.in_group(az(&format!("acr {verb}")).option("registry", &self.name))
    }

    /// `az acr {verb}` against the registry's own data endpoint, which knows no resource groups.
    pub(super) fn acr_data(&self, verb: &str) -> Command {
        az(&format!("acr {verb}")).option("subscription", &self.subscription)
    }

    /// Sets one property through ARM, where `az acr` has no option for it.
    pub(super) fn set_property(&self, api_version: &str, assignment: &str) -> Command {
        az("resource update")
            .option("ids", &self.registry_id)
            .option("api-version", api_version)
            .option("set", assignment)
    }

    /// Adds resource group and subscription.
    pub(super) fn in_group(&self, command: Command) -> Command {
        command
            .option("resource-group", &self.resource_group)
            .option("subscription", &self.subscription)
    }

    /// Puts commands and the way through this registry's pages together.
    pub(super) fn remedy(&self, az: impl IntoIterator<Item = Command>, page: &str, deed: &str) -> Remediation {
        let name = clean(&self.name);
        portal(az, &format!("Container registries > {name} > {page}"), deed)
    }
}

/// Puts commands and a way through the portal together.
pub(super) fn portal(az: impl IntoIterator<Item = Command>, page: &str, deed: &str) -> Remediation {
    Remediation {
        az: az.into_iter().map(|command| command.0).collect(),
        portal: format!("Azure portal > {page}: {deed}"),
    }
}

/// Text from outside for a sentence: no control characters, at most 200 characters.
pub(super) fn clean(text: &str) -> String {
    let safe = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().take(200).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::{az, quote};

    #[test]
    fn quoting_leaves_plain_names_bare_and_disarms_the_rest() {
        assert_eq!(quote("rg-prod_1.eu"), "rg-prod_1.eu");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("[system]"), "'[system]'");
        assert_eq!(quote("a'b; rm -rf $(HOME) `x`"), r"'a'\''b; rm -rf $(HOME) `x`'");
        assert_eq!(quote("a\u{1b}[2Jb"), "'a\u{fffd}[2Jb'");
        assert_eq!(quote("rg(1)"), "'rg(1)'");
    }

    #[test]
    fn value_that_looks_like_an_option_is_tied_to_its_own() {
        assert_eq!(az("acr update").option("name", "--yes").0, "az acr update --name=--yes");
    }
}
