//! Tokens of the simulated world: real JWT shape, a keyed hash instead of RS256, every one carrying a canary.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

/// Text in the header of every simulated token (`kid`): a log, blob or message that holds it has leaked a token.
/// Base64 of the header is the same for all of them, so searching for [`canary`] finds every leak.
const KEY_ID: &str = "canary-acr-inventory-simulator";

fn header() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json!({"typ":"JWT","alg":"RS256","kid":KEY_ID}).to_string())
}

fn signature(signed: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"simulated signing key ");
    hash.update(signed.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// The text that begins every simulated token.
pub fn canary() -> String {
    header()
}

/// Signs `claims` (which should carry `aud` and `exp`) into a token.
pub fn sign(claims: &Value) -> String {
    let signed = format!("{}.{}", header(), BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = signature(&signed);
    format!("{signed}.{signature}")
}

/// An Entra access token of an application for `audience` (no trailing slash), valid for `seconds` from `now`.
pub fn entra(audience: &str, subject: &str, now: OffsetDateTime, seconds: i64) -> String {
    sign(&json!({
        "aud": audience, "sub": subject, "oid": subject, "tid": super::world::TENANT_ID, "idtyp": "app",
        "iss": format!("https://sts.windows.net/{}/", super::world::TENANT_ID),
        "iat": now.unix_timestamp(), "nbf": now.unix_timestamp(), "exp": now.unix_timestamp() + seconds,
    }))
}

/// Checks signature, expiry and audience (trailing slashes ignored); the claims, or why the token is refused.
pub fn check(token: &str, audience: &str, now: OffsetDateTime) -> Result<Value, &'static str> {
    let (signed, given) = token.rsplit_once('.').ok_or("not a token")?;
    if signature(signed) != given {
        return Err("bad signature");
    }
    let (_, claims) = signed.split_once('.').ok_or("not a token")?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).map_err(|_| "not base64")?;
    let claims: Value = serde_json::from_slice(&claims).map_err(|_| "not JSON")?;
    if claims["exp"].as_i64().unwrap_or(0) <= now.unix_timestamp() {
        return Err("expired");
    }
    let given = claims["aud"].as_str().unwrap_or("").trim_end_matches('/');
    if given != audience.trim_end_matches('/') {
        return Err("wrong audience");
    }
    Ok(claims)
}
