//! Names that cannot be wrong: every URL and blob path is built from these, never from a bare string.
//!
//! Each type parses by the grammar of its specification at the edge (wire, queue, blob, command line) and is
//! immutable afterwards. Architecture invariant: this module depends on nothing else in the crate.

mod digest;
mod login_server;
mod registry_id;
mod repository;
mod tag;

pub use digest::Digest;
pub use login_server::LoginServer;
pub use registry_id::RegistryId;
pub use repository::RepositoryName;
pub use tag::Tag;

/// A text that does not follow the grammar of the name it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {shown:?} is not valid: {why}")]
pub struct NameError {
    what: &'static str,
    shown: String,
    why: &'static str,
}

impl NameError {
    /// `given` is cut to 64 characters, so a hostile name cannot fill a log or a document.
    fn new(what: &'static str, given: &str, why: &'static str) -> Self {
        Self {
            what,
            shown: given.chars().take(64).collect(),
            why,
        }
    }
}

/// Gives a parsed name over `String` its conversions; `$parse` is `fn(&str) -> Result<(), &'static str>`.
macro_rules! name {
    ($type:ident, $what:literal, $check:path) => {
        impl $type {
            /// Parses by the grammar above.
            pub fn parse(text: &str) -> Result<Self, crate::names::NameError> {
                match $check(text) {
                    Ok(()) => Ok(Self(text.into())),
                    Err(why) => Err(crate::names::NameError::new($what, text, why)),
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::names::NameError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
use name;
