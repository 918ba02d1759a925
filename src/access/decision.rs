//! An answer with its reasons.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

/// An answer without its reasons. Ordered by how much is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// No.
    Denied,
    /// Not known.
    Unknown,
    /// Yes.
    Granted,
}

/// Whether a principal may do something, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Decision {
    /// Yes, through each of these.
    Granted {
        /// At least one.
        through: Vec<Via>,
    },
    /// No: nothing gives it, or what gives it is overruled.
    Denied {
        /// Ids of the deny assignments that took it away; empty when nothing gave it.
        by: Vec<Shared>,
    },
    /// Not known.
    Unknown {
        /// At least one reason.
        why: Vec<Doubt>,
    },
}

impl Decision {
    /// The answer alone.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Granted { .. } => Verdict::Granted,
            Self::Denied { .. } => Verdict::Denied,
            Self::Unknown { .. } => Verdict::Unknown,
        }
    }

    pub(super) fn nothing() -> Self {
        Self::Denied { by: Vec::new() }
    }

    pub(super) fn doubt(doubt: Doubt) -> Self {
        Self::Unknown { why: vec![doubt] }
    }
}

/// A text that many answers share, e.g. the id of an assignment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shared(Arc<str>);

impl Shared {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Shared {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl Display for Shared {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Shared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What access came through.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Via {
    /// A role assignment to the principal itself, or to a group it is known to be in.
    RoleAssignment {
        /// Its id.
        assignment: Shared,
        /// What its condition leaves of the right to assign roles.
        #[serde(skip_serializing_if = "Option::is_none")]
        limit: Option<Shared>,
    },
    /// A token's scope map.
    ScopeMap {
        /// The scope map's name.
        scope_map: Shared,
    },
    /// The admin user is turned on.
    AdminUser,
    /// Anonymous pull is turned on.
    AnonymousPull,
}

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Doubt {
    /// A list could not be read, or not all of it.
    NotRead {
        /// What was to be read.
        what: &'static str,
        /// What that would have needed.
        missing: Shared,
    },
    /// The role of an assignment is neither built in here nor among the definitions that were read.
    RoleNotKnown {
        /// The assignment's id.
        assignment: Shared,
        /// The role definition's GUID.
        role: Shared,
    },
    /// A condition is not understood, or asks for something that a registry's request does not tell.
    Condition {
        /// Id of the role or deny assignment.
        assignment: Shared,
        /// Why.
        why: Shared,
    },
    /// A group holds it, and nobody here knows whether the principal is a member.
    Membership {
        /// The role assignment's id.
        assignment: Shared,
        /// The group's object id.
        group: Shared,
    },
    /// A deny assignment names somebody of whom it is not known whether the principal is one.
    DenyPrincipal {
        /// The deny assignment's id.
        deny: Shared,
    },
    /// The principal holds a permission of which no source says whether it is enough.
    Open {
        /// The permission.
        permission: &'static str,
    },
    /// The assignment stands on something inside the registry only.
    BelowRegistry {
        /// Its id.
        assignment: Shared,
    },
    /// The registry's role assignment mode was not read, and the modes answer differently.
    Mode,
    /// A token of which something is not known.
    Token {
        /// What.
        why: &'static str,
    },
    /// No source says.
    NoSource {
        /// What.
        why: &'static str,
    },
}

impl Display for Doubt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRead { what, missing } => write!(f, "{what} could not be read without {missing}"),
            Self::RoleNotKnown { assignment, role } => {
                write!(f, "role {role} of assignment {assignment} is not known")
            }
            Self::Condition { assignment, why } => write!(f, "the condition of {assignment} is not decided: {why}"),
            Self::Membership { assignment, group } => {
                write!(f, "group {group} holds {assignment}; its members are not known")
            }
            Self::DenyPrincipal { deny } => write!(f, "whether {deny} is meant for this principal is not known"),
            Self::Open { permission } => write!(f, "whether {permission} alone is enough is not documented"),
            Self::BelowRegistry { assignment } => write!(f, "{assignment} stands on a part of the registry only"),
            Self::Mode => f.write_str("the role assignment mode was not read, and the modes answer differently"),
            Self::Token { why } | Self::NoSource { why } => f.write_str(why),
        }
    }
}

impl Verdict {
    /// The word used in documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Unknown => "unknown",
            Self::Granted => "granted",
        }
    }
}

impl Display for Via {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::RoleAssignment {
                assignment,
                limit: Some(limit),
            } => write!(f, "{assignment}, {limit}"),
            Self::RoleAssignment { assignment, .. } => write!(f, "{assignment}"),
            Self::ScopeMap { scope_map } => write!(f, "scope map {scope_map}"),
            Self::AdminUser => f.write_str("the admin user is turned on"),
            Self::AnonymousPull => f.write_str("anonymous pull is turned on"),
        }
    }
}
