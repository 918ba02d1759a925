//! Values of flags: ages, sizes and patterns.

use anyhow::Context as _;
use globset::{Glob, GlobSet, GlobSetBuilder};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, UtcOffset};

use crate::query::difference::Wanted;

/// A moment as people name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Moment {
    Ago(time::Duration),
    /// A whole day in UTC.
    Day(Date),
    At(OffsetDateTime),
}

impl Moment {
    /// Reads `7d`, `2026-11-22` or `2026-11-22T07:30:00Z`.
    pub(in crate::cli) fn parse(text: &str) -> Result<Self, String> {
        if let Ok(age) = age(text) {
            return Ok(Self::Ago(age));
        }
        if let Ok(day) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
            return Ok(Self::Day(day));
        }
        let time = OffsetDateTime::parse(text, &Rfc3339);
        time.map(|time| Self::At(time.to_offset(UtcOffset::UTC)))
            .map_err(|_| "it is no age (7d), day (2026-11-22) or time (2026-11-22T07:30:00Z)".to_owned())
    }

    /// Where it begins.
    pub(in crate::cli) fn begin(self, now: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::Ago(age) => now - age,
            Self::Day(day) => day.midnight().assume_utc(),
            Self::At(time) => time,
        }
    }

    /// Where it ends.
    pub(in crate::cli) fn end(self, now: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::Day(day) => day.with_time(time::macros::time!(23:59:59)).assume_utc(),
            other => other.begin(now),
        }
    }
}

/// Reads `90d`, `12h`, `30m` or `2w`.
pub(in crate::cli) fn age(text: &str) -> Result<time::Duration, String> {
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
pub(in crate::cli) fn size(text: &str) -> Result<u64, String> {
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
pub(in crate::cli) fn globs(patterns: &[String]) -> anyhow::Result<Option<GlobSet>> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).with_context(|| format!("{pattern:?} is no pattern"))?);
    }
    Ok(Some(set.build()?))
}

/// Which changes are meant, by the patterns and words of the command line.
pub(in crate::cli) fn wanted(
    repositories: &[String],
    tags: &[String],
    digest: Option<&String>,
    kinds: &[String],
) -> anyhow::Result<Wanted> {
    Ok(Wanted {
        repositories: globs(repositories)?,
        tags: globs(tags)?,
        digest: digest.cloned(),
        kinds: kinds.to_vec(),
        ..Wanted::default()
    })
}

#[cfg(test)]
mod tests {
    use super::{Moment, age, globs, size};
    use time::macros::datetime;

    #[test]
    fn a_day_begins_and_ends() {
        let now = datetime!(2026-11-30 12:00 UTC);
        let of = |text: &str| {
            let moment = Moment::parse(text).unwrap();
            (moment.begin(now), moment.end(now))
        };
        let day = (datetime!(2026-11-22 00:00 UTC), datetime!(2026-11-22 23:59:59 UTC));
        assert_eq!(of("2026-11-22"), day);
        let time = datetime!(2026-11-22 05:30 UTC);
        assert_eq!(of("2026-11-22T07:30:00+02:00"), (time, time));
        let ago = datetime!(2026-11-23 12:00 UTC);
        assert_eq!(of("7d"), (ago, ago));
        assert!(Moment::parse("yesterday").unwrap_err().contains("no age"));
    }

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
