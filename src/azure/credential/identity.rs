//! Who a credential is, as its own token says.

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use serde::{Deserialize, Serialize};

use crate::azure::{Failure, credential_failure, jwt};
use crate::inventory::problem_code::ProblemCode;

/// What role assignments call us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Object id of the principal (claim `oid`).
    pub object_id: String,
    /// `ServicePrincipal` (managed identities are of that type too) or `User`; none where the token does not say
    /// (claim `idtyp`).
    pub principal_type: Option<&'static str>,
}

#[derive(Deserialize)]
struct Claims {
    oid: Option<String>,
    idtyp: Option<String>,
}

impl Identity {
    /// Asks for a token of this scope and reads it; the token itself goes nowhere.
    pub async fn of(credential: &Arc<dyn TokenCredential>, scope: &str) -> Result<Self, Failure> {
        let target = "Entra token for Resource Manager";
        let token = credential.get_token(&[scope], None).await;
        let token = token.map_err(|error| credential_failure(target, &error))?;
        Self::read(token.token.secret())
            .ok_or_else(|| Failure::invalid(target, ProblemCode::Malformed, "the token names no object id"))
    }

    fn read(token: &str) -> Option<Self> {
        let claims: Claims = jwt::claims(token)?;
        // It becomes part of command lines.
        let object_id = claims.oid?.parse::<uuid::Uuid>().ok()?.to_string();
        let principal_type = match claims.idtyp.as_deref() {
            Some("app") => Some("ServicePrincipal"),
            Some("user") => Some("User"),
            _ => None,
        };
        Some(Self {
            object_id,
            principal_type,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Identity;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    fn read(payload: &str) -> Option<Identity> {
        Identity::read(&format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(payload)))
    }

    #[test]
    fn reads_who_we_are() {
        let oid = "5f1b4c1e-0000-4000-8000-00000000bbbb";
        let app = read(&format!(r#"{{"oid":"{oid}","idtyp":"app"}}"#)).unwrap();
        assert_eq!(
            (app.object_id.as_str(), app.principal_type),
            (oid, Some("ServicePrincipal"))
        );
        assert_eq!(read(&format!(r#"{{"oid":"{oid}"}}"#)).unwrap().principal_type, None);
        for payload in ["", "{", "{}", r#"{"oid":"x; rm -rf /"}"#, r#"{"oid":1}"#] {
            assert_eq!(read(payload), None, "{payload}");
        }
    }
}
