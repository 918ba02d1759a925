//! How long snapshots are kept, as it is written.

use std::str::FromStr;

use crate::snapshot::retention::Keep;

/// What was said of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeepSetting {
    #[default]
    NotSaid,
    /// Nothing is deleted.
    Forever,
    For(Keep),
}

impl KeepSetting {
    /// For a function app: the usual, unless something else was said.
    pub fn unless_said(self) -> Option<Keep> {
        match self {
            Self::NotSaid => Some(Keep::default()),
            other => other.if_said(),
        }
    }

    /// For a laptop: nothing is deleted, unless it was said.
    pub fn if_said(self) -> Option<Keep> {
        match self {
            Self::NotSaid | Self::Forever => None,
            Self::For(keep) => Some(keep),
        }
    }
}

impl FromStr for KeepSetting {
    type Err = String;

    /// Reads `all=7,daily=90,weekly=365` (days; what is left out is as usual) or `forever`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim() == "forever" {
            return Ok(Self::Forever);
        }
        let mut keep = Keep::default();
        for item in super::items(text) {
            let (name, days) = item.split_once('=').unwrap_or((item, ""));
            let field = match name {
                "all" => &mut keep.all,
                "daily" => &mut keep.daily,
                "weekly" => &mut keep.weekly,
                _ => {
                    return Err(format!(
                        "{item:?} is none of all=DAYS, daily=DAYS, weekly=DAYS, and not forever"
                    ));
                }
            };
            *field = days
                .parse()
                .map_err(|_| format!("{days:?} in {item:?} is no number of days"))?;
        }
        Ok(Self::For(keep))
    }
}

#[cfg(test)]
mod tests {
    use super::KeepSetting;
    use crate::snapshot::retention::Keep;

    #[test]
    fn days_are_read_and_what_is_left_out_is_as_usual() {
        let usual = Keep::default();
        let read = |text: &str| text.parse::<KeepSetting>();
        assert_eq!(
            read("all=3,weekly=700"),
            Ok(KeepSetting::For(Keep {
                all: 3,
                weekly: 700,
                ..usual
            }))
        );
        assert_eq!(read(" daily=30 "), Ok(KeepSetting::For(Keep { daily: 30, ..usual })));
        assert_eq!(read("forever"), Ok(KeepSetting::Forever));
        for wrong in ["7", "all", "all=", "all=-1", "all=week", "monthly=3", "all=70000"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            (KeepSetting::NotSaid.unless_said(), KeepSetting::NotSaid.if_said()),
            (Some(usual), None)
        );
        assert_eq!(KeepSetting::Forever.unless_said(), None);
    }
}
