//! The identity of one run over all registries.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;

/// A run's identity: a number that only grows and the time it was opened, e.g. `00000042-20261122T073000Z`.
///
/// The number alone orders generations (it is taken from the previous run by a conditional write); the time is there
/// for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Generation {
    number: u64,
    opened: String,
}

impl Generation {
    /// The generation with this number, opened at `now`.
    pub fn new(number: u64, now: OffsetDateTime) -> Self {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let opened = now
            .to_offset(time::UtcOffset::UTC)
            .format(&format)
            .unwrap_or_else(|_| "00000000T000000Z".to_owned());
        Self { number, opened }
    }

    /// When it was opened, by the clock of whoever opened it.
    pub fn opened(&self) -> Option<OffsetDateTime> {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let opened = time::PrimitiveDateTime::parse(&self.opened, &format);
        opened.ok().map(time::PrimitiveDateTime::assume_utc)
    }

    /// The ordering number, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl std::fmt::Display for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08}-{}", self.number, self.opened)
    }
}

impl From<Generation> for String {
    fn from(generation: Generation) -> Self {
        generation.to_string()
    }
}

impl TryFrom<String> for Generation {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = text.split_once('-').and_then(|(number, opened)| {
            let digits = number.len() >= 8 && number.bytes().all(|b| b.is_ascii_digit());
            let time = opened.len() == 16
                && opened.bytes().enumerate().all(|(at, b)| match at {
                    8 => b == b'T',
                    15 => b == b'Z',
                    _ => b.is_ascii_digit(),
                });
            let number: u64 = number.parse().ok().filter(|_| digits && time)?;
            let opened = opened.to_owned();
            // The text is a blob name too: one that is written otherwise than we write it names another blob.
            Some(Self { number, opened }).filter(|generation| generation.to_string() == text)
        });
        parsed.ok_or_else(|| format!("{:?} is not a generation", text.chars().take(64).collect::<String>()))
    }
}

#[cfg(test)]
mod tests {
    use super::Generation;
    use time::macros::datetime;

    #[test]
    fn round_trips_and_orders_by_number() {
        let older = Generation::new(9, datetime!(2026-11-22 07:30 UTC));
        let newer = Generation::new(10, datetime!(2026-11-21 07:30 UTC));
        assert_eq!(older.to_string(), "00000009-20261122T073000Z");
        assert!(older < newer);
        assert_eq!(older.opened(), Some(datetime!(2026-11-22 07:30 UTC)));
        assert_eq!(Generation::try_from(older.to_string()), Ok(older));
        for wrong in [
            "",
            "1-20261122T073000Z",
            "00000001-../..",
            "0000000x-20261122T073000Z",
            "000000001-20261122T073000Z",
            "00000001-20261122T0730000",
        ] {
            assert!(Generation::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
