//! What a registry's token says of itself: how long it lives, and which kind of registry gave it out.

use std::time::Duration;

use serde::Deserialize;
use time::OffsetDateTime;

use crate::azure::jwt;

/// Used when a token does not say when it expires, or has expired already.
const UNKNOWN_LIFE: Duration = Duration::from_secs(300);
/// No registry gives out a token for longer; one that claims to is asked for the next one all the same.
const LONGEST_LIFE: Duration = Duration::from_secs(86_400);

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
        let claims: Claims = jwt::claims(token).unwrap_or_default();
        let left = claims.exp.map(|exp| exp.saturating_sub(now.unix_timestamp()));
        let life = left
            .and_then(|seconds| u64::try_from(seconds).ok())
            .filter(|seconds| *seconds > 0);
        Self {
            life: life.map_or(UNKNOWN_LIFE, Duration::from_secs).min(LONGEST_LIFE),
            has_aad_identity: claims.aad_identity.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LIFE, TokenClaims, UNKNOWN_LIFE};
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use std::time::Duration;
    use time::OffsetDateTime;

    fn read(payload: &str) -> TokenClaims {
        let token = format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(payload));
        TokenClaims::read(&token, OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap())
    }

    #[test]
    fn reads_life_and_kind() {
        let claims = read(r#"{"exp":1800003600,"aad_identity":{"oid":"0"}}"#);
        assert_eq!(claims.life, Duration::from_secs(3_600));
        assert!(claims.has_aad_identity);
    }

    #[test]
    fn a_life_that_no_token_has_does_not_set_the_clock() {
        for payload in [
            "",
            "{",
            "{}",
            r#"{"exp":1}"#,
            r#"{"exp":-9223372036854775808}"#,
            r#"{"exp":"1800003600"}"#,
        ] {
            assert_eq!(read(payload).life, UNKNOWN_LIFE, "{payload}");
        }
        for payload in [r#"{"exp":99999999999}"#, r#"{"exp":9223372036854775807}"#] {
            assert_eq!(read(payload).life, LONGEST_LIFE, "{payload}");
        }
    }
}
