//! The proxy that requests go through where one is set. It resolves the names it is asked for; what goes past it is
//! resolved here, and checked here.

use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// A proxy and the hosts that it is not for.
#[derive(Clone)]
pub struct Proxy {
    url: Url,
    not_for: String,
    matcher: Arc<Matcher>,
}

// The address may hold a password.
impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Proxy {
    /// `url` is http or https, with a host; `not_for` is a list as in `NO_PROXY`.
    pub fn new(url: Url, not_for: String) -> Self {
        let matcher = Matcher::builder().https(url.to_string()).no(not_for.clone()).build();
        Self {
            url,
            not_for,
            matcher: Arc::new(matcher),
        }
    }

    /// Whether requests to this address go through it. Plain http never does: only identity endpoints speak it, and those
    /// are on this machine.
    pub fn serves(&self, url: &Url) -> bool {
        let uri = url.as_str().parse();
        url.scheme() == "https" && uri.is_ok_and(|uri| self.matcher.intercept(&uri).is_some())
    }

    /// Where it is and what it is not for, for people: without who we are to it.
    pub fn shown(&self) -> String {
        let place = self.place();
        match self.not_for.is_empty() {
            true => place,
            false => format!("{place}, but not for {}", self.not_for),
        }
    }

    /// Where it is: scheme, host and port.
    pub fn place(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Whether this is its own host: that one was named by the operator, and may be on this machine.
    pub(super) fn is_at(&self, host: &str) -> bool {
        self.url.host_str().is_some_and(|own| own.eq_ignore_ascii_case(host))
    }

    /// As the HTTP client takes it.
    pub(super) fn for_client(&self) -> reqwest::Proxy {
        let proxy = self.clone();
        reqwest::Proxy::custom(move |url| proxy.serves(url).then(|| proxy.url.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::Proxy;

    fn proxy(not_for: &str) -> Proxy {
        let url = "http://us:secret@proxy.example.com:8080".parse().unwrap();
        Proxy::new(url, not_for.to_owned())
    }

    #[test]
    fn the_password_is_never_shown() {
        for not_for in ["", "*.local"] {
            let shown = format!(
                "{0:?} {1} {2}",
                proxy(not_for),
                proxy(not_for).shown(),
                proxy(not_for).place()
            );
            assert!(!shown.contains("secret") && !shown.contains("us:"), "{shown}");
            assert!(shown.contains("http://proxy.example.com:8080"), "{shown}");
        }
    }

    #[test]
    fn the_list_says_who_is_asked_directly() {
        let proxy = proxy("privatelink.azurecr.io, .blob.core.windows.net,10.0.0.0/8");
        for (url, through) in [
            ("https://contoso.azurecr.io/v2/", true),
            ("https://a.privatelink.azurecr.io/v2/", false),
            ("https://a.blob.core.windows.net/inventory", false),
            ("https://10.1.2.3/", false),
            ("https://11.1.2.3/", true),
            ("http://127.0.0.1:41741/MSI/token", false),
        ] {
            assert_eq!(proxy.serves(&url.parse().unwrap()), through, "{url}");
        }
        assert!(!super::Proxy::new(proxy.url.clone(), "*".to_owned()).serves(&"https://a.b.c/".parse().unwrap()));
    }
}
