//! Which registries an operator wants covered.

use std::collections::BTreeSet;

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde_json::json;

use crate::azure::arm::ArmRegistry;
use crate::hash::sha256;
use crate::names::{LoginServer, RegistryId};

/// What the operator wants covered.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Subscription ids; empty: all that the identity sees.
    pub subscriptions: Vec<String>,
    /// Login servers that are covered in any case, without asking ARM.
    pub login_servers: Vec<LoginServer>,
    /// Registry names; with no id either: all.
    pub names: Vec<String>,
    /// Resource ids of registries: those and no namesakes.
    pub ids: Vec<RegistryId>,
    /// Patterns that the registry's name or login server has to match; none: everything matches.
    pub include: Patterns,
    /// Patterns that it must not match.
    pub exclude: Patterns,
}

/// Shell-style patterns over names of registries and login servers, without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    set: Option<GlobSet>,
    /// As they were given, in lower case.
    texts: Vec<String>,
}

impl Patterns {
    /// Builds a set; the error names the pattern that is not well formed.
    pub fn parse<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, globset::Error> {
        let texts: Vec<String> = patterns.into_iter().map(str::to_ascii_lowercase).collect();
        let mut builder = GlobSetBuilder::new();
        for pattern in &texts {
            builder.add(Glob::new(pattern)?);
        }
        let set = if texts.is_empty() { None } else { Some(builder.build()?) };
        Ok(Self { set, texts })
    }

    fn matches(&self, name: &str, login_server: &str) -> Option<bool> {
        let set = self.set.as_ref()?;
        Some(set.is_match(name.to_ascii_lowercase()) || set.is_match(login_server))
    }
}

impl Selection {
    /// True when only named login servers are wanted: nothing is to be asked of ARM.
    pub fn is_closed(&self) -> bool {
        let looked_up = !self.names.is_empty() || !self.ids.is_empty() || !self.subscriptions.is_empty();
        !self.login_servers.is_empty() && !looked_up
    }

    /// Whether the names and patterns let a registry through; its subscription may still not be wanted.
    pub fn covers(&self, name: &str, server: &str) -> bool {
        let any = self.names.is_empty() && self.ids.is_empty();
        let by_id = || self.ids.iter().any(|wanted| wanted.name().eq_ignore_ascii_case(name));
        (any || self.names(name) || by_id())
            && self.include.matches(name, server).unwrap_or(true)
            && !self.exclude.matches(name, server).unwrap_or(false)
    }

    fn names(&self, name: &str) -> bool {
        self.names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
    }

    /// Whether a registry is meant that has this id, as far as ids and subscriptions say.
    pub fn covers_id(&self, id: &RegistryId) -> bool {
        let subscribed = self.subscriptions.is_empty()
            || self
                .subscriptions
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case(id.subscription()));
        subscribed && (self.ids.is_empty() || self.ids.contains(id) || self.names(id.name()))
    }

    /// Names what is asked for: the same for the same in another order, in other letters or said twice. A run is joined
    /// only by whoever asks for the same.
    pub fn id(&self) -> String {
        let listed = |words: Vec<&str>| {
            let words: BTreeSet<String> = words.into_iter().map(str::to_ascii_lowercase).collect();
            words
        };
        let texts = |words: &[String]| listed(words.iter().map(String::as_str).collect());
        let asked = json!({
            "subscriptions": texts(&self.subscriptions),
            "loginServers": listed(self.login_servers.iter().map(LoginServer::as_str).collect()),
            "names": texts(&self.names),
            "ids": texts(&self.ids.iter().map(ToString::to_string).collect::<Vec<_>>()),
            "include": texts(&self.include.texts),
            "exclude": texts(&self.exclude.texts),
        });
        sha256(asked.to_string().as_bytes())
    }

    pub(super) fn wants(&self, registry: &ArmRegistry) -> bool {
        self.wants_id(&registry.id, &registry.login_server)
    }

    /// Whether a registry is wanted that has this login server, or would have it.
    pub(super) fn wants_id(&self, id: &RegistryId, server: &str) -> bool {
        self.covers_id(id) && self.covers(id.name(), server)
    }
}

#[cfg(test)]
mod tests {
    use super::Patterns;

    #[test]
    fn patterns_match_names_and_login_servers() {
        let patterns = Patterns::parse(["prod-*", "Contoso*.azurecr.io"]).unwrap();
        assert_eq!(patterns.matches("PROD-a", "x.azurecr.io"), Some(true));
        assert_eq!(patterns.matches("x", "contoso-d4da.azurecr.io"), Some(true));
        assert_eq!(patterns.matches("dev", "dev.azurecr.io"), Some(false));
        assert_eq!(Patterns::default().matches("x", "y"), None);
        assert!(Patterns::parse(["a["]).is_err());
    }
}
