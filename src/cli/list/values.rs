//! Values of flags: ages, sizes and patterns.

use anyhow::Context as _;
use globset::{Glob, GlobSet, GlobSetBuilder};

/// Reads `90d`, `12h`, `30m` or `2w`.
pub(super) fn age(text: &str) -> Result<time::Duration, String> {
    let wrong = || format!("{text:?} is no age such as 90d, 12h, 30m or 2w");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let number = i64::from(number);
    match unit {
        "m" => Ok(time::Duration::minutes(number)),
        "h" => Ok(time::Duration::hours(number)),
        "d" => Ok(time::Duration::days(number)),
        "w" => Ok(time::Duration::weeks(number)),
        _ => Err(wrong()),
    }
}

/// Reads `1GiB`, `500MB`, `4096`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 9] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("B", 1),
    ];
    let unit = UNITS
        .iter()
        .find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)));
    let (number, bytes) = unit.unwrap_or((text, 1));
    let number: Option<u64> = number.trim().parse().ok();
    let size = number.and_then(|number| number.checked_mul(bytes));
    size.ok_or_else(|| format!("{text:?} is no size such as 500MB or 1GiB"))
}

/// Patterns of names, any of which may match; none: no condition. A `*` does not stop at a slash.
pub(super) fn globs(patterns: &[String]) -> anyhow::Result<Option<GlobSet>> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).with_context(|| format!("{pattern:?} is no pattern"))?);
    }
    Ok(Some(set.build()?))
}

#[cfg(test)]
mod tests {
    use super::{age, globs, size};

    #[test]
    fn ages_and_sizes_are_read_and_wrong_ones_named() {
        assert_eq!(age("90d"), Ok(time::Duration::days(90)));
        assert_eq!(age("2w"), Ok(time::Duration::weeks(2)));
        assert_eq!(size("1GiB"), Ok(1 << 30));
        assert_eq!(size("2 kB"), Ok(2_000));
        assert_eq!(size("7B"), Ok(7));
        assert_eq!(size("42"), Ok(42));
        for wrong in ["", "d", "90", "-1d", "1y", "9ü"] {
            assert!(age(wrong).unwrap_err().contains("no age"), "{wrong}");
        }
        for wrong in ["", "GiB", "-1", "1.5GiB", "99999999999TiB", "1Gb"] {
            assert!(size(wrong).unwrap_err().contains("no size"), "{wrong}");
        }
        assert!(globs(&["a[".to_owned()]).unwrap_err().to_string().contains("a["));
        assert!(globs(&["team/*".to_owned()]).unwrap().unwrap().is_match("team/a/b"));
    }
}
