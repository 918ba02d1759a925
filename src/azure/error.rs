//! The one error of all clients: what was tried on what, and what kind of failure it was.

use std::time::Duration;

use crate::inventory::problem::{Code, Completeness, Problem};
use crate::inventory::problem_code::ProblemCode;

/// A request that did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// 401 or 403: the identity may not, or a firewall keeps us out.
    #[error("{target}: access denied ({code}): {message}")]
    Denied {
        target: String,
        /// Ours, or the service's own.
        code: Code,
        message: String,
    },
    /// The thing asked for does not exist.
    #[error("{target}: not found ({code})")]
    NotFound {
        target: String,
        /// The service's own code, empty when it gave none; never that of a problem.
        code: String,
    },
    /// 429, or our own budget is used up: nothing goes to this service before the time has passed.
    #[error("{target}: throttled for {} s", retry_after.as_secs())]
    Throttled { target: String, retry_after: Duration },
    /// A passing fault: connection, time-out, 5xx. Trying again later may help.
    #[error("{target}: unavailable: {detail}")]
    Unavailable { target: String, detail: String },
    /// An answer that cannot be used: malformed, too large, inconsistent. Trying again at once does not help.
    #[error("{target}: unusable answer ({code}): {detail}")]
    Invalid {
        target: String,
        code: ProblemCode,
        detail: String,
    },
    /// We refuse to send this: the address is not one that may be contacted.
    #[error("{target}: refused: {detail}")]
    Refused { target: String, detail: String },
}

impl Failure {
    /// An answer that cannot be used.
    pub fn invalid(target: impl Into<String>, code: ProblemCode, detail: impl std::fmt::Display) -> Self {
        Self::Invalid {
            target: target.into(),
            code,
            detail: detail.to_string(),
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unavailable { .. })
    }

    /// What an observation that ended like this covers.
    pub fn completeness(&self) -> Completeness {
        match self {
            Self::Denied { .. } => Completeness::Forbidden,
            Self::Throttled { .. } => Completeness::Throttled,
            Self::Unavailable { .. } | Self::NotFound { .. } => Completeness::Unreachable,
            Self::Invalid { .. } | Self::Refused { .. } => Completeness::Partial,
        }
    }

    /// The failure as a value for a document.
    pub fn problem(&self) -> Problem {
        let code = match self {
            Self::Denied { code, .. } => return Problem::new(code.clone(), self),
            Self::NotFound { .. } => ProblemCode::NotFound,
            Self::Throttled { .. } => ProblemCode::Throttled,
            Self::Unavailable { .. } => ProblemCode::Unavailable,
            Self::Invalid { code, .. } => *code,
            Self::Refused { .. } => ProblemCode::Refused,
        };
        Problem::new(code, self)
    }
}
