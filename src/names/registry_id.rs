//! ARM resource ids of registries.

/// ARM resource id of a registry,
/// `/subscriptions/{id}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}`.
///
/// ARM writes the fixed words in varying case, so they are compared without regard to it and two ids are equal when
/// their lower-case forms are. The spelling as given is kept for display.
#[derive(Debug, Clone)]
pub struct RegistryId(Box<str>);

super::name!(RegistryId, "registry id", check);

impl RegistryId {
    /// The registry that a resource below it belongs to, by the id of that resource; also a registry's own id.
    pub fn above(resource: &str) -> Result<Self, super::NameError> {
        let end = resource.match_indices('/').nth(8).map(|(at, _)| at);
        Self::parse(end.and_then(|end| resource.get(..end)).unwrap_or(resource))
    }

    /// Subscription id as given.
    pub fn subscription(&self) -> &str {
        self.segment(2)
    }

    /// Resource group name as given.
    pub fn resource_group(&self) -> &str {
        self.segment(4)
    }

    /// Registry name as given.
    pub fn name(&self) -> &str {
        self.segment(8)
    }

    fn segment(&self, index: usize) -> &str {
        self.0.split('/').nth(index).unwrap_or_default()
    }
}

impl PartialEq for RegistryId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for RegistryId {}

fn check(text: &str) -> Result<(), &'static str> {
    let segments: Vec<&str> = text.split('/').collect();
    let &[
        "",
        subscriptions,
        subscription,
        groups,
        group,
        providers,
        provider,
        kind,
        name,
    ] = segments.as_slice()
    else {
        return Err("it does not have the nine segments of a registry's resource id");
    };
    let fixed = [
        (subscriptions, "subscriptions"),
        (groups, "resourceGroups"),
        (providers, "providers"),
        (provider, "Microsoft.ContainerRegistry"),
        (kind, "registries"),
    ];
    if !fixed.iter().all(|(given, word)| given.eq_ignore_ascii_case(word)) {
        return Err("it is not the resource id of a registry");
    }
    let guid = [8, 4, 4, 4, 12];
    let lengths = subscription.split('-').map(str::len);
    let digits = subscription.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if !digits || !lengths.eq(guid) {
        return Err("its subscription is not a GUID");
    }
    let group_character = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')');
    if group.is_empty() || group.chars().count() > 90 || !group.chars().all(group_character) || group.ends_with('.') {
        return Err("its resource group is not well formed");
    }
    if name.is_empty() || name.len() > 50 || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err("its registry name is not well formed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::RegistryId;

    const ID: &str = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-a/providers/Microsoft.ContainerRegistry/registries/contoso";

    #[test]
    fn reads_its_parts_and_ignores_case() {
        let id = RegistryId::parse(ID).unwrap();
        assert_eq!(id.subscription(), "00000000-0000-4000-8000-000000000001");
        assert_eq!(id.resource_group(), "rg-a");
        assert_eq!(id.name(), "contoso");
        assert_eq!(id, RegistryId::parse(&ID.to_lowercase()).unwrap());
    }

    #[test]
    fn a_resource_below_leads_to_its_registry() {
        for below in ["", "/", "/connectedRegistries/edge1", "/webhooks/x/y"] {
            let above = RegistryId::above(&format!("{ID}{below}")).unwrap();
            assert_eq!(above.to_string(), ID, "{below}");
        }
        for wrong in [
            "",
            "x",
            "/subscriptions/x/connectedRegistries/y",
            &ID.replace("ContainerRegistry", "Storage"),
        ] {
            assert!(RegistryId::above(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_resource_group_is_counted_in_characters() {
        assert!(RegistryId::parse(&ID.replace("rg-a", &"ä".repeat(90))).is_ok());
    }

    #[test]
    fn refuses_other_ids() {
        for wrong in [
            "",
            "/",
            &ID[1..],
            &format!("{ID}/webhooks/x"),
            &ID.replace("rg-a", ".."),
            &ID.replace("contoso", "a/b"),
            &ID.replace("contoso", "a?x"),
            &ID.replace("00000000-0000-4000-8000-000000000001", "x"),
            &ID.replace("00000000-0000-4000-8000-000000000001", &"-".repeat(36)),
            &ID.replace("rg-a", &"ä".repeat(91)),
        ] {
            assert!(RegistryId::parse(wrong).is_err(), "{wrong}");
        }
    }
}
