//! A registry to change, as ARM answers it.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::super::read::understand;
use super::super::registry::{Reads, evidence_of, take_resource};
use super::super::{Target, subscription::Subscription};
use crate::access::assignment::{DenyAssignment, RoleAssignment};
use crate::access::role::RoleDefinition;
use crate::names::{LoginServer, RegistryId};
use crate::posture::evidence::Read;

pub(in crate::audit) const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);
pub(in crate::audit) const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-4000-8000-000000000001";
pub(in crate::audit) const REGISTRY: &str = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";

pub(in crate::audit) struct Bench {
    pub(in crate::audit) registry: Value,
    pub(in crate::audit) assignments: Vec<Value>,
    pub(in crate::audit) role_definitions: Read<Vec<Value>>,
}

fn known<T>(value: T) -> Read<T> {
    Read::Known {
        value,
        api_version: "2022-04-01".to_owned(),
    }
}

impl Bench {
    pub(in crate::audit) fn new(mode: &str) -> Self {
        Self {
            registry: json!({
                "id": REGISTRY, "name": "contoso", "location": "westeurope", "sku": {"name": "Premium"},
                "properties": {"roleAssignmentMode": mode, "adminUserEnabled": false, "anonymousPullEnabled": false},
            }),
            assignments: Vec::new(),
            role_definitions: known(Vec::new()),
        }
    }

    pub(in crate::audit) fn assign(&mut self, scope: &str, role: &str) -> &mut Value {
        let number = self.assignments.len();
        self.assignments.push(json!({
            "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{number}"),
            "properties": {
                "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
                "principalId": format!("{number:08}-0000-4000-8000-000000000000"),
                "principalType": "User", "scope": scope, "condition": null, "conditionVersion": null,
            },
        }));
        &mut self.assignments[number]
    }

    pub(in crate::audit) fn assign_where(&mut self, scope: &str, role: &str, test: &str) {
        const REPOSITORIES: &str = "Microsoft.ContainerRegistry/registries/repositories";
        let condition =
            format!("((!(ActionMatches{{'{REPOSITORIES}/content/write'}})) OR (@Request[{REPOSITORIES}:name] {test}))");
        let assignment = self.assign(scope, role);
        assignment["properties"]["condition"] = json!(condition);
        assignment["properties"]["conditionVersion"] = json!("2.0");
    }

    /// A custom role with these actions, assigned at the registry.
    pub(in crate::audit) fn custom_role(&mut self, actions: &[&str]) {
        const ROLE: &str = "aaaaaaaa-0000-4000-8000-00000000cafe";
        self.role_definitions = known(vec![json!({
            "name": ROLE,
            "properties": {"roleName": "Everything of registries", "type": "CustomRole", "permissions": [{"actions": actions}]},
        })]);
        self.assign(REGISTRY, ROLE);
    }

    /// The registry with its grants; no list of its parts was asked for.
    pub(in crate::audit) fn reads(&self) -> Reads {
        let (id, login_server) = (RegistryId::parse(REGISTRY), LoginServer::parse("contoso.azurecr.io"));
        let target = Target {
            id: &id.unwrap(),
            login_server: &login_server.unwrap(),
        };
        let mut evidence = evidence_of(target);
        take_resource(
            &mut evidence,
            Read::Known {
                value: self.registry.clone(),
                api_version: "2025-11-01".to_owned(),
            },
        );
        Reads {
            evidence,
            role_assignments: understand(&known(self.assignments.clone()), RoleAssignment::from_arm),
            deny_assignments: understand(&known(Vec::new()), DenyAssignment::from_arm),
            role_definitions: understand(&self.role_definitions, RoleDefinition::from_arm),
            requests: 14,
            subscription_requests: Subscription::READS,
        }
    }
}
