//! Repository names.

/// A repository name by the OCI distribution specification: path components of lower-case letters and digits, joined
/// by `.`, `_`, `__` or dashes, separated by `/`; at most 256 characters.
///
/// A name of this grammar cannot hold `..`, an empty component, a leading slash, `%` or `\`, so it is safe as part of
/// a URL path and of a blob name. <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName(Box<str>);

super::name!(RepositoryName, "repository name", check);

fn check(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    if text.len() > 256 {
        return Err("it is longer than 256 characters");
    }
    if text.split('/').all(is_component) {
        Ok(())
    } else {
        Err("a path component is not well formed")
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let bytes = text.as_bytes();
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends_well = |b: Option<&u8>| b.is_some_and(|b| alphanumeric(*b));
    if !ends_well(bytes.first()) || !ends_well(bytes.last()) {
        return false;
    }
    bytes
        .split(|b| alphanumeric(*b))
        .filter(|separator| !separator.is_empty())
        .all(|separator| matches!(separator, b"." | b"_" | b"__") || separator.iter().all(|b| *b == b'-'))
}

#[cfg(test)]
mod tests {
    use super::RepositoryName;

    #[test]
    fn accepts_and_refuses() {
        for right in ["a", "team/app", "a.b_c__d---e/f0", "0", &"a".repeat(256)] {
            assert!(RepositoryName::parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "/a",
            "a/",
            "a//b",
            "A",
            "a..b",
            "a___b",
            "a._b",
            "-a",
            "a-",
            "../a",
            "a/../b",
            ".",
            "a%2fb",
            "a\\b",
            "a b",
            "ä",
            "a:b",
            "a@b",
            "a\u{0}",
            &"a".repeat(257),
        ] {
            assert!(RepositoryName::parse(wrong).is_err(), "{wrong}");
        }
    }
}
