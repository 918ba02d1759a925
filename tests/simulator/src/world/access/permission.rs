//! How actions match the patterns of a role, and scopes one another.

use serde_json::Value;

/// Whether a role definition (or a deny assignment, which has the same `permissions`) contains `action`.
pub fn allows(definition: &Value, action: &str) -> bool {
    contains(definition, ["actions", "notActions"], action)
}

/// The same of an action on data.
pub fn allows_data(definition: &Value, action: &str) -> bool {
    contains(definition, ["dataActions", "notDataActions"], action)
}

fn contains(definition: &Value, [included, excluded]: [&str; 2], action: &str) -> bool {
    let mut permissions = definition["properties"]["permissions"].as_array().into_iter().flatten();
    permissions.any(|permission| {
        let named = |list: &str| {
            let mut patterns = permission[list].as_array().into_iter().flatten();
            patterns.any(|pattern| matches(pattern.as_str().unwrap_or(""), action))
        };
        named(included) && !named(excluded)
    })
}

/// Whether `action` is what `pattern` says: in any case, `*` for any text, slashes included.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = action.strip_prefix(parts.next().unwrap_or("")) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether `scope` is `parent` or below it. The tenant (`/`) is above everything, a management group above every
/// subscription: the simulated tenant has one line of them.
pub fn within(scope: &str, parent: &str) -> bool {
    let (scope, parent) = (scope.to_ascii_lowercase(), parent.to_ascii_lowercase());
    let parent = parent.trim_end_matches('/');
    if parent.starts_with("/providers/microsoft.management/managementgroups/") {
        return scope == parent || scope.starts_with("/subscriptions/");
    }
    scope
        .strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The subscription of a scope; empty for scopes above subscriptions.
pub fn subscription(scope: &str) -> &str {
    let mut parts = scope.split('/').skip(1);
    match parts.next() {
        Some(word) if word.eq_ignore_ascii_case("subscriptions") => parts.next().unwrap_or(""),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, within};

    #[test]
    fn patterns_match_whole_actions() {
        for (pattern, action, expected) in [
            ("*", "Microsoft.Authorization/locks/read", true),
            ("*/read", "Microsoft.ContainerRegistry/registries/tokens/read", true),
            (
                "*/read",
                "Microsoft.ContainerRegistry/registries/listCredentials/action",
                false,
            ),
            (
                "Microsoft.Authorization/*/read",
                "microsoft.authorization/LOCKS/read",
                true,
            ),
            (
                "Microsoft.Authorization/*/read",
                "Microsoft.Authorization/locks/write",
                false,
            ),
            ("a/b", "a/b/c", false),
            ("a/*/c/*", "a/b/c/d", true),
        ] {
            assert_eq!(matches(pattern, action), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn scopes_are_within_their_parents() {
        for (scope, parent, expected) in [
            ("/subscriptions/a/resourceGroups/b", "/Subscriptions/A", true),
            ("/subscriptions/a", "/", true),
            ("/subscriptions/ab", "/subscriptions/a", false),
            (
                "/subscriptions/a",
                "/providers/Microsoft.Management/managementGroups/contoso",
                true,
            ),
            ("/", "/providers/Microsoft.Management/managementGroups/contoso", false),
        ] {
            assert_eq!(within(scope, parent), expected, "{scope} {parent}");
        }
    }
}
