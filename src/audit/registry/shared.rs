//! What a subscription says of one of its registries; what it refuses is asked of the registry itself.

use serde_json::Value;

use super::Reads;
use crate::access::assignment::{DenyAssignment, RoleAssignment};
use crate::access::role::RoleDefinition;
use crate::access::scope::level;
use crate::audit::read::{Understood, read, understand};
use crate::audit::subscription::{DENY_ASSIGNMENTS_READ, ROLE_DEFINITIONS_READ, Subscription};
use crate::azure::arm::{Arm, Part};
use crate::names::RegistryId;
use crate::posture::evidence::Read;
use crate::posture::source::Source;

/// What the subscription says of this registry. What it refuses is asked of the registry itself, where a role that
/// reaches no further may be enough.
pub(super) async fn take_subscription(arm: &Arm, id: &RegistryId, subscription: &Subscription, reads: &mut Reads) {
    let again = async |part: Part, permission: &str| {
        let outcome = arm.part(id, part).await;
        read(outcome, part.api_version(), permission)
    };
    let is_refused = |refused: bool, requests: &mut u64| {
        *requests += u64::from(refused);
        refused
    };
    let requests = &mut reads.requests;
    reads.role_assignments = match is_refused(refused(&subscription.role_assignments), requests) {
        true => {
            let list = again(Part::RoleAssignments, Source::Access.permission()).await;
            understand(&list, RoleAssignment::from_arm)
        }
        false => narrowed(&subscription.role_assignments, |found| {
            level(&found.scope, id.as_str()).is_some()
        }),
    };
    reads.deny_assignments = match is_refused(refused(&subscription.deny_assignments), requests) {
        true => understand(
            &again(Part::DenyAssignments, DENY_ASSIGNMENTS_READ).await,
            DenyAssignment::from_arm,
        ),
        false => narrowed(&subscription.deny_assignments, |found| {
            level(&found.scope, id.as_str()).is_some()
        }),
    };
    let definitions = match is_refused(refused(&subscription.role_definitions), requests) {
        true => understand(
            &again(Part::RoleDefinitions, ROLE_DEFINITIONS_READ).await,
            RoleDefinition::from_arm,
        ),
        false => narrowed(&subscription.role_definitions, |role| {
            assigned(&reads.role_assignments, role)
        }),
    };
    reads.role_definitions = definitions;
    reads.evidence.locks = match is_refused(refused(&subscription.locks), requests) {
        true => {
            let own = again(Part::Locks, Source::Locks.permission()).await;
            own_locks(own, id)
        }
        false => subscription.locks.clone(),
    };
    reads.evidence.defender_pricing = subscription.defender.clone();
}

fn refused<T>(read: &Read<T>) -> bool {
    matches!(read, Read::Refused { .. })
}

fn assigned(assignments: &Read<Understood<RoleAssignment>>, role: &RoleDefinition) -> bool {
    match assignments {
        Read::Known { value, .. } => value.items.iter().any(|assignment| assignment.role_guid == role.guid),
        _ => false,
    }
}

/// The items of a subscription's list that concern the registry.
fn narrowed<T: Clone>(read: &Read<Understood<T>>, keep: impl Fn(&T) -> bool) -> Read<Understood<T>> {
    read.map(|value| Understood {
        items: value.items.iter().filter(|item| keep(item)).cloned().collect(),
        not_understood: value.not_understood,
    })
}

/// The registry's own locks where those above cannot be read: one of them settles it, none of them says nothing.
fn own_locks(own: Read<Vec<Value>>, id: &RegistryId) -> Read<Vec<Value>> {
    let Read::Known { value, .. } = &own else { return own };
    let at_registry = |lock: &Value| {
        let scope = lock
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase();
        let scope = scope.rsplit_once("/providers/microsoft.authorization/locks/");
        scope.is_some_and(|(scope, _)| scope.eq_ignore_ascii_case(id.as_str()))
    };
    match value.iter().any(at_registry) {
        true => own,
        false => Read::Refused {
            permission: Source::Locks.permission().to_owned(),
        },
    }
}
