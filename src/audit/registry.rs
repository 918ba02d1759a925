//! Everything that is read of one registry, with what its subscription says of it.

mod shared;

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use super::read::{Understood, read};
use super::subscription::{Subscription, Subscriptions};
use crate::access::assignment::{DenyAssignment, RoleAssignment};
use crate::access::role::RoleDefinition;
use crate::azure::arm::{Arm, PREVIEW_API_VERSION, Part, REGISTRY_API_VERSION};
use crate::inventory::registry::Resource;
use crate::names::{LoginServer, RegistryId};
use crate::posture::evidence::{Evidence, Read};
use crate::posture::source::Source;
use shared::take_subscription;

/// Reads of one registry that are under way at the same time.
const AT_ONCE: usize = 6;

/// How the extras are asked for.
pub(super) const PREVIEW: &str = "--preview";
pub(super) const CALLBACK_ADDRESSES: &str = "--callback-addresses, because the answer holds secrets beside the address";

/// What is read only when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    /// The registry once more, with its preview properties.
    PreviewProperties,
    /// Where webhooks send to. `getCallbackConfig` answers with secrets beside, which are dropped at once.
    CallbackAddresses,
}

/// The registry to be read.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub id: &'a RegistryId,
    pub login_server: &'a LoginServer,
}

/// What was read of a registry.
#[derive(Debug)]
pub struct Reads {
    pub evidence: Evidence,
    pub(super) role_assignments: Read<Understood<RoleAssignment>>,
    pub(super) deny_assignments: Read<Understood<DenyAssignment>>,
    /// Those that the assignments name.
    pub(super) role_definitions: Read<Understood<RoleDefinition>>,
    /// Reads made for this registry alone.
    pub requests: u64,
    /// Reads made for its subscription, by whichever of its registries came first.
    pub subscription_requests: u64,
}

impl Reads {
    /// The first failure that may be over soon: the same reading may come to more later.
    pub fn passing_failure(&self) -> Option<&str> {
        self.role_assignments
            .passing_failure()
            .or_else(|| self.deny_assignments.passing_failure())
            .or_else(|| self.role_definitions.passing_failure())
            .or_else(|| self.evidence.passing_failure())
    }

    /// Nothing was asked, for this reason: what a stored inventory without an audit comes to.
    pub fn not_asked(evidence: Evidence, why: &str) -> Self {
        fn not_asked<T>(why: &str) -> Read<T> {
            Read::NotAsked { why: why.to_owned() }
        }
        Self {
            evidence,
            role_assignments: not_asked(why),
            deny_assignments: not_asked(why),
            role_definitions: not_asked(why),
            requests: 0,
            subscription_requests: 0,
        }
    }
}

/// The lists of every registry, with where they go and what they take.
const LISTS: [(Part, Source); 13] = [
    (Part::Replications, Source::Replications),
    (Part::Webhooks, Source::Webhooks),
    (Part::Tokens, Source::Tokens),
    (Part::ScopeMaps, Source::ScopeMaps),
    (Part::CacheRules, Source::CacheRules),
    (Part::CredentialSets, Source::CredentialSets),
    (Part::ConnectedRegistries, Source::ConnectedRegistries),
    (Part::PrivateEndpointConnections, Source::PrivateEndpointConnections),
    (Part::Usages, Source::Usages),
    (Part::ImportPipelines, Source::ImportPipelines),
    (Part::ExportPipelines, Source::ExportPipelines),
    (Part::Tasks, Source::Tasks),
    (Part::DiagnosticSettings, Source::DiagnosticSettings),
];

/// What is known of a registry without asking: its name and place.
pub fn evidence_of(target: Target<'_>) -> Evidence {
    Evidence {
        registry_id: target.id.to_string(),
        login_server: target.login_server.to_string(),
        name: target.id.name().to_owned(),
        resource_group: target.id.resource_group().to_owned(),
        subscription: target.id.subscription().to_owned(),
        ..Evidence::default()
    }
}

