//! What tokens say of themselves. Nothing is verified: that is the business of whoever they are for.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;

/// The payload of a JWT (RFC 7519, section 3); none for what is none.
pub(super) fn claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    let payload = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}
