//! Which registries are covered.

use super::ConfigError;
use super::registry::{self, Given};
use super::settings::Lookup;
use super::values::{list, patterns};
use crate::azure::cloud::Cloud;
use crate::collect::selection::Selection;

const REGISTRIES: &str = "ACR_INVENTORY_REGISTRIES";
const SUBSCRIPTIONS: &str = "ACR_INVENTORY_SUBSCRIPTIONS";
/// The same by the names that other tools use, which may be set for these alone: ours go above them.
const BORROWED_NAME: &str = "ACR_NAME";
const BORROWED_SUBSCRIPTION: &str = "AZURE_SUBSCRIPTION_ID";

/// What is covered, and which settings of other tools that is by.
pub(super) struct Chosen {
    pub(super) selection: Selection,
    pub(super) borrowed: Vec<&'static str>,
}

/// Reads and checks which registries are covered.
pub(super) fn read(lookup: &Lookup, cloud: &Cloud, allow_loopback: bool) -> Result<Chosen, ConfigError> {
    let mut borrowed = Vec::new();
    let mut selection = Selection {
        subscriptions: subscriptions(lookup, SUBSCRIPTIONS)?,
        include: patterns(lookup, "ACR_INVENTORY_INCLUDE")?,
        exclude: patterns(lookup, "ACR_INVENTORY_EXCLUDE")?,
        ..Selection::default()
    };
    let mut setting = REGISTRIES;
    let mut texts = list(lookup, setting)?;
    if texts.is_empty() {
        setting = BORROWED_NAME;
        texts = list(lookup, setting)?;
        borrowed.extend((!texts.is_empty()).then_some(setting));
    }
    for text in texts {
        match registry::parse(&text, cloud).map_err(|why| ConfigError::new(setting, why))? {
            Given::Name(name) => selection.names.push(name),
            Given::Id(id) => selection.ids.push(id),
            Given::LoginServer(login_server) if login_server.is_loopback() && !allow_loopback => {
                let why = format!("{login_server} needs ACR_INVENTORY_ALLOW_LOOPBACK=true");
                return Err(ConfigError::new(setting, why));
            }
            Given::LoginServer(login_server) => selection.login_servers.push(login_server),
        }
    }
    // It limits a search. A registry that is named by its place needs none, and must not be hidden by it.
    let is_search = selection.login_servers.is_empty() && selection.ids.is_empty();
    if is_search && selection.subscriptions.is_empty() {
        selection.subscriptions = subscriptions(lookup, BORROWED_SUBSCRIPTION)?;
        borrowed.extend((!selection.subscriptions.is_empty()).then_some(BORROWED_SUBSCRIPTION));
    }
    Ok(Chosen { selection, borrowed })
}

/// Ids of subscriptions, as they are or as resource ids.
fn subscriptions(lookup: &Lookup, setting: &'static str) -> Result<Vec<String>, ConfigError> {
    let id = |text: String| {
        let last = text.trim_matches('/').rsplit('/').next().unwrap_or_default();
        let is_path = text.contains('/') && !text.to_ascii_lowercase().starts_with("/subscriptions/");
        match last.parse::<uuid::Uuid>() {
            Ok(id) if !is_path => Ok(id.to_string()),
            _ => {
                let why =
                    format!("{text:?} is not the id of a subscription, which `az account show --query id` prints");
                Err(ConfigError::new(setting, why))
            }
        }
    };
    list(lookup, setting)?.into_iter().map(id).collect()
}
