//! What an organisation wants of its registries: which contested rules count, and the numbers and lists rules go by.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::rule::RULES;

/// What trusted Azure services should be able to do at the firewall; sound advice exists for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrustedServices {
    /// `networkRuleBypassOptions` is `AzureServices`: scanners and managed builds keep working behind the firewall.
    Allowed,
    /// It is `None`: nothing gets past the firewall.
    Denied,
}

/// Parameters of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Profile {
    pub name: String,
    /// Ids of contested rules that count.
    pub contested: BTreeSet<String>,
    pub trusted_services: TrustedServices,
    /// Subscription ids that the run covers; the registry's own always belongs to them.
    pub scanned_subscriptions: BTreeSet<String>,
    /// Other subscriptions whose private endpoints are welcome.
    pub allowed_subscriptions: BTreeSet<String>,
    /// The widest IPv4 range a firewall rule may open, as prefix length.
    pub shortest_ipv4_prefix: u8,
    /// Patterns of production tags, for people: the inventory does the matching. Empty: locking is not judged.
    pub production_tag_patterns: Vec<String>,
    /// The share of tagged images that has to be signed, per cent.
    pub signed_share_percent: u8,
    /// Names or ARM ids of pipelines and connected registries that are wanted.
    pub allowed_transfers: BTreeSet<String>,
    /// The share of the storage that may be in use, per cent.
    pub usage_percent: u8,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: "default".to_owned(),
            contested: BTreeSet::new(),
            trusted_services: TrustedServices::Allowed,
            scanned_subscriptions: BTreeSet::new(),
            allowed_subscriptions: BTreeSet::new(),
            shortest_ipv4_prefix: 24,
            production_tag_patterns: Vec::new(),
            signed_share_percent: 100,
            allowed_transfers: BTreeSet::new(),
            usage_percent: 90,
        }
    }
}

impl Profile {
    /// The names that [`Profile::named`] knows.
    pub const NAMES: [&str; 4] = [
        "default",
        "strict",
        "trusted-services-allowed",
        "trusted-services-denied",
    ];

    /// Every contested rule counts, and trusted services are kept out.
    pub fn strict() -> Self {
        Self {
            name: "strict".to_owned(),
            contested: RULES
                .iter()
                .filter(|rule| rule.contested)
                .map(|rule| rule.id.to_owned())
                .collect(),
            trusted_services: TrustedServices::Denied,
            ..Self::default()
        }
    }

    /// The profile of a name: `default` leaves contested rules out, `strict` takes them all, and the other two add to
    /// the default the rule on trusted services, one way or the other.
    pub fn named(name: &str) -> Option<Self> {
        let trusted = |trusted_services| Self {
            name: name.to_owned(),
            contested: BTreeSet::from(["trusted-services-bypass".to_owned()]),
            trusted_services,
            ..Self::default()
        };
        match name {
            "default" => Some(Self::default()),
            "strict" => Some(Self::strict()),
            "trusted-services-allowed" => Some(trusted(TrustedServices::Allowed)),
            "trusted-services-denied" => Some(trusted(TrustedServices::Denied)),
            _ => None,
        }
    }
}

/// A pattern of production tags, such as `v*`, as it was given; the error says what is wrong with it.
pub fn tag_pattern(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty; is a variable not set?".to_owned());
    }
    let glob = globset::Glob::new(text);
    glob.map(|_| text.to_owned()).map_err(|error| error.to_string())
}
