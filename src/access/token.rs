//! Repository tokens and their scope maps: access without an identity of the directory.

use serde::Deserialize;
use serde_json::Value;

use super::action::Action;
use super::arm::{self, ShapeError};
use super::instant::Instant;
use super::name_pattern::{Comparison, NamePattern};
use super::truth::Truth;

/// Which repositories a scope map's line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repositories {
    /// `repositories/*/…`
    All,
    /// `repositories/name/…` or `repositories/prefix/*/…`
    Matching(NamePattern),
}

/// What a scope map's line allows there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenAction {
    /// `content/read`
    ContentRead,
    /// `content/write`
    ContentWrite,
    /// `content/delete`
    ContentDelete,
    /// `metadata/read`
    MetadataRead,
    /// `metadata/write`: set locks. None of our actions.
    MetadataWrite,
}

impl TokenAction {
    /// Whether it is enough for the action. Tokens never list the catalog and never reach ARM; signing pushes the
    /// signature.
    pub fn allows(self, action: Action) -> bool {
        match self {
            Self::ContentRead => action == Action::Pull,
            Self::ContentWrite => matches!(action, Action::Push | Action::Sign),
            Self::ContentDelete => action == Action::Delete,
            Self::MetadataRead => action == Action::ReadMetadata,
            Self::MetadataWrite => false,
        }
    }
}

/// A scope map: what the tokens that use it may do. The registry's own (`_repositories_pull`, …) are listed too.
#[derive(Debug, Clone)]
pub struct ScopeMap {
    /// Its name in lower case.
    pub name: String,
    /// The registry made it.
    pub is_system_defined: bool,
    /// Its lines about repositories.
    pub lines: Vec<(Repositories, TokenAction)>,
    /// Lines about connected registries (`gateway/…`), which give no access to repositories here.
    pub gateway: Vec<String>,
    /// Lines that are not understood: what they allow is unknown.
    pub not_understood: Vec<String>,
}

impl ScopeMap {
    /// Reads one item of `…/registries/{name}/scopeMaps` (2025-11-01).
    pub fn from_arm(item: &Value) -> Result<Self, ShapeError> {
        let wire: Wire<WireMap> = arm::read("scope map", item)?;
        let mut map = Self {
            name: arm::last_segment(&wire.name),
            is_system_defined: wire.properties.kind.to_ascii_lowercase().ends_with("systemdefined"),
            lines: Vec::new(),
            gateway: Vec::new(),
            not_understood: Vec::new(),
        };
        for line in wire.properties.actions {
            match parse_line(&line) {
                Some(parsed) => map.lines.push(parsed),
                None if line.to_ascii_lowercase().starts_with("gateway/") => map.gateway.push(line),
                None => map.not_understood.push(line),
            }
        }
        Ok(map)
    }
}

/// `repositories/{name, prefix/* or *}/{content|metadata}/{verb}`
fn parse_line(line: &str) -> Option<(Repositories, TokenAction)> {
    let mut parts = line.rsplitn(3, '/');
    let (verb, noun, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let action = match (noun, verb) {
        ("content", "read") => TokenAction::ContentRead,
        ("content", "write") => TokenAction::ContentWrite,
        ("content", "delete") => TokenAction::ContentDelete,
        ("metadata", "read") => TokenAction::MetadataRead,
        ("metadata", "write") => TokenAction::MetadataWrite,
        _ => return None,
    };
    let name = rest.strip_prefix("repositories/").filter(|name| !name.is_empty())?;
    if name == "*" {
        return Some((Repositories::All, action));
    }
    let (comparison, value) = match name.strip_suffix('*') {
        Some(prefix) => (Comparison::StartsWith, prefix),
        None => (Comparison::Equals, name),
    };
    let pattern = NamePattern::new(comparison, value);
    let understood = pattern.is_understood() && !value.contains('*');
    understood.then_some((Repositories::Matching(pattern), action))
}

/// A password that a token has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// It has none.
    Never,
    /// Then.
    At(Instant),
    /// What stands there is not a time.
    NotUnderstood,
}

/// A repository token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its name in lower case.
    pub name: String,
    /// Enabled or disabled; unknown for other words.
    pub enabled: Truth,
    /// The scope map's name in lower case.
    pub scope_map: Option<String>,
    /// When its passwords expire; none when ARM did not say which it has.
    pub passwords: Option<Vec<Expiry>>,
    /// It can sign in with a certificate.
    pub has_certificates: bool,
}

