//! Who holds access: identities of the directory, and what a registry has beside them.

use serde::{Deserialize, Serialize, Serializer};

/// What a principal of the directory is, by the word that ARM has for it. Managed identities are service principals
/// there; only their resource id tells (see [`Workload`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrincipalType {
    /// A person.
    User,
    /// A group, whose members nobody here knows.
    Group,
    /// An application or a managed identity.
    ServicePrincipal,
    /// A group of another tenant.
    ForeignGroup,
    /// A device.
    Device,
    /// In deny assignments: everybody.
    SystemDefined,
    /// No word, or one that is not known.
    NotTold,
}

impl PrincipalType {
    /// By ARM's word, in any case.
    pub fn from_arm(word: &str) -> Self {
        let words = [
            ("User", Self::User),
            ("Group", Self::Group),
            ("ServicePrincipal", Self::ServicePrincipal),
            ("ForeignGroup", Self::ForeignGroup),
            ("Device", Self::Device),
            ("SystemDefined", Self::SystemDefined),
            // Deny assignments call it so.
            ("Everyone", Self::SystemDefined),
        ];
        let known = words.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        known.map_or(Self::NotTold, |(_, kind)| kind)
    }

    /// ARM's word for it; none where there is none.
    pub fn arm(self) -> Option<&'static str> {
        match self {
            Self::User => Some("User"),
            Self::Group => Some("Group"),
            Self::ServicePrincipal => Some("ServicePrincipal"),
            Self::ForeignGroup => Some("ForeignGroup"),
            Self::Device => Some("Device"),
            Self::SystemDefined => Some("SystemDefined"),
            Self::NotTold => None,
        }
    }

    /// Whether it may stand for others whom its id does not name.
    pub fn may_have_members(self) -> bool {
        matches!(
            self,
            Self::Group | Self::ForeignGroup | Self::SystemDefined | Self::NotTold
        )
    }
}

/// Somebody who may do something with a registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// An identity of the directory, by object id in lower case.
    Identity(String),
    /// A repository token of the registry, by name in lower case.
    Token(String),
    /// The admin user.
    AdminUser,
    /// Everybody without signing in.
    Anonymous,
}

impl Principal {
    /// An identity by its object id in any case.
    pub fn identity(object_id: &str) -> Self {
        Self::Identity(object_id.to_lowercase())
    }

    /// A token by its name in any case.
    pub fn token(name: &str) -> Self {
        Self::Token(name.to_lowercase())
    }

    /// As it is written in documents.
    pub fn named(text: &str) -> Self {
        match text {
            "admin-user" => Self::AdminUser,
            "anonymous" => Self::Anonymous,
            text => match text.strip_prefix("token:") {
                Some(name) => Self::token(name),
                None => Self::identity(text),
            },
        }
    }
}

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Identity(id) => f.write_str(id),
            Self::Token(name) => write!(f, "token:{name}"),
            Self::AdminUser => f.write_str("admin-user"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

impl Serialize for Principal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What kind of workload an identity belongs to, where a resource id tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// The nodes of an Azure Kubernetes Service cluster.
    AksKubelet,
    /// Container Apps: apps, jobs and environments.
    ContainerApps,
    /// Container Instances.
    ContainerInstances,
    /// App Service.
    AppService,
    /// Azure Functions.
    Functions,
    /// A virtual machine or a scale set.
    VirtualMachine,
    /// Batch.
    Batch,
    /// Machine Learning.
    MachineLearning,
    /// Azure DevOps: organizations and managed pools.
    AzureDevOps,
    /// A user-assigned managed identity of which nothing more is told.
    ManagedIdentity,
}

