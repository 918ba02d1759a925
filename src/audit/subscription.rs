//! What is read once for all registries of a subscription.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::OnceCell;

use super::read::{Understood, read, understand};
use crate::access::assignment::{DenyAssignment, RoleAssignment};
use crate::access::role::RoleDefinition;
use crate::azure::arm::{Arm, Around};
use crate::lock::lock;
use crate::posture::evidence::Read;
use crate::posture::source::Source;

/// The permission that reading role definitions takes.
pub(super) const ROLE_DEFINITIONS_READ: &str = "Microsoft.Authorization/roleDefinitions/read";
/// The permission that reading deny assignments takes.
pub(super) const DENY_ASSIGNMENTS_READ: &str = "Microsoft.Authorization/denyAssignments/read";

/// A subscription, as far as its registries are concerned. The lists hold what is at, above and below it: also what
/// management groups give, and what stands on the registries.
#[derive(Debug)]
pub struct Subscription {
    pub(super) role_assignments: Read<Understood<RoleAssignment>>,
    pub(super) deny_assignments: Read<Understood<DenyAssignment>>,
    pub(super) role_definitions: Read<Understood<RoleDefinition>>,
    pub(super) locks: Read<Vec<Value>>,
    pub(super) defender: Read<Value>,
}

impl Subscription {
    /// So many reads are made of a subscription.
    pub const READS: u64 = 5;

    async fn read(arm: &Arm, id: &str) -> Self {
        let list = async |around: Around, permission| {
            let outcome = arm.around(id, around).await;
            read(outcome, around.api_version(), permission)
        };
        let (assignments, denies, definitions, locks, defender) = tokio::join!(
            list(Around::RoleAssignments, Source::Access.permission()),
            list(Around::DenyAssignments, DENY_ASSIGNMENTS_READ),
            list(Around::RoleDefinitions, ROLE_DEFINITIONS_READ),
            list(Around::Locks, Source::Locks.permission()),
            arm.defender(id),
        );
        Self {
            role_assignments: understand(&assignments, RoleAssignment::from_arm),
            deny_assignments: understand(&denies, DenyAssignment::from_arm),
            role_definitions: understand(&definitions, RoleDefinition::from_arm),
            locks,
            defender: read(defender, Arm::PRICING_API_VERSION, Source::DefenderPricing.permission()),
        }
    }

    /// The first failure that may be over soon.
    fn passing_failure(&self) -> Option<&str> {
        self.role_assignments
            .passing_failure()
            .or_else(|| self.deny_assignments.passing_failure())
            .or_else(|| self.role_definitions.passing_failure())
            .or_else(|| self.locks.passing_failure())
            .or_else(|| self.defender.passing_failure())
    }
}

/// The subscriptions of one run: each is read when its first registry asks, and never again.
#[derive(Debug, Default)]
pub struct Subscriptions {
    read: Mutex<HashMap<String, Arc<OnceCell<Arc<Subscription>>>>>,
}

impl Subscriptions {
    /// The subscription of this id. Whoever comes while it is being read waits for the same reading. One that failed in
    /// passing is for whoever asked: the next one reads again.
    pub(super) async fn of(&self, arm: &Arm, id: &str) -> Arc<Subscription> {
        let cell = {
            let mut read = lock(&self.read);
            Arc::clone(read.entry(id.to_ascii_lowercase()).or_default())
        };
        let read = || async {
            let read = Arc::new(Subscription::read(arm, id).await);
            match read.passing_failure() {
                Some(_) => Err(read),
                None => Ok(read),
            }
        };
        match cell.get_or_try_init(read).await {
            Ok(kept) => Arc::clone(kept),
            Err(passing) => passing,
        }
    }
}
