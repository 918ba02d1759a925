//! How cells look where there are colours.

use comfy_table::{Attribute, Color};

use crate::access::decision::Verdict as Access;
use crate::inventory::problem::Completeness;
use crate::posture::verdict::{Severity, Verdict};

/// How a cell looks where there are colours. The word in it always says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Tone {
    Plain,
    Good,
    /// Not known, or known in part.
    Doubtful,
    Bad,
    Worst,
    /// Not worth a look.
    Quiet,
}

impl Tone {
    /// Of a finding.
    pub(in crate::cli) fn of(verdict: Verdict, severity: Severity) -> Self {
        match (verdict, severity) {
            (Verdict::Pass, _) => Self::Good,
            (Verdict::NotApplicable, _) | (_, Severity::Informational) => Self::Quiet,
            (Verdict::Unknown, _) => Self::Doubtful,
            (Verdict::Fail, Severity::Critical) => Self::Worst,
            (Verdict::Fail, Severity::High) => Self::Bad,
            (Verdict::Fail, Severity::Medium) => Self::Doubtful,
            (Verdict::Fail, Severity::Low) => Self::Plain,
        }
    }

    pub(super) fn on(self, cell: comfy_table::Cell) -> comfy_table::Cell {
        match self {
            Self::Plain => cell,
            Self::Good => cell.fg(Color::DarkGreen),
            Self::Doubtful => cell.fg(Color::DarkYellow),
            Self::Bad => cell.fg(Color::DarkRed),
            Self::Worst => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
            Self::Quiet => cell.add_attribute(Attribute::Dim),
        }
    }
}

impl From<Completeness> for Tone {
    fn from(completeness: Completeness) -> Self {
        match completeness {
            Completeness::Complete => Self::Good,
            Completeness::Partial => Self::Doubtful,
            Completeness::Forbidden | Completeness::Throttled | Completeness::Unreachable => Self::Bad,
        }
    }
}

impl From<Access> for Tone {
    fn from(verdict: Access) -> Self {
        match verdict {
            Access::Unknown => Self::Doubtful,
            Access::Granted | Access::Denied => Self::Plain,
        }
    }
}
