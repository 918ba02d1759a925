//! Login servers: the hosts that tokens may go to.

/// The login server of a registry, e.g. `contoso.azurecr.io` or `contoso-d4dafvhpevapbeaz.azurecr.io`.
///
/// Lower-case DNS labels, at least three, no port, no user information, no trailing dot, never an IP address and never
/// punycode. Simulators may also be `localhost`, `NAME.localhost` or `127.0.0.1`, with a port; connections to those
/// are refused unless loopback is allowed. That a name follows this grammar does not make it trusted: tokens go only
/// to login servers that were discovered or configured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginServer(Box<str>);

super::name!(LoginServer, "login server", check);

impl LoginServer {
    /// True for the forms that only a simulator has (`localhost`, `NAME.localhost`, `127.0.0.1`, with or without port).
    pub fn is_loopback(&self) -> bool {
        let host = split_port(&self.0).0;
        is_loopback_host(host)
    }

    /// The login server that the host of a client's request leads to: in lower case, without port or last dot, and for a
    /// regional, data or private endpoint (`NAME.REGION.geo.azurecr.io`, `NAME.REGION.data.azurecr.io`,
    /// `NAME.privatelink.azurecr.io`) that of the registry that it belongs to. There need be no such registry.
    pub fn of_host(host: &str) -> Result<Self, super::NameError> {
        let host = host.to_ascii_lowercase();
        if let Ok(server) = Self::parse(&host)
            && server.is_loopback()
        {
            return Ok(server);
        }
        let name = match split_port(&host) {
            (name, Some(port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => &host,
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        let labels: Vec<&str> = name.split('.').collect();
        match labels.as_slice() {
            [registry, _, "geo" | "data", "privatelink", cloud @ ..]
            | [registry, _, "geo" | "data", cloud @ ..]
            | [registry, "privatelink", cloud @ ..]
                if cloud.len() >= 2 =>
            {
                Self::parse(&format!("{registry}.{}", cloud.join(".")))
            }
            _ => Self::parse(name),
        }
    }

    /// The name of the registry: its first label, without the hash that its scope may have put behind a hyphen. Names of
    /// registries have letters and digits alone.
    pub fn registry_name(&self) -> &str {
        let label = self.0.split('.').next().unwrap_or_default();
        label.split('-').next().unwrap_or_default()
    }
}

fn check(text: &str) -> Result<(), &'static str> {
    if text.len() > 253 {
        return Err("it is longer than 253 characters");
    }
    let (host, port) = split_port(text);
    if is_loopback_host(host) {
        return match port {
            None => Ok(()),
            Some(port)
                if port
                    .parse::<u16>()
                    .is_ok_and(|number| number > 0 && number.to_string() == port) =>
            {
                Ok(())
            }
            Some(_) => Err("its port is not a number from 1 to 65535"),
        };
    }
    if port.is_some() {
        return Err("it has a port");
    }
    let labels: Vec<&str> = host.split('.').collect();
    if labels.len() < 3 {
        return Err("it is not a full host name such as contoso.azurecr.io");
    }
    if !labels.iter().copied().all(is_label) {
        return Err("a label of the host name is not well formed (lower case, no punycode)");
    }
    if labels
        .last()
        .is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err("it is an IP address");
    }
    Ok(())
}

fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    }
}

fn is_loopback_host(host: &str) -> bool {
    host == "localhost" || host == "127.0.0.1" || host.strip_suffix(".localhost").is_some_and(is_label)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !label.starts_with("xn--")
        && label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::LoginServer;

    #[test]
    fn endpoints_belong_to_their_registry() {
        for host in [
            "Contoso.azurecr.io:443",
            "contoso.azurecr.io.",
            "contoso.westeurope.geo.azurecr.io",
            "contoso.westeurope.data.azurecr.io:443",
            "contoso.privatelink.azurecr.io",
            "contoso.westeurope.data.privatelink.azurecr.io",
        ] {
            assert_eq!(
                LoginServer::of_host(host).unwrap().as_str(),
                "contoso.azurecr.io",
                "{host}"
            );
        }
        for host in ["localhost:5443", "contoso.geo.azurecr.io", "geo.data.azurecr.io"] {
            assert_eq!(LoginServer::of_host(host).unwrap().as_str(), host);
        }
        for host in [
            "",
            ":443",
            "contoso.azurecr.io:x",
            "10.0.0.1:443",
            "contoso.azurecr.io..",
        ] {
            assert!(LoginServer::of_host(host).is_err(), "{host}");
        }
    }

    #[test]
    fn accepts_and_refuses() {
        for right in [
            "contoso.azurecr.io",
            "contoso-d4dafvhpevapbeaz.azurecr.us",
            "localhost:5443",
            "contoso.localhost:8443",
            "127.0.0.1:443",
        ] {
            assert!(LoginServer::parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "contoso",
            "azurecr.io",
            "Contoso.azurecr.io",
            "contoso.azurecr.io.",
            "contoso.azurecr.io:8443",
            "contoso.azurecr.io@evil.example.com",
            "user@contoso.azurecr.io",
            "contoso.azurecr.io/x",
            "10.0.0.1",
            "169.254.169.254",
            "[::1]",
            "[::1]:443",
            "xn--contso-bza.azurecr.io",
            "contoso%2eazurecr.io",
            "contoso..azurecr.io",
            "-a.azurecr.io",
            "a_b.azurecr.io",
            "contoso.azurecr.io\n",
            "127.0.0.1:0",
            "127.0.0.1:080",
            "localhost:99999",
            "127.0.0.2:80",
            "ünicode.azurecr.io",
            &"a".repeat(65536),
        ] {
            assert!(LoginServer::parse(wrong).is_err(), "{wrong}");
        }
    }
}
