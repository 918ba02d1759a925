//! Which of a registry's stored snapshots is meant: one by its generation, or the last one before a time.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::inventory::generation::Generation;
use crate::names::LoginServer;
use crate::store::{BlobKey, Store, StoreError};

/// A point in time as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    /// Number of a generation.
    Number(u64),
    /// A moment in UTC; a day means its end.
    Time(OffsetDateTime),
}

/// An end of a time that may still go on.
#[cfg(feature = "query")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Until {
    Now,
    At(At),
}

impl At {
    /// Reads `42`, `00000042-20261122T073000Z`, `2026-11-22` or `2026-11-22T07:30:00Z`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        if let Ok(generation) = Generation::try_from(text.to_owned()) {
            return Ok(Self::Number(generation.number()));
        }
        let time = OffsetDateTime::parse(text, &Rfc3339)
            .or_else(|_| OffsetDateTime::parse(&format!("{text}T23:59:59Z"), &Rfc3339));
        time.map(Self::Time)
            .map_err(|_| "it is no generation, day (2026-11-22) or time (2026-11-22T07:30:00Z)".to_owned())
    }

    /// As [`At::parse`], or `now`: none.
    #[cfg(feature = "query")]
    pub(super) fn parse_or_now(text: &str) -> Result<Until, String> {
        match text {
            "now" => Ok(Until::Now),
            text => Self::parse(text)
                .map(Until::At)
                .map_err(|error| format!("{error}, nor now")),
        }
    }

    /// The generation that is meant, of those that are there in their order; else its neighbours in words.
    pub(super) fn choose<'g>(&self, there: &'g [Generation]) -> Result<&'g Generation, String> {
        let (found, before) = match self {
            Self::Number(number) => {
                let before = there.partition_point(|one| one.number() < *number);
                (there.get(before).filter(|one| one.number() == *number), before)
            }
            Self::Time(time) => {
                let before = there.partition_point(|one| one.opened().is_some_and(|opened| opened <= *time));
                (before.checked_sub(1).and_then(|last| there.get(last)), before)
            }
        };
        found.ok_or_else(|| {
            let earlier = before.checked_sub(1).and_then(|last| there.get(last));
            match (earlier, there.get(before)) {
                (None, None) => "there is no snapshot".to_owned(),
                (None, Some(later)) => format!("the first snapshot is {later}"),
                (Some(earlier), None) => format!("the last snapshot is {earlier}"),
                (Some(earlier), Some(later)) => {
                    format!("it is not kept; its neighbours are {earlier} and {later}")
                }
            }
        })
    }
}

/// The generations whose snapshots are stored, in their order.
pub(super) async fn generations(store: &Store, login_server: &LoginServer) -> Result<Vec<Generation>, StoreError> {
    let names = store.list(&BlobKey::manifests_prefix(login_server)).await?;
    let generations = names.iter().filter_map(|name| BlobKey::manifest_of(login_server, name));
    let mut generations: Vec<Generation> = generations.collect();
    generations.sort_unstable();
    Ok(generations)
}

#[cfg(test)]
mod tests {
    use super::At;
    use crate::inventory::generation::Generation;

    #[test]
    fn a_generation_is_exact_and_a_time_means_the_one_before() {
        let there = [
            "00000003-20261120T070000Z",
            "00000004-20261121T070000Z",
            "00000009-20261123T070000Z",
        ];
        let there = there.map(|text| Generation::try_from(text.to_owned()).unwrap());
        let choose = |text: &str| {
            let at = At::parse(text).unwrap();
            at.choose(&there).map(Generation::number)
        };
        assert_eq!(choose("4"), Ok(4));
        assert_eq!(choose("00000009-20261123T070000Z"), Ok(9));
        assert_eq!(choose("2026-11-22"), Ok(4));
        assert_eq!(choose("2026-11-21T07:00:00Z"), Ok(4));
        assert_eq!(choose("2026-11-21T08:00:00+02:00"), Ok(3));
        assert_eq!(choose("2027-01-01"), Ok(9));
        let thinned = choose("5").unwrap_err();
        assert!(
            thinned.contains("00000004") && thinned.contains("00000009"),
            "{thinned}"
        );
        assert!(choose("2").unwrap_err().contains("first snapshot is 00000003"));
        assert!(choose("2026-01-01").unwrap_err().contains("first snapshot is 00000003"));
        assert!(At::parse("yesterday").is_err());
        assert!(At::Number(1).choose(&[]).unwrap_err().contains("no snapshot"));
    }
}
