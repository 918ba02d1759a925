//! Payload of a token: a life that the clock can be set by, whatever the token says.
#![no_main]

use std::time::{Duration, Instant};

use acr_inventory::azure::acr::wire::TokenClaims;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use time::OffsetDateTime;

fn check(token: &str) -> TokenClaims {
    let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
    let claims = TokenClaims::read(token, now);
    assert!(!claims.life.is_zero() && claims.life <= Duration::from_secs(86_400));
    // As the client computes when to renew.
    assert!(Instant::now() + claims.life.mul_f64(0.8) > Instant::now());
    claims
}

// Once as the whole token, once as its payload.
fuzz_target!(|data: &[u8]| {
    if let Ok(token) = std::str::from_utf8(data) {
        check(token);
    }
    let claims = check(&format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(data)));
    let Ok(payload) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(data) else {
        return;
    };
    // Claims of the right kind are understood.
    let expires = payload.get("exp").filter(|exp| !exp.is_null());
    match expires.map(serde_json::Value::as_i64) {
        Some(Some(exp)) if (1_800_000_001..1_800_086_400).contains(&exp) && unique(data) => {
            assert_eq!(claims.life.as_secs(), exp.abs_diff(1_800_000_000));
        }
        _ => {}
    }
});

/// A key twice is refused as a whole, and nothing is known then.
fn unique(data: &[u8]) -> bool {
    let count = |key: &[u8]| data.windows(key.len()).filter(|window| *window == key).count();
    count(b"exp") == 1 && count(b"aad_identity") <= 1 && !data.contains(&b'\\')
}
