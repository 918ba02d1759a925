//! Grammars of names against regular expressions written from their specifications, and blob names both ways.
#![no_main]

use std::sync::LazyLock;

use acr_inventory::inventory::generation::Generation;
use acr_inventory::names::{Digest, LoginServer, RegistryId, RepositoryName, Tag};
use acr_inventory::store::BlobKey;
use libfuzzer_sys::fuzz_target;
use regex::Regex;

/// A regular expression for the whole text.
macro_rules! whole {
    ($pattern:literal) => {
        LazyLock::new(|| Regex::new(concat!(r"\A(?:", $pattern, r")\z")).unwrap())
    };
}

/// OCI distribution specification 1.1, "Pulling manifests": `<name>` and `<reference>` as a tag.
static REPOSITORY: LazyLock<Regex> = whole!(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*");
static TAG: LazyLock<Regex> = whole!(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");
/// OCI image specification 1.1, "Digests"; the registered algorithms say how many digits they have.
static DIGEST: LazyLock<Regex> = whole!(r"[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+");
static REGISTERED: LazyLock<Regex> = whole!(r"sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}");
/// RFC 1123 labels, at least three; or what simulators have.
static HOST: LazyLock<Regex> = whole!(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){2,}");
static LOOPBACK: LazyLock<Regex> =
    whole!(r"(127\.0\.0\.1|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)?localhost)(:([1-9][0-9]{0,4}))?");
/// Resource Manager: a GUID, the naming rules of resource groups (as far as ASCII goes) and of registries.
static REGISTRY: LazyLock<Regex> = whole!(
    r"(?i)/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/resourceGroups/[a-z0-9_().-]{0,89}[a-z0-9_()-]/providers/Microsoft\.ContainerRegistry/registries/[a-z0-9]{1,50}"
);

fn is_login_server(text: &str) -> bool {
    if let Some(found) = LOOPBACK.captures(text) {
        let port = found.get(5).map_or(Ok(1), |port| port.as_str().parse::<u32>());
        return port.is_ok_and(|port| port <= 65_535) && !text.starts_with("xn--");
    }
    let punycode = text.split('.').any(|label| label.starts_with("xn--"));
    let address = text
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    HOST.is_match(text) && text.len() <= 253 && !punycode && !address
}

fn is_digest(text: &str) -> bool {
    let registered = text.starts_with("sha256:") || text.starts_with("sha512:");
    text.len() <= 255
        && if registered {
            REGISTERED.is_match(text)
        } else {
            DIGEST.is_match(text)
        }
}

fn grammars(text: &str) {
    let (name, tag) = (RepositoryName::parse(text), Tag::parse(text));
    assert_eq!(name.is_ok(), REPOSITORY.is_match(text) && text.len() <= 256, "{text:?}");
    assert_eq!(tag.is_ok(), TAG.is_match(text), "{text:?}");
    assert_eq!(Digest::parse(text).is_ok(), is_digest(text), "{text:?}");
    assert_eq!(LoginServer::parse(text).is_ok(), is_login_server(text), "{text:?}");
    let id = RegistryId::parse(text);
    if text.is_ascii() {
        assert_eq!(id.is_ok(), REGISTRY.is_match(text), "{text:?}");
    }
    if let Ok(id) = id {
        assert!(
            !text
                .chars()
                .any(|c| c.is_control() || c.is_whitespace() || "?#%\\".contains(c)),
            "{text:?}"
        );
        assert_eq!(id.as_str(), text);
        assert_eq!(id, RegistryId::parse(&text.to_ascii_uppercase()).unwrap());
    }
    if let Ok(generation) = Generation::try_from(text.to_owned()) {
        assert_eq!(generation.to_string(), text);
    }
}

/// From a name to its place and back; and from any listed name to a place only if it is the very same.
fn places(one: &str, other: &str) {
    let server = LoginServer::parse("contoso.azurecr.io").unwrap();
    let place = |text: &str| {
        let name = RepositoryName::parse(text).ok()?;
        let place = BlobKey::Repository(server.clone(), name.clone()).to_string();
        assert_eq!(BlobKey::repository_of(&server, &place), Some(name));
        assert!(
            place
                .split('/')
                .all(|part| !part.is_empty() && part != "." && part != "..")
        );
        Some(place)
    };
    if let (Some(first), Some(second)) = (place(one), place(other)) {
        assert_eq!(first == second, one == other);
    }
    if let Some(name) = BlobKey::repository_of(&server, one) {
        assert_eq!(BlobKey::Repository(server.clone(), name).to_string(), one);
    }
    let listed = format!("{}{one}.json", BlobKey::spool_prefix());
    if let Some(key) = BlobKey::spooled(&listed) {
        assert_eq!(key.to_string(), listed);
    }
    for prefix in [BlobKey::packs_prefix(&server), BlobKey::state_prefix(&server)] {
        let listed = format!("{prefix}{one}");
        if let Some(key) = BlobKey::used_once_of(&server, &listed) {
            assert_eq!(key.to_string(), listed);
        }
    }
}

// One or two names, a line each.
fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    grammars(text);
    let (one, other) = text.split_once('\n').unwrap_or((text, text));
    grammars(one);
    places(one, other);
});
