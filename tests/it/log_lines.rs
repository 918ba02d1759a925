//! What every log line of the function app has to be, and what it must never hold.

use serde_json::Value;
use simulator::tenant::{Tenant, WEBHOOK_SECRET};
use simulator::tokens;
use simulator::world::settings::APPLICATION_SECRET;

/// The function key that the simulated host asks for.
pub const FUNCTION_KEY: &str = "simulated-function-key";

/// Every text that would be a leak if it stood in a log, a blob or a message.
pub fn secrets(tenant: &Tenant) -> Vec<String> {
    vec![
        tokens::canary(),
        WEBHOOK_SECRET.to_owned(),
        APPLICATION_SECRET.to_owned(),
        tenant.simulator.identity_header(),
        FUNCTION_KEY.to_owned(),
    ]
}

/// Asserts that every line is one JSON object with level and text, and that none holds a secret or a query.
pub fn check_lines(lines: &[String], tenant: &Tenant) {
    assert!(!lines.is_empty());
    let secrets = secrets(tenant);
    for line in lines {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(value.is_object() && value["level"].is_string(), "{line}");
        assert!(!line.contains(char::is_control), "{line:?}");
        for secret in secrets.iter().map(String::as_str).chain(["?code=", "code=K"]) {
            assert!(!line.contains(secret), "{secret} in {line}");
        }
    }
}
