//! A read that ended well or not, as rules and the evaluation of access take it.

use serde_json::Value;

use crate::access::arm::ShapeError;
use crate::access::known::Known;
use crate::azure::Failure;
use crate::inventory::problem::Code;
use crate::inventory::problem_code::ProblemCode;
use crate::posture::evidence::Read;

/// The outcome of one read that takes `permission`.
pub(super) fn read<T>(outcome: Result<T, Failure>, api_version: &str, permission: &str) -> Read<T> {
    match outcome {
        Ok(value) => Read::Known {
            value,
            api_version: api_version.to_owned(),
        },
        Err(Failure::Denied { code, .. }) if is_refusal(&code) => Read::Refused {
            permission: permission.to_owned(),
        },
        Err(failure) => Read::Failed {
            reason: failure.problem().message,
            passing: failure.is_transient(),
        },
    }
}

/// Whether a denial says that a permission is missing. Without a token, or with one that is not taken, no role helps.
fn is_refusal(code: &Code) -> bool {
    let is_of_token = |code: &str| code.contains("Authentication") || code.contains("Token");
    *code != ProblemCode::Credential && !is_of_token(code.as_str())
}

/// Items of a list that were understood, and how many were not.
#[derive(Debug, Clone)]
pub struct Understood<T> {
    pub items: Vec<T>,
    pub not_understood: usize,
}

impl<T> Understood<T> {
    fn of(items: &[Value], parse: impl Fn(&Value) -> Result<T, ShapeError>) -> Self {
        let mut understood = Self {
            items: Vec::with_capacity(items.len()),
            not_understood: 0,
        };
        for item in items {
            match parse(item) {
                Ok(item) => understood.items.push(item),
                Err(error) => {
                    tracing::warn!(%error, "an item of Resource Manager is not understood");
                    understood.not_understood += 1;
                }
            }
        }
        understood
    }
}

/// Parses the items of a list that was read.
pub(super) fn understand<T>(
    read: &Read<Vec<Value>>,
    parse: impl Fn(&Value) -> Result<T, ShapeError>,
) -> Read<Understood<T>> {
    read.map(|value| Understood::of(value, parse))
}

/// The same for the evaluation of access.
pub(super) fn known<T: Clone>(read: &Read<Understood<T>>) -> Known<T> {
    let value = match read {
        Read::Known { value, .. } => value,
        Read::Refused { permission } => return Known::refused(permission),
        Read::Failed { reason, .. } => return Known::refused(reason),
        Read::NotAsked { why } => return Known::refused(why),
    };
    match value.not_understood {
        0 => Known::complete(value.items.clone()),
        count => Known::partial(
            value.items.clone(),
            &format!("{count} items in the shape that ARM documents"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, ProblemCode, Read, read};
    use crate::azure::Failure;

    #[test]
    fn only_a_missing_permission_is_a_refusal() {
        let denied = |code: Code| {
            let outcome: Result<(), _> = Err(Failure::Denied {
                target: "GET x".to_owned(),
                code,
                message: String::new(),
            });
            read(outcome, "v", "some/read")
        };
        let of_service = |code: &str| denied(Code::of_service(code.to_owned()));
        assert!(matches!(of_service("AuthorizationFailed"), Read::Refused { permission } if permission == "some/read"));
        assert!(matches!(denied(ProblemCode::Credential.into()), Read::Failed { .. }));
        for code in ["InvalidAuthenticationToken", "ExpiredAuthenticationToken"] {
            assert!(matches!(of_service(code), Read::Failed { .. }), "{code}");
        }
    }
}