impl Workload {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AksKubelet => "AKS kubelet",
            Self::ContainerApps => "Container Apps",
            Self::ContainerInstances => "Container Instances",
            Self::AppService => "App Service",
            Self::Functions => "Functions",
            Self::VirtualMachine => "virtual machine",
            Self::Batch => "Batch",
            Self::MachineLearning => "Machine Learning",
            Self::AzureDevOps => "Azure DevOps",
            Self::ManagedIdentity => "managed identity",
        }
    }

    /// By the resource id of what has the identity (or of a user-assigned identity itself) and that resource's `kind`,
    /// which tells Functions from App Service. None where they do not tell, as for a site of unknown kind.
    ///
    /// AKS makes the kubelet's identity itself: `{cluster}-agentpool` in the node resource group, `MC_…` unless named
    /// otherwise.
    pub fn of_resource(id: &str, kind: Option<&str>) -> Option<Self> {
        let lower = id.to_lowercase();
        let (group, provider) = lower.rsplit_once("/providers/")?;
        let mut parts = provider.split('/');
        let (namespace, resource_type, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(match (namespace, resource_type) {
            ("microsoft.containerservice", "managedclusters") => Self::AksKubelet,
            ("microsoft.app", "containerapps" | "jobs" | "managedenvironments") => Self::ContainerApps,
            ("microsoft.containerinstance", "containergroups") => Self::ContainerInstances,
            ("microsoft.web", "sites") => {
                let words = kind?.to_lowercase();
                let is_functions = words.split(',').any(|word| word.trim() == "functionapp");
                if is_functions {
                    Self::Functions
                } else {
                    Self::AppService
                }
            }
            ("microsoft.compute", "virtualmachines" | "virtualmachinescalesets") => Self::VirtualMachine,
            ("microsoft.batch", "batchaccounts") => Self::Batch,
            ("microsoft.machinelearningservices", "workspaces") => Self::MachineLearning,
            ("microsoft.visualstudio", "account") | ("microsoft.devopsinfrastructure", "pools") => Self::AzureDevOps,
            ("microsoft.managedidentity", "userassignedidentities") => {
                let in_node_group = group.rsplit('/').next().is_some_and(|group| group.starts_with("mc_"));
                if in_node_group && name.ends_with("-agentpool") {
                    Self::AksKubelet
                } else {
                    Self::ManagedIdentity
                }
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{PrincipalType, Workload};

    #[test]
    fn types_come_in_any_case_and_strangers_may_have_members() {
        assert_eq!(
            PrincipalType::from_arm("servicePrincipal"),
            PrincipalType::ServicePrincipal
        );
        assert!(PrincipalType::from_arm("Robot").may_have_members());
        assert!(!PrincipalType::User.may_have_members());
    }

    #[test]
    fn a_resource_id_tells_the_workload() {
        let group = |name: &str, rest: &str| format!("/subscriptions/s/resourceGroups/{name}/providers/{rest}");
        for (id, kind, expected) in [
            (
                group("rg", "Microsoft.ContainerService/managedClusters/k"),
                None,
                Some(Workload::AksKubelet),
            ),
            (
                group(
                    "MC_rg_k_north",
                    "Microsoft.ManagedIdentity/userAssignedIdentities/k-agentpool",
                ),
                None,
                Some(Workload::AksKubelet),
            ),
            (
                group("rg", "Microsoft.ManagedIdentity/userAssignedIdentities/k-agentpool"),
                None,
                Some(Workload::ManagedIdentity),
            ),
            (
                group("rg", "Microsoft.App/containerApps/a"),
                None,
                Some(Workload::ContainerApps),
            ),
            (
                group("rg", "Microsoft.ContainerInstance/containerGroups/a"),
                None,
                Some(Workload::ContainerInstances),
            ),
            (
                group("rg", "Microsoft.Web/sites/a"),
                Some("functionapp,linux"),
                Some(Workload::Functions),
            ),
            (
                group("rg", "Microsoft.Web/sites/a"),
                Some("app,linux"),
                Some(Workload::AppService),
            ),
            (
                group("rg", "Microsoft.Batch/batchAccounts/a"),
                None,
                Some(Workload::Batch),
            ),
            (
                group("rg", "Microsoft.MachineLearningServices/workspaces/a"),
                None,
                Some(Workload::MachineLearning),
            ),
            (
                group("rg", "Microsoft.DevOpsInfrastructure/pools/a"),
                None,
                Some(Workload::AzureDevOps),
            ),
            (
                group("rg", "Microsoft.Compute/virtualMachines/a"),
                None,
                Some(Workload::VirtualMachine),
            ),
            (group("rg", "Microsoft.Web/sites/a"), None, None),
            (group("rg", "Microsoft.Network/loadBalancers/a"), None, None),
            ("nonsense".to_owned(), None, None),
        ] {
            assert_eq!(Workload::of_resource(&id, kind), expected, "{id}");
        }
    }
}
