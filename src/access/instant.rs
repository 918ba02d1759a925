//! Points in time as ARM writes them, to the second: all that a password's expiry needs.

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl Instant {
    /// Parses `2023-02-07T15:44:26.4094718+00:00`: any number of fractional digits, `Z` or an offset. None for anything
    /// else, also without an offset.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', 't'])?;
        let mut date = date.split('-');
        let (year, month, day) = (
            number(date.next()?, 4)?,
            number(date.next()?, 2)?,
            number(date.next()?, 2)?,
        );
        let offset_at = rest.find(['Z', 'z', '+', '-'])?;
        let (time, offset) = rest.split_at_checked(offset_at)?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let mut time = time.split(':');
        let (hour, minute, second) = (
            number(time.next()?, 2)?,
            number(time.next()?, 2)?,
            number(time.next()?, 2)?,
        );
        let whole = date.next().is_none() && time.next().is_none() && fraction.bytes().all(|b| b.is_ascii_digit());
        let ranges = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
        if !whole || !ranges {
            return None;
        }
        let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
        Some(Self(seconds - offset_seconds(offset)?))
    }
}

fn offset_seconds(offset: &str) -> Option<i64> {
    if offset.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = offset.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let seconds = number(hours, 2)? * 3_600 + number(minutes, 2)? * 60;
    Some(if sign == "-" { -seconds } else { seconds })
}

fn number(digits: &str, length: usize) -> Option<i64> {
    let right = digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
    right.then(|| digits.parse().ok()).flatten()
}

/// Days since 1970-01-01 of a date of the Gregorian calendar, by years that begin in March.
/// <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::Instant;

    #[test]
    fn reads_what_arm_writes() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-03-01T00:00:00.0000001Z", 951_868_800),
            ("2023-02-07T15:44:26.4094718+00:00", 1_675_784_666),
            ("2023-02-07T17:44:26+02:00", 1_675_784_666),
            ("2023-02-07T10:44:26-05:00", 1_675_784_666),
        ] {
            assert_eq!(Instant::parse(text), Some(Instant(seconds)), "{text}");
        }
        for wrong in [
            "",
            "2023-02-07",
            "2023-02-07T15:44:26",
            "2023-13-07T15:44:26Z",
            "2023-02-07T15:44Z",
            "x",
        ] {
            assert_eq!(Instant::parse(wrong), None, "{wrong}");
        }
    }
}
