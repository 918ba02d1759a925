//! The permission strings that decide something on a registry.

/// Which of the two lists of a role a permission stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Plane {
    /// `actions` minus `notActions`: calls that ARM answers.
    Control,
    /// `dataActions` minus `notDataActions`: calls that the registry answers.
    Data,
}

macro_rules! permissions {
    ($($variant:ident $plane:ident $name:literal,)*) => {
        /// One permission, by the names that the built-in roles use.
        ///
        /// Source: the definitions of the built-in roles; `metadata/read` and `metadata/write` of the control plane
        /// are in none of them and known from the claims of the registry's refresh tokens only.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Permission {
            /// Every permission, in the order of the variants.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The full permission string.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The list it stands in.
            pub fn plane(self) -> Plane {
                match self {
                    $(Self::$variant => Plane::$plane,)*
                }
            }
        }
    };
}

permissions! {
    PullRead Control "Microsoft.ContainerRegistry/registries/pull/read",
    PushWrite Control "Microsoft.ContainerRegistry/registries/push/write",
    ArtifactsDelete Control "Microsoft.ContainerRegistry/registries/artifacts/delete",
    SignWrite Control "Microsoft.ContainerRegistry/registries/sign/write",
    MetadataRead Control "Microsoft.ContainerRegistry/registries/metadata/read",
    MetadataWrite Control "Microsoft.ContainerRegistry/registries/metadata/write",
    QuarantineRead Control "Microsoft.ContainerRegistry/registries/quarantine/read",
    QuarantineWrite Control "Microsoft.ContainerRegistry/registries/quarantine/write",
    ImportImage Control "Microsoft.ContainerRegistry/registries/importImage/action",
    RegistryWrite Control "Microsoft.ContainerRegistry/registries/write",
    RoleAssignmentsWrite Control "Microsoft.Authorization/roleAssignments/write",
    ListCredentials Control "Microsoft.ContainerRegistry/registries/listCredentials/action",
    RegenerateCredential Control "Microsoft.ContainerRegistry/registries/regenerateCredential/action",
    GenerateCredentials Control "Microsoft.ContainerRegistry/registries/generateCredentials/action",
    WebhookCallbackConfig Control "Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action",
    CatalogRead Data "Microsoft.ContainerRegistry/registries/catalog/read",
    RepositoryMetadataRead Data "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
    RepositoryMetadataWrite Data "Microsoft.ContainerRegistry/registries/repositories/metadata/write",
    RepositoryMetadataDelete Data "Microsoft.ContainerRegistry/registries/repositories/metadata/delete",
    RepositoryContentRead Data "Microsoft.ContainerRegistry/registries/repositories/content/read",
    RepositoryContentWrite Data "Microsoft.ContainerRegistry/registries/repositories/content/write",
    RepositoryContentDelete Data "Microsoft.ContainerRegistry/registries/repositories/content/delete",
    QuarantinedArtifactsRead Data "Microsoft.ContainerRegistry/registries/quarantinedArtifacts/read",
    QuarantinedArtifactsWrite Data "Microsoft.ContainerRegistry/registries/quarantinedArtifacts/write",
    TrustedCollectionsWrite Data "Microsoft.ContainerRegistry/registries/trustedCollections/write",
}

impl Permission {
    /// Whether a request for it names a repository, so that a condition over `…/repositories:name` can be answered.
    /// Only the `repositories/` permissions do; the quarantine and catalog permissions do not support conditions.
    pub fn names_repository(self) -> bool {
        self.name()
            .starts_with("Microsoft.ContainerRegistry/registries/repositories/")
    }
}
