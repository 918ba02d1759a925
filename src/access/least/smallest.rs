//! The smallest roles that would do.

use std::collections::BTreeSet;

use super::super::action::{Action, Mode};
use super::super::builtin as b;
use super::super::role::RoleDefinition;
use super::actions_of;

/// GUID of the recommended role that gives the action and the fewest others. None of the scenarios assigns roles; for
/// that, Role Based Access Control Administrator is the smallest.
///
/// Only the actions of [`Action`] are looked at: who runs tasks or transfers needs the roles of those scenarios beside.
fn role_for(action: Action, mode: Mode) -> &'static str {
    use Action as A;
    match (action, mode) {
        (A::ListCatalog | A::ReadMetadata | A::Pull, Mode::Legacy) => b::ACR_PULL,
        (A::ListCatalog, Mode::Abac) => b::CATALOG_LISTER,
        (A::ReadMetadata | A::Pull, Mode::Abac) => b::REPOSITORY_READER,
        (A::Push, Mode::Legacy) => b::ACR_PUSH,
        (A::Sign, Mode::Legacy) => b::ACR_IMAGE_SIGNER,
        (A::Push | A::Sign, Mode::Abac) => b::REPOSITORY_WRITER,
        (A::Delete, Mode::Legacy) => b::ACR_DELETE,
        (A::Delete, Mode::Abac) => b::REPOSITORY_CONTRIBUTOR,
        (A::QuarantineRead, _) => b::ACR_QUARANTINE_READER,
        (A::QuarantineWrite, _) => b::ACR_QUARANTINE_WRITER,
        (A::Import, _) => b::DATA_IMPORTER,
        (A::Configure, _) => b::CONFIGURATION_ADMINISTRATOR,
        (A::AssignRoles, _) => b::RBAC_ADMINISTRATOR,
        (A::ReadCredentials, _) => b::CONFIGURATION_READER,
    }
}

/// The recommended roles that cover the actions with the fewest actions too many, then the fewest roles; by GUID. Each
/// is the smallest for one of the actions, and one is left out when another gives all that is wanted of it.
pub fn smallest_roles(wanted: &BTreeSet<Action>, mode: Mode) -> Vec<&'static RoleDefinition> {
    let guids: BTreeSet<&str> = wanted.iter().map(|action| role_for(*action, mode)).collect();
    let roles = guids.into_iter().filter_map(b::role);
    let given: Vec<_> = roles.map(|role| (role, &actions_of(role, mode) & wanted)).collect();
    let is_needed = |(role, of_it): &(&RoleDefinition, BTreeSet<Action>)| {
        let mut others = given.iter().filter(|(other, _)| other.guid != role.guid);
        !others.any(|(_, more)| of_it.is_subset(more))
    };
    given
        .iter()
        .filter(|entry| is_needed(entry))
        .map(|(role, _)| *role)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::super::action::{Action, Mode};
    use super::super::super::builtin;
    use super::super::{Scenario, actions_of};
    use super::{role_for, smallest_roles};

    #[test]
    fn the_role_for_an_action_gives_it_and_the_fewest_others() {
        for mode in [Mode::Legacy, Mode::Abac] {
            let recommended = Scenario::ALL.iter().flat_map(|scenario| scenario.roles(mode));
            let recommended = recommended.copied().chain([builtin::RBAC_ADMINISTRATOR]);
            let given: Vec<_> = recommended
                .map(|guid| (guid, actions_of(builtin::role(guid).unwrap(), mode)))
                .collect();
            for action in Action::ALL {
                let giving = given.iter().filter(|(_, given)| given.contains(action));
                let fewest = giving.min_by_key(|(_, given)| given.len()).unwrap();
                assert_eq!(role_for(*action, mode), fewest.0, "{action} {mode:?}");
            }
        }
    }

    #[test]
    fn nothing_wanted_is_missing_and_no_role_can_be_left_out() {
        for mode in [Mode::Legacy, Mode::Abac] {
            let given = |guid: &'static str| (guid, actions_of(builtin::role(guid).unwrap(), mode));
            let given: BTreeMap<&str, _> = Action::ALL
                .iter()
                .map(|action| given(role_for(*action, mode)))
                .collect();
            for set in 0_u32..1 << Action::ALL.len() {
                let wanted = Action::ALL.iter().copied();
                let wanted: BTreeSet<Action> = wanted.filter(|action| set & (1 << (*action as u32)) != 0).collect();
                let roles = smallest_roles(&wanted, mode);
                let missing = |without: Option<&str>| {
                    let left = roles.iter().filter(|role| Some(role.guid.as_str()) != without);
                    let all: BTreeSet<Action> = left.flat_map(|role| &given[role.guid.as_str()]).copied().collect();
                    wanted.difference(&all).count()
                };
                assert_eq!(missing(None), 0, "{wanted:?} {mode:?}");
                for role in &roles {
                    assert_ne!(missing(Some(&role.guid)), 0, "{} for {wanted:?} {mode:?}", role.name);
                }
            }
        }
    }
}
