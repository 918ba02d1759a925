//! Where a role or a deny assignment stands, seen from a registry.

use serde::{Deserialize, Serialize};

/// The level of a scope that reaches the registry, widest first, and one below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// `/`: the whole tenant.
    Root,
    /// A management group. Its id does not say which subscriptions it holds; that ARM listed the assignment at or above
    /// the registry does.
    ManagementGroup,
    /// The registry's subscription.
    Subscription,
    /// The registry's resource group.
    ResourceGroup,
    /// The registry itself.
    Registry,
    /// Something inside the registry, e.g. one of its tokens.
    Below,
}

impl Level {
    /// Whether what is granted there is inherited by the registry from something larger.
    pub fn is_above(self) -> bool {
        self < Self::Registry
    }
}

/// How a scope relates to the registry with this resource id; none when it does not reach it (another subscription,
/// another group, a sibling resource). Compared segment by segment and without case: `rg-team` is not above
/// `rg-team-secrets`.
pub fn level(scope: &str, registry: &str) -> Option<Level> {
    let (scope, registry) = (segments(scope), segments(registry));
    if scope.is_empty() {
        return Some(Level::Root);
    }
    let is = |at: usize, word: &str| scope.get(at).is_some_and(|segment| segment == word);
    if is(0, "providers") && is(1, "microsoft.management") && is(2, "managementgroups") {
        return (scope.len() == 4).then_some(Level::ManagementGroup);
    }
    if scope.len() > registry.len() {
        return scope.starts_with(&registry).then_some(Level::Below);
    }
    if !registry.starts_with(&scope) {
        return None;
    }
    match scope.len() {
        2 => Some(Level::Subscription),
        4 => Some(Level::ResourceGroup),
        length if length == registry.len() => Some(Level::Registry),
        _ => None,
    }
}

fn segments(id: &str) -> Vec<String> {
    id.split('/')
        .filter(|segment| !segment.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Level, level};

    const REGISTRY: &str =
        "/subscriptions/S1/resourceGroups/rg-team/providers/Microsoft.ContainerRegistry/registries/contoso";

    #[test]
    fn scopes_are_compared_by_segment_and_without_case() {
        for (scope, expected) in [
            ("/", Some(Level::Root)),
            (
                "/providers/Microsoft.Management/managementGroups/all",
                Some(Level::ManagementGroup),
            ),
            ("/subscriptions/s1", Some(Level::Subscription)),
            ("/subscriptions/s1/", Some(Level::Subscription)),
            ("/SUBSCRIPTIONS/S1/resourcegroups/RG-TEAM", Some(Level::ResourceGroup)),
            (&REGISTRY.to_uppercase(), Some(Level::Registry)),
            (&format!("{REGISTRY}/tokens/t"), Some(Level::Below)),
            ("/subscriptions/S", None),
            ("/subscriptions/S1/resourceGroups", None),
            ("/subscriptions/S1/resourceGroups/rg", None),
            ("/subscriptions/S1/resourceGroups/rg-team-secrets", None),
            ("/subscriptions/S2/resourceGroups/rg-team", None),
            (&format!("{REGISTRY}2"), None),
            (&format!("{REGISTRY}2/tokens/t"), None),
            (&REGISTRY.replace("/registries/contoso", ""), None),
        ] {
            assert_eq!(level(scope, REGISTRY), expected, "{scope}");
        }
        assert!(Level::ResourceGroup.is_above() && !Level::Registry.is_above() && !Level::Below.is_above());
    }
}
