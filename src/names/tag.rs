//! Tags.

/// A tag: up to 128 of letters, digits, `_`, `.`, `-`, not beginning with `.` or `-`.
///
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Box<str>);

super::name!(Tag, "tag", check);

fn check(text: &str) -> Result<(), &'static str> {
    let first = text.bytes().next().ok_or("it is empty")?;
    if text.len() > 128 {
        return Err("it is longer than 128 characters");
    }
    if !(first.is_ascii_alphanumeric() || first == b'_') {
        return Err("it begins with a character that a tag cannot begin with");
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if !text.bytes().all(allowed) {
        return Err("it has a character that no tag may have");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Tag;

    #[test]
    fn accepts_and_refuses() {
        for right in ["v1", "_x", "2026.11.22-rc_1", &"a".repeat(128)] {
            assert!(Tag::parse(right).is_ok(), "{right}");
        }
        for wrong in ["", ".a", "-a", "a/b", "a b", "ü", "a\n", &"a".repeat(129)] {
            assert!(Tag::parse(wrong).is_err(), "{wrong}");
        }
    }
}
