//! The names of lives, under which they are reported and replayed.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;

/// What happens to a process at one of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CrashPoint {
    /// It is killed before the request takes effect.
    KilledBefore,
    /// It is killed after that, before it knows.
    KilledAfter,
    /// Like the first; and so are the processes after it, a few requests later each: more often than a queue gives a
    /// message out.
    KilledAgain,
    /// The request takes 20 seconds. Meanwhile its message is given to somebody else, something changes in the
    /// registry, and the next refresh begins and ends.
    HeldUp,
}

impl CrashPoint {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::KilledBefore, Self::KilledAfter, Self::HeldUp, Self::KilledAgain];
}

/// A life, by the name under which it is replayed: a seed, or like `held-up@33` what happens and the number of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Seed(u64),
    Injected(CrashPoint, u64),
}

impl Name {
    /// For a person, with the command that replays it.
    pub fn told(&self) -> String {
        format!("life {self} (cargo run --release -p campaign -- --replay {self})")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(seed) => write!(f, "{seed}"),
            Self::Injected(point, request) => {
                let point = point.to_possible_value();
                write!(f, "{}@{request}", point.as_ref().map_or("", |point| point.get_name()))
            }
        }
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().map_err(|_| format!("{text} is no number"));
        match text.split_once('@') {
            None => Ok(Self::Seed(number(text)?)),
            Some((point, request)) => Ok(Self::Injected(CrashPoint::from_str(point, false)?, number(request)?)),
        }
    }
}
