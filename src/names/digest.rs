//! Content digests.

/// A content digest, `algorithm:encoded`, by the OCI image specification.
///
/// `sha256` and `sha512` must carry exactly 64 and 128 lower-case hexadecimal digits; other algorithms follow the
/// general grammar. <https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(Box<str>);

super::name!(Digest, "digest", check);

fn check(text: &str) -> Result<(), &'static str> {
    let (algorithm, encoded) = text.split_once(':').ok_or("it has no algorithm")?;
    if text.len() > 255 {
        return Err("it is longer than 255 characters");
    }
    let is_hex = |length| {
        encoded.len() == length
            && encoded
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    match algorithm {
        "sha256" if is_hex(64) => Ok(()),
        "sha512" if is_hex(128) => Ok(()),
        "sha256" | "sha512" => Err("its hexadecimal part has the wrong length or alphabet"),
        _ => check_general(algorithm, encoded),
    }
}

fn check_general(algorithm: &str, encoded: &str) -> Result<(), &'static str> {
    let component = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !algorithm.split(['+', '.', '_', '-']).all(component) {
        return Err("its algorithm is not well formed");
    }
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'_' | b'-');
    if encoded.is_empty() || !encoded.bytes().all(alphabet) {
        return Err("its encoded part is not well formed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn accepts_and_refuses() {
        let hex = "0123456789abcdef".repeat(4);
        assert!(Digest::parse(&format!("sha256:{hex}")).is_ok());
        assert!(Digest::parse(&format!("sha512:{hex}{hex}")).is_ok());
        assert!(Digest::parse("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8").is_ok());
        for wrong in [
            "",
            ":",
            "sha256",
            "sha256:",
            "sha256:abc",
            &format!("sha256:{}", hex.to_uppercase()),
            &format!("sha256:{hex}/../x"),
            "a:b/c",
            "../x:abc",
            "a b:c",
        ] {
            assert!(Digest::parse(wrong).is_err(), "{wrong}");
        }
    }
}