impl Token {
    /// Reads one item of `…/registries/{name}/tokens` (2025-11-01). Values of passwords are never in it.
    pub fn from_arm(item: &Value) -> Result<Self, ShapeError> {
        let wire: Wire<WireToken> = arm::read("token", item)?;
        let properties = wire.properties;
        let credentials = properties.credentials;
        let certificates = credentials.as_ref().and_then(|all| all.certificates.as_ref());
        let expiry = |password: &WirePassword| match &password.expiry {
            None => Expiry::Never,
            Some(text) => Instant::parse(text).map_or(Expiry::NotUnderstood, Expiry::At),
        };
        let passwords = credentials.as_ref().and_then(|all| all.passwords.as_ref());
        Ok(Self {
            name: arm::last_segment(&wire.name),
            enabled: match properties.status.to_ascii_lowercase().as_str() {
                "enabled" => Truth::True,
                "disabled" => Truth::False,
                _ => Truth::Unknown,
            },
            scope_map: properties.scope_map_id.as_deref().map(arm::last_segment),
            has_certificates: certificates.is_some_and(|list| !list.is_empty()),
            passwords: passwords.map(|list| list.iter().map(expiry).collect()),
        })
    }

    /// Whether somebody can sign in with it at `now`: it is enabled and has a certificate or a password that has not
    /// expired. Whether a certificate has expired is not asked.
    pub fn can_sign_in(&self, now: Instant) -> Truth {
        let passwords = match &self.passwords {
            None => Truth::Unknown,
            Some(list) => Truth::any(list.iter().map(|expiry| match expiry {
                Expiry::Never => Truth::True,
                Expiry::At(then) => Truth::from(*then > now),
                Expiry::NotUnderstood => Truth::Unknown,
            })),
        };
        self.enabled.and(passwords.or(self.has_certificates.into()))
    }
}

#[derive(Deserialize)]
struct Wire<T> {
    name: String,
    properties: T,
}

#[derive(Deserialize)]
struct WireMap {
    #[serde(rename = "type", default, deserialize_with = "arm::or_default")]
    kind: String,
    #[serde(default, deserialize_with = "arm::or_default")]
    actions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireToken {
    #[serde(default, deserialize_with = "arm::or_default")]
    status: String,
    scope_map_id: Option<String>,
    credentials: Option<WireCredentials>,
}

#[derive(Deserialize)]
struct WireCredentials {
    passwords: Option<Vec<WirePassword>>,
    certificates: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct WirePassword {
    expiry: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Expiry, Instant, NamePattern, Repositories, ScopeMap, Token, TokenAction, Truth};

    fn token(properties: serde_json::Value) -> Token {
        Token::from_arm(&serde_json::json!({"name": "Build", "properties": properties})).unwrap()
    }

    #[test]
    fn lines_of_a_scope_map_are_read_or_kept() {
        let map = ScopeMap::from_arm(&serde_json::json!({"name": "M", "properties": {"type": "UserDefined", "actions": [
            "repositories/team/app/content/write", "repositories/team/*/metadata/read", "repositories/*/content/delete",
            "gateway/edge/config/read", "repositories/app/contentWrite", "repositories/a*b/content/read",
            "repositories//content/read"
        ]}}))
        .unwrap();
        let pattern = |comparison, value| Repositories::Matching(NamePattern::new(comparison, value));
        assert_eq!(
            map.lines,
            [
                (pattern(Comparison::Equals, "team/app"), TokenAction::ContentWrite),
                (pattern(Comparison::StartsWith, "team/"), TokenAction::MetadataRead),
                (Repositories::All, TokenAction::ContentDelete),
            ]
        );
        assert_eq!(
            (map.gateway.len(), map.not_understood.len(), map.is_system_defined),
            (1, 3, false)
        );
    }

    #[test]
    fn a_token_works_while_it_is_enabled_and_a_password_has_not_expired() {
        let now = Instant(1_700_000_000);
        let with = |status: &str, passwords: serde_json::Value| {
            token(serde_json::json!({"status": status, "credentials": {"passwords": passwords}})).can_sign_in(now)
        };
        let forever = serde_json::json!([{"name": "password1"}]);
        let past = serde_json::json!([{"name": "password1", "expiry": "2020-01-01T00:00:00Z"}]);
        assert_eq!(with("enabled", forever.clone()), Truth::True);
        assert_eq!(with("disabled", forever.clone()), Truth::False);
        assert_eq!(with("paused", forever), Truth::Unknown);
        assert_eq!(with("Enabled", past), Truth::False);
        assert_eq!(with("enabled", serde_json::json!([])), Truth::False);
        assert_eq!(with("enabled", serde_json::json!([{"expiry": "soon"}])), Truth::Unknown);
        let silent = token(serde_json::json!({"status": "enabled", "scopeMapId": "/x/scopeMaps/Pull"}));
        assert_eq!(silent.can_sign_in(now), Truth::Unknown);
        assert_eq!(silent.scope_map.as_deref(), Some("pull"));
        let later = token(serde_json::json!({"credentials": {"passwords": [{"expiry": "2030-01-01T00:00:00+00:00"}]}}));
        assert!(matches!(later.passwords.as_deref(), Some([Expiry::At(_)])));
    }
}
