//! A registry that Resource Manager does not show to this identity.

use std::collections::BTreeSet;

use super::registry::{CALLBACK_ADDRESSES, Extra, PREVIEW, Reads, not_asked_for};
use super::subscription::{DENY_ASSIGNMENTS_READ, ROLE_DEFINITIONS_READ};
use crate::names::LoginServer;
use crate::posture::evidence::{Evidence, Read};
use crate::posture::source::Source;

/// What is read of a registry of which the login server alone is known: nothing, each read with the permission that it
/// takes. Whoever may not read a registry does not see it either, so there is no ARM id to ask with; the login server
/// stands for it in findings.
pub fn hidden(login_server: &LoginServer, extras: &BTreeSet<Extra>) -> Reads {
    let mut evidence = Evidence {
        registry_id: login_server.to_string(),
        login_server: login_server.to_string(),
        name: login_server.registry_name().to_owned(),
        resource_group: "<resource-group>".to_owned(),
        subscription: "<subscription>".to_owned(),
        registry: refused(Source::Registry.permission()),
        registry_preview: match extras.contains(&Extra::PreviewProperties) {
            true => refused(Source::RegistryPreview.permission()),
            false => not_asked_for(PREVIEW),
        },
        defender_pricing: refused(Source::DefenderPricing.permission()),
        ..Evidence::default()
    };
    for source in Source::ALL {
        if let Some(list) = evidence.list_mut(source) {
            *list = refused(source.permission());
        }
    }
    if !extras.contains(&Extra::CallbackAddresses) {
        evidence.webhook_configs = not_asked_for(CALLBACK_ADDRESSES);
    }
    Reads {
        evidence,
        role_assignments: refused(Source::Access.permission()),
        deny_assignments: refused(DENY_ASSIGNMENTS_READ),
        role_definitions: refused(ROLE_DEFINITIONS_READ),
        requests: 0,
        subscription_requests: 0,
    }
}

fn refused<T>(permission: &str) -> Read<T> {
    Read::Refused {
        permission: permission.to_owned(),
    }
}