/// The resource as a refresh has read it.
pub fn read_before(resource: &Resource) -> Read<Value> {
    Read::Known {
        value: resource.body.clone(),
        api_version: resource.api_version.clone(),
    }
}

/// Takes over what the resource itself says.
pub fn take_resource(evidence: &mut Evidence, registry: Read<Value>) {
    if let Read::Known { value, .. } = &registry {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        evidence.location = text(value.get("location")).unwrap_or_default();
        evidence.sku = text(value.get("sku").and_then(|sku| sku.get("name")));
    }
    evidence.registry = registry;
}

/// Reads the registry. `resource` is the registry itself where it was read already.
///
/// A registry costs 14 reads, one less with its resource at hand; one more with preview properties, one per webhook with
/// callback addresses, and one more for each of the four lists that its subscription refuses.
pub async fn read_registry(
    arm: &Arm,
    subscriptions: &Subscriptions,
    target: Target<'_>,
    resource: Option<Read<Value>>,
    extras: &BTreeSet<Extra>,
) -> Reads {
    let subscription = subscriptions.of(arm, target.id.subscription()).await;
    let mut requests = LISTS.len() as u64;
    let mut evidence = evidence_of(target);
    let registry = match resource {
        Some(resource) => resource,
        None => {
            requests += 1;
            let found = arm.registry(target.id).await.map(|found| found.body);
            read(found, REGISTRY_API_VERSION, Source::Registry.permission())
        }
    };
    take_resource(&mut evidence, registry);
    let lists = stream::iter(LISTS).map(|(part, source)| async move {
        let outcome = arm.part(target.id, part).await;
        (source, read(outcome, part.api_version(), source.permission()))
    });
    let mut lists = std::pin::pin!(lists.buffer_unordered(AT_ONCE));
    while let Some((source, list)) = lists.next().await {
        if let Some(place) = evidence.list_mut(source) {
            *place = list;
        }
    }
    evidence.registry_preview = match extras.contains(&Extra::PreviewProperties) {
        true => {
            requests += 1;
            let found = arm.registry_preview(target.id).await;
            read(found, PREVIEW_API_VERSION, Source::RegistryPreview.permission())
        }
        false => not_asked_for(PREVIEW),
    };
    evidence.webhook_configs = match extras.contains(&Extra::CallbackAddresses) {
        true => callbacks(arm, target.id, &evidence.webhooks, &mut requests).await,
        false => not_asked_for(CALLBACK_ADDRESSES),
    };
    let mut reads = Reads {
        evidence,
        role_assignments: Read::default(),
        deny_assignments: Read::default(),
        role_definitions: Read::default(),
        requests,
        subscription_requests: Subscription::READS,
    };
    take_subscription(arm, target.id, &subscription, &mut reads).await;
    reads
}

pub(super) fn not_asked_for<T>(option: &str) -> Read<T> {
    Read::NotAsked {
        why: format!("it is asked for with {option}"),
    }
}

/// Where the webhooks send to, one call each; the first that fails says how it ended for all.
async fn callbacks(arm: &Arm, id: &RegistryId, webhooks: &Read<Vec<Value>>, requests: &mut u64) -> Read<Vec<Value>> {
    let Read::Known { value, .. } = webhooks else {
        return webhooks.clone();
    };
    let mut found = Vec::new();
    for webhook in value {
        let name = webhook.get("name").and_then(Value::as_str).unwrap_or_default();
        *requests += 1;
        match arm.callback(id, name).await {
            Ok(callback) => found.push(json!({"name": callback.webhook, "serviceUri": callback.service_uri})),
            Err(failure) => {
                return read(Err(failure), REGISTRY_API_VERSION, Source::WebhookConfigs.permission());
            }
        }
    }
    read(Ok(found), REGISTRY_API_VERSION, Source::WebhookConfigs.permission())
}
