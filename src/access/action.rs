//! What somebody can do with a registry, and which permissions decide it.

use serde::{Deserialize, Serialize};

use super::permission::Permission;

/// The role assignment mode of a registry (`properties.roleAssignmentMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// `LegacyRegistryPermissions`: control-plane actions decide the data plane too, conditions see no repository.
    Legacy,
    /// `AbacRepositoryPermissions`: only data actions decide the data plane, per repository where a condition says so.
    Abac,
}

impl Mode {
    /// By ARM's word, in any case. None for words that are not known; a property that is absent is not `Legacy`, it
    /// was not read (older api-versions leave it out).
    pub fn from_arm(word: &str) -> Option<Self> {
        [Self::Legacy, Self::Abac]
            .into_iter()
            .find(|mode| mode.arm().eq_ignore_ascii_case(word))
    }

    /// ARM's word for it.
    pub fn arm(self) -> &'static str {
        match self {
            Self::Legacy => "LegacyRegistryPermissions",
            Self::Abac => "AbacRepositoryPermissions",
        }
    }

    /// The other one.
    #[must_use]
    pub fn switched(self) -> Self {
        match self {
            Self::Legacy => Self::Abac,
            Self::Abac => Self::Legacy,
        }
    }
}

/// Which permissions decide an action.
#[derive(Debug, Clone, Copy)]
pub struct DecidedBy {
    /// Each of these is enough.
    pub any_of: &'static [Permission],
    /// Each of these may be enough: no source says. Who holds only these gets `Unknown`.
    pub open: &'static [Permission],
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident $word:literal,)*) => {
        /// Something that can be done with a registry or one of its repositories.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Action {
            $($(#[$doc])* $variant,)*
        }

        impl Action {
            /// Every action, in the order of the variants.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The kebab-case word used in documents and on the command line.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

actions! {
    /// List the names of all repositories. Legacy mode: `pull/read`, which covers the catalog.
    ListCatalog "list-catalog",
    /// Read tags, manifests' attributes and locks of a repository. Open: whether `metadata/read` of the control plane
    /// is enough alone in legacy mode.
    ReadMetadata "read-metadata",
    /// Download manifests and layers.
    Pull "pull",
    /// Upload layers and manifests, so also move a tag. Clients ask for pull too; whether pushing works without is
    /// open and not asked here. Open: whether `metadata/write` alone can move a tag.
    Push "push",
    /// Delete manifests, tags, repositories. Open: whether `repositories/metadata/delete` alone removes tags.
    Delete "delete",
    /// Put a signature beside an image. Notary Project and cosign push it, so whoever can push can; Docker Content
    /// Trust has a permission of its own (`sign/write`) in legacy mode and does not exist in ABAC mode. Open: whether
    /// `trustedCollections/write` alone is enough in legacy mode.
    Sign "sign",
    /// List and pull quarantined images. Open in legacy mode: whether the data action alone is enough.
    QuarantineRead "quarantine-read",
    /// Release images from quarantine. Open in legacy mode: whether the data action alone is enough.
    QuarantineWrite "quarantine-write",
    /// Copy images in from another registry (`importImage`), the same in both modes.
    Import "import",
    /// Create and change the registry, the same in both modes.
    Configure "configure",
    /// Grant roles on the registry, the same in both modes.
    AssignRoles "assign-roles",
    /// Get a password or a webhook's headers from ARM: the admin user's (`listCredentials`, `regenerateCredential`), a
    /// token's (`generateCredentials`), a webhook's (`getCallbackConfig`); the same in both modes.
    ReadCredentials "read-credentials",
}

impl Action {
    /// The permissions that decide it in this mode.
    pub fn decided_by(self, mode: Mode) -> DecidedBy {
        use Permission as P;
        let (any_of, open): (&[P], &[P]) = match (self, mode) {
            (Self::ListCatalog, Mode::Legacy) => (&[P::PullRead], &[]),
            (Self::ListCatalog, Mode::Abac) => (&[P::CatalogRead], &[]),
            (Self::ReadMetadata, Mode::Legacy) => (&[P::PullRead], &[P::MetadataRead]),
            (Self::ReadMetadata, Mode::Abac) => (&[P::RepositoryMetadataRead], &[]),
            (Self::Pull, Mode::Legacy) => (&[P::PullRead], &[]),
            (Self::Pull, Mode::Abac) => (&[P::RepositoryContentRead], &[]),
            (Self::Push, Mode::Legacy) => (&[P::PushWrite], &[P::MetadataWrite]),
            (Self::Push, Mode::Abac) => (&[P::RepositoryContentWrite], &[P::RepositoryMetadataWrite]),
            (Self::Delete, Mode::Legacy) => (&[P::ArtifactsDelete], &[]),
            (Self::Delete, Mode::Abac) => (&[P::RepositoryContentDelete], &[P::RepositoryMetadataDelete]),
            (Self::Sign, Mode::Legacy) => (&[P::PushWrite, P::SignWrite], &[P::TrustedCollectionsWrite]),
            (Self::Sign, Mode::Abac) => (&[P::RepositoryContentWrite], &[]),
            (Self::QuarantineRead, Mode::Legacy) => (&[P::QuarantineRead], &[P::QuarantinedArtifactsRead]),
            (Self::QuarantineRead, Mode::Abac) => (&[P::QuarantinedArtifactsRead], &[]),
            (Self::QuarantineWrite, Mode::Legacy) => (&[P::QuarantineWrite], &[P::QuarantinedArtifactsWrite]),
            (Self::QuarantineWrite, Mode::Abac) => (&[P::QuarantinedArtifactsWrite], &[]),
            (Self::Import, _) => (&[P::ImportImage], &[]),
            (Self::Configure, _) => (&[P::RegistryWrite], &[]),
            (Self::AssignRoles, _) => (&[P::RoleAssignmentsWrite], &[]),
            (Self::ReadCredentials, _) => (
                &[
                    P::ListCredentials,
                    P::RegenerateCredential,
                    P::GenerateCredentials,
                    P::WebhookCallbackConfig,
                ],
                &[],
            ),
        };
        DecidedBy { any_of, open }
    }

    /// Whether the answer can differ from repository to repository; false: it is said of the registry.
    pub fn per_repository(self) -> bool {
        matches!(
            self,
            Self::ReadMetadata | Self::Pull | Self::Push | Self::Delete | Self::Sign
        )
    }

    /// Whether the registry answers it, not ARM: these are what the mode changes.
    pub fn is_data_plane(self) -> bool {
        self.per_repository() || matches!(self, Self::ListCatalog | Self::QuarantineRead | Self::QuarantineWrite)
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{shown:?} is not an action; actions are {}", Action::ALL.iter().map(|action| action.as_str()).collect::<Vec<_>>().join(", "))]
pub struct ActionError {
    shown: String,
}

impl std::str::FromStr for Action {
    type Err = ActionError;

    fn from_str(word: &str) -> Result<Self, ActionError> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.as_str() == word)
            .ok_or_else(|| ActionError {
                shown: word.chars().take(64).collect(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Mode};

    #[test]
    fn words_go_both_ways() {
        for action in Action::ALL {
            assert_eq!(action.to_string().parse(), Ok(*action));
            assert_eq!(serde_json::to_string(action).unwrap(), format!("\"{action}\""));
        }
        let error = "pul".parse::<Action>().unwrap_err().to_string();
        assert!(error.contains("\"pul\"") && error.contains("assign-roles"), "{error}");
    }

    #[test]
    fn modes_come_in_any_case() {
        assert_eq!(Mode::from_arm("abacRepositoryPermissions"), Some(Mode::Abac));
        assert_eq!(Mode::from_arm("LegacyRegistryPermissions"), Some(Mode::Legacy));
        assert_eq!(Mode::from_arm("Other"), None);
    }

    #[test]
    fn only_data_actions_decide_the_data_plane_in_abac_mode() {
        for action in Action::ALL.iter().filter(|action| action.is_data_plane()) {
            let by = action.decided_by(Mode::Abac);
            let data = |permission: &super::Permission| permission.plane() == super::super::permission::Plane::Data;
            assert!(by.any_of.iter().chain(by.open).all(data), "{action}");
        }
    }
}
