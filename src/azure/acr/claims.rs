//! What a registry's token says of itself: how long it lives, and which kind of registry gave it out.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use time::OffsetDateTime;

/// Used when a token does not say when it expires, or has expired already.
const UNKNOWN_LIFE: Duration = Duration::from_secs(300);

/// The part of a token that is read. Nothing of it is trusted: a registry that lies about it gets its own token back
/// too early or too late, and says 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenClaims {
    /// Time left.
    pub life: Duration,
    /// The `aad_identity` claim is there on registries with repository permissions (ABAC).
    pub has_aad_identity: bool,
}

impl TokenClaims {
    /// Reads the payload of a JWT; the signature is the registry's own business.
    pub fn read(token: &str, now: OffsetDateTime) -> Self {
        #[derive(Default, Deserialize)]
        struct Claims {
            exp: Option<i64>,
            aad_identity: Option<serde::de::IgnoredAny>,
        }
        let payload = token
            .split('.')
            .nth(1)
            .and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
        let claims: Claims = payload
            .and_then(|json| serde_json::from_slice(&json).ok())
            .unwrap_or_default();
        let left = claims.exp.map(|exp| exp - now.unix_timestamp());
        let life = left
            .and_then(|seconds| u64::try_from(seconds).ok())
            .filter(|seconds| *seconds > 0);
        Self {
            life: life.map_or(UNKNOWN_LIFE, Duration::from_secs),
            has_aad_identity: claims.aad_identity.is_some(),
        }
    }
}
