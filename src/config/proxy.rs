//! The proxy, as other programs are told of one.

use url::Url;

use super::ConfigError;
use super::settings::Lookup;
use super::values::flag;
use crate::azure::http::proxy::Proxy;

/// The proxy of the environment, where it is to be heeded. An address without a scheme is one of http, as it is for curl.
pub(super) fn read(lookup: &Lookup) -> Result<Option<Proxy>, ConfigError> {
    if !flag(lookup, "ACR_INVENTORY_USE_PROXY")? {
        return Ok(None);
    }
    for setting in ["HTTPS_PROXY", "ALL_PROXY"] {
        let Some(text) = lookup.get(setting) else { continue };
        let text = match text.contains("://") {
            true => text,
            false => format!("http://{text}"),
        };
        // The address may hold a password, so that it is not shown.
        let url: Url = text.trim().parse().map_err(|error| ConfigError::new(setting, error))?;
        if !["http", "https"].contains(&url.scheme()) || url.host().is_none() {
            let why = format!("a proxy over {} is not spoken to: http or https", url.scheme());
            return Err(ConfigError::new(setting, why));
        }
        return Ok(Some(Proxy::new(url, lookup.get("NO_PROXY").unwrap_or_default())));
    }
    Ok(None)
}
