//! Which registries are covered.

use super::ConfigError;
use super::registry::{self, Given};
use super::settings::Lookup;
use super::values::{list, patterns};
use crate::azure::cloud::Cloud;
use crate::collect::selection::Selection;

/// Reads and checks which registries are covered.
pub(super) fn read(lookup: &Lookup, cloud: &Cloud, allow_loopback: bool) -> Result<Selection, ConfigError> {
    let mut selection = Selection {
        subscriptions: subscriptions(lookup)?,
        include: patterns(lookup, "ACR_INVENTORY_INCLUDE")?,
        exclude: patterns(lookup, "ACR_INVENTORY_EXCLUDE")?,
        ..Selection::default()
    };
    for setting in ["ACR_INVENTORY_REGISTRIES", "ACR_NAME"] {
        for text in list(lookup, setting)? {
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
    }
    Ok(selection)
}

/// Ids of subscriptions, as they are or as resource ids.
fn subscriptions(lookup: &Lookup) -> Result<Vec<String>, ConfigError> {
    const SETTING: &str = "ACR_INVENTORY_SUBSCRIPTIONS";
    let id = |text: String| {
        let last = text.trim_matches('/').rsplit('/').next().unwrap_or_default();
        let is_path = text.contains('/') && !text.to_ascii_lowercase().starts_with("/subscriptions/");
        match last.parse::<uuid::Uuid>() {
            Ok(id) if !is_path => Ok(id.to_string()),
            _ => {
                let why =
                    format!("{text:?} is not the id of a subscription, which `az account show --query id` prints");
                Err(ConfigError::new(SETTING, why))
            }
        }
    };
    list(lookup, SETTING)?.into_iter().map(id).collect()
}
