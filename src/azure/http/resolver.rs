//! Names to addresses, with the check that keeps requests off this machine and its links.

use std::net::{IpAddr, SocketAddr};

use super::HttpOptions;

/// Loopback, link-local (the identity endpoint of virtual machines is one) and unspecified addresses. Private ranges
/// are not among them: that is where private endpoints live.
pub(super) fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_local(IpAddr::V4(v4)),
            None => v6.is_loopback() || v6.is_unspecified() || (v6.segments()[0] & 0xffc0) == 0xfe80,
        },
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0} resolves to a loopback or link-local address, which is not contacted (--allow-loopback)")]
pub(super) struct LocalAddress(String);

#[derive(Debug, Clone, Default)]
pub(super) struct Resolver(pub(super) HttpOptions);

impl Resolver {
    /// Addresses of a name that may be contacted.
    pub(super) async fn addresses(
        &self,
        name: &str,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        if let Some(address) = self.0.resolve_to {
            return Ok(vec![address]);
        }
        let is_proxy = self.0.proxy.as_ref().is_some_and(|proxy| proxy.is_at(name));
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
        if !self.0.allow_loopback && !is_proxy && addresses.iter().any(|address| is_local(address.ip())) {
            return Err(LocalAddress(name.to_owned()).into());
        }
        Ok(addresses)
    }
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn knows_local_addresses() {
        for local in [
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "::",
        ] {
            assert!(is_local(local.parse().unwrap()), "{local}");
        }
        for other in ["10.0.0.4", "192.168.1.1", "20.1.2.3", "2603::1", "::ffff:10.0.0.4"] {
            assert!(!is_local(other.parse().unwrap()), "{other}");
        }
    }
}
