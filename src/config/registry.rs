//! A registry as people write it: a name, a login server with or without scheme, or a resource id.

use crate::azure::cloud::Cloud;
use crate::names::{LoginServer, RegistryId};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    LoginServer(LoginServer),
    Name(String),
    Id(RegistryId),
}

/// Schemes that tools put before a login server; we speak https whatever stands there.
const SCHEMES: [&str; 4] = ["https", "http", "oci", "docker"];

/// Reads what people copy from the portal, from `az acr list` or from a build's configuration. The error says why it
/// names no registry.
pub(super) fn parse(text: &str, cloud: &Cloud) -> Result<Given, String> {
    if let Some(at) = text.to_ascii_lowercase().find("/subscriptions/") {
        let id = text.get(at..).unwrap_or_default().split(['?', '#']).next();
        let id = id.unwrap_or_default().trim_end_matches('/');
        return RegistryId::parse(id).map(Given::Id).map_err(|error| error.to_string());
    }
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)) => rest,
        Some((scheme, _)) => return Err(format!("{scheme:?} is no scheme of a registry")),
        None => text,
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !["", "v2", "v2/"].contains(&path) {
        return Err(format!("{text:?} names a repository: name its registry alone, {host}"));
    }
    if host.contains(['*', '?', '[', '{']) {
        return Err(format!(
            "{host:?} is a pattern, and those are for --include (ACR_INVENTORY_INCLUDE)"
        ));
    }
    if !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric()) && host != "localhost" {
        return Ok(Given::Name(host.to_owned()));
    }
    login_server(host, cloud).map(Given::LoginServer)
}

fn login_server(host: &str, cloud: &Cloud) -> Result<LoginServer, String> {
    let host = host.to_ascii_lowercase();
    let host = match host.strip_suffix(":443") {
        Some(bare) if !bare.contains("localhost") && bare != "127.0.0.1" => bare,
        _ => host.as_str(),
    };
    let login_server = LoginServer::parse(host).map_err(|error| error.to_string())?;
    let suffix = &cloud.login_server_suffix;
    if !cloud.has(&login_server) {
        return Err(format!("{login_server} does not end with {suffix}"));
    }
    // The hosts of layers and of replications are no login servers: they answer for one.
    let labels: Vec<&str> = host
        .strip_suffix(suffix.as_str())
        .unwrap_or_default()
        .split('.')
        .collect();
    match labels.as_slice() {
        [name, _region, "data" | "geo"] => {
            LoginServer::parse(&format!("{name}{suffix}")).map_err(|error| error.to_string())
        }
        _ => Ok(login_server),
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, parse};
    use crate::azure::cloud::{Cloud, CloudName};
    use crate::names::LoginServer;

    #[test]
    fn hosts_are_normalised_and_simulators_keep_their_port() {
        let cloud = Cloud::named(CloudName::China);
        for (given, wanted) in [
            ("HTTPS://Contoso-D4da.AZURECR.cn:443/v2/", "contoso-d4da.azurecr.cn"),
            ("contoso.chinaeast2.data.azurecr.cn", "contoso.azurecr.cn"),
            ("localhost:443", "localhost:443"),
            ("https://contoso.localhost:8443/", "contoso.localhost:8443"),
        ] {
            let wanted = LoginServer::parse(wanted).unwrap();
            assert_eq!(parse(given, &cloud), Ok(Given::LoginServer(wanted)), "{given}");
        }
        assert_eq!(parse("Contoso", &cloud), Ok(Given::Name("Contoso".to_owned())));
    }

    #[test]
    fn what_names_no_registry_says_why() {
        let cloud = Cloud::named(CloudName::Public);
        for (given, why) in [
            ("", "login server"),
            ("https://", "login server"),
            ("ftp://contoso.azurecr.io", "scheme"),
            ("contoso.azurecr.us", "does not end with .azurecr.io"),
            ("contoso.azurecr.io.evil.example", "does not end with"),
            ("contoso.azurecr.io/app@sha256:00", "names a repository"),
            ("user@contoso.azurecr.io", "not well formed"),
            ("contoso.azurecr.io:444", "it has a port"),
            ("prod-?.azurecr.io", "--include"),
        ] {
            let error = parse(given, &cloud).unwrap_err();
            assert!(error.contains(why), "{given}: {error}");
        }
    }
}
