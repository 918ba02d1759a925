//! What was read, as the evaluation of access takes it.

use serde_json::Value;

use super::read::{known, understand};
use super::registry::Reads;
use crate::access::action::Mode;
use crate::access::effective::{Facts, Memberships};
use crate::access::instant::Instant;
use crate::access::token::{ScopeMap, Token};
use crate::posture::evidence::Read;

/// The facts of the registry at `now`.
pub(super) fn facts(reads: &Reads, memberships: Memberships, now: time::OffsetDateTime) -> Facts {
    let evidence = &reads.evidence;
    Facts {
        registry: evidence.registry_id.clone(),
        mode: mode(&evidence.registry),
        role_definitions: known(&reads.role_definitions),
        role_assignments: known(&reads.role_assignments),
        deny_assignments: known(&reads.deny_assignments),
        tokens: known(&understand(&evidence.tokens, Token::from_arm)),
        scope_maps: known(&understand(&evidence.scope_maps, ScopeMap::from_arm)),
        // Absent means off for the admin user, and says nothing of anonymous pull: older versions leave it out.
        admin_user: property(&evidence.registry, "adminUserEnabled").map(|value| value == Some(&Value::Bool(true))),
        anonymous_pull: property(&evidence.registry, "anonymousPullEnabled")
            .flatten()
            .and_then(Value::as_bool),
        memberships,
        now: Instant(now.unix_timestamp()),
    }
}

/// The role assignment mode; none when it was not read.
pub(super) fn mode(registry: &Read<Value>) -> Option<Mode> {
    let word = property(registry, "roleAssignmentMode").flatten()?;
    Mode::from_arm(word.as_str()?)
}

/// A property of the registry: none when the registry was not read, none inside when it is absent.
fn property<'a>(registry: &'a Read<Value>, name: &str) -> Option<Option<&'a Value>> {
    match registry {
        Read::Known { value, .. } => Some(value.get("properties").and_then(|properties| properties.get(name))),
        _ => None,
    }
}
