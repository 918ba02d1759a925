//! Where a role is assigned, as people, `az` and Bicep write it.

use url::Url;

use crate::names::{LoginServer, RegistryId};
use crate::posture::remediation::{Command, quote};

/// The scope of a role assignment.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) enum Place<'a> {
    Registry(&'a RegistryId),
    /// A registry that is not looked up.
    LoginServer(&'a LoginServer),
    /// None: which one is not known.
    Subscription(Option<&'a str>),
    /// The inventory's.
    Container(&'a Url),
    Queue {
        namespace: &'a str,
        queue: &'a str,
    },
}

/// The first label of a host: the name of a storage account or a namespace.
pub(in crate::check) fn resource_name(host: &str) -> &str {
    host.split('.').next().unwrap_or_default()
}

/// Account and container of a container's address.
pub(in crate::check) fn account_and_container(url: &Url) -> (&str, &str) {
    let account = resource_name(url.host_str().unwrap_or_default());
    (account, url.path().trim_matches('/'))
}

impl Place<'_> {
    pub(super) fn shown(self) -> String {
        match self {
            Self::Registry(id) => id.to_string(),
            Self::LoginServer(server) => format!("the registry {server}"),
            Self::Subscription(id) => format!("/subscriptions/{}", id.unwrap_or("<subscription id>")),
            Self::Container(url) => format!("the container {url}"),
            Self::Queue { namespace, queue } => format!("the queue {queue} of {namespace}"),
        }
    }

    /// Adds `--scope`. Ids that we cannot know are asked for by a command of their own.
    pub(super) fn add_scope(self, command: Command) -> Command {
        let ask = |show: String, below: String| {
            let value = format!("$(az {show} --output tsv){below}");
            command.clone().asked("scope", &value)
        };
        match self {
            Self::Registry(_) | Self::Subscription(_) => command.option("scope", &self.shown()),
            Self::LoginServer(server) => {
                let name = quote(server.registry_name());
                ask(format!("acr show --name {name} --query id"), String::new())
            }
            Self::Container(url) => {
                let (account, container) = account_and_container(url);
                let show = format!("storage account show --name {} --query id", quote(account));
                ask(show, format!("/blobServices/default/containers/{container}"))
            }
            Self::Queue { namespace, queue } => {
                let name = quote(resource_name(namespace));
                let show = format!(
                    "resource list --resource-type Microsoft.ServiceBus/namespaces --name {name} --query '[0].id'"
                );
                ask(show, format!("/queues/{queue}"))
            }
        }
    }

    /// The id that the assignment's name is made from, and its `scope`: the resource that is there already under the
    /// name of its kind, or the subscription that the file is deployed to.
    pub(super) fn bicep(self) -> (&'static str, &'static str) {
        match self {
            Self::Registry(_) | Self::LoginServer(_) => ("registry.id", ", scope: registry"),
            Self::Subscription(_) => ("subscription().id", ""),
            Self::Container(_) => ("container.id", ", scope: container"),
            Self::Queue { .. } => ("queue.id", ", scope: queue"),
        }
    }
}
