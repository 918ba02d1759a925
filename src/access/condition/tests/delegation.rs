//! What conditions leave of the right to assign roles.

use std::collections::BTreeSet;

use super::super::{Condition, Roles, parse};
use crate::access::truth::Truth;

const PULL: &str = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const PUSH: &str = "8311e382-0749-4cb8-b61a-304f252e45ec";
const BEN: &str = "00000000-0000-4000-8000-0000000000b2";

fn on(attribute: &str) -> String {
    format!("@Request[Microsoft.Authorization/roleAssignments:{attribute}]")
}

fn only(guids: &[&str]) -> Roles {
    Roles::Only(guids.iter().map(|guid| (*guid).to_owned()).collect())
}

#[test]
fn requests_of_every_kind_are_tried() {
    let (role, principal, kind) = (on("RoleDefinitionId"), on("PrincipalId"), on("PrincipalType"));
    let any = || Roles::AllBut(BTreeSet::new());
    for (text, allowed, roles) in [
        (format!("{role} GuidEquals {PULL}"), Truth::True, only(&[PULL])),
        (
            format!("{role} GuidNotEquals {PULL}"),
            Truth::True,
            Roles::AllBut(BTreeSet::from([PULL.to_owned()])),
        ),
        (
            format!("!({role} ForAnyOfAnyValues:GuidEquals {{{PULL}, {PUSH}}})"),
            Truth::True,
            Roles::AllBut(BTreeSet::from([PULL.to_owned(), PUSH.to_owned()])),
        ),
        // Of two values nothing says how they count without a quantifier.
        (format!("{role} GuidEquals {{{PULL}, {PUSH}}}"), Truth::Unknown, any()),
        // Nobody has two roles at once.
        (
            format!("{role} ForAnyOfAllValues:GuidEquals {{{PULL}, {PUSH}}}"),
            Truth::False,
            only(&[]),
        ),
        (
            format!("{role} GuidEquals {PULL} AND {role} GuidEquals {PUSH}"),
            Truth::False,
            only(&[]),
        ),
        (
            format!("{role} GuidEquals {PULL} OR {role} GuidEquals {PUSH}"),
            Truth::True,
            only(&[PULL, PUSH]),
        ),
        (format!("{role} StringEquals '{PULL}'"), Truth::Unknown, any()),
        (format!("{role} GuidEquals 'AcrPull'"), Truth::Unknown, any()),
        (format!("Exists {role}"), Truth::True, any()),
        (format!("Exists {}", on("Anything")), Truth::Unknown, any()),
        (format!("{kind} StringEquals 'User'"), Truth::True, any()),
        (format!("{kind} StringEquals 'user'"), Truth::False, only(&[])),
        (format!("{kind} StringEqualsIgnoreCase 'user'"), Truth::True, any()),
        (format!("{kind} StringLike 'U*'"), Truth::Unknown, any()),
        (format!("{principal} GuidEquals {BEN}"), Truth::True, any()),
        // Which type he has is not known.
        (
            format!("{principal} GuidEquals {BEN} AND {kind} StringEquals 'User'"),
            Truth::Unknown,
            any(),
        ),
        // Somebody else of that type is there.
        (
            format!("{principal} GuidNotEquals {BEN} AND {kind} StringEquals 'User'"),
            Truth::True,
            any(),
        ),
        (
            "ActionMatches{'Microsoft.Authorization/roleAssignments/write'}".to_owned(),
            Truth::True,
            any(),
        ),
        (
            "ActionMatches{'Microsoft.Authorization/roleAssignments/delete'}".to_owned(),
            Truth::False,
            only(&[]),
        ),
        (
            "!(ActionMatches{'Microsoft.Authorization/*'})".to_owned(),
            Truth::False,
            only(&[]),
        ),
        // What is there already says nothing of what is to be made.
        (
            format!("@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] GuidEquals {PULL}"),
            Truth::Unknown,
            any(),
        ),
    ] {
        let delegation = parse(&text).unwrap().delegation();
        assert_eq!(delegation.allowed, allowed, "{text}");
        assert_eq!(delegation.roles, roles, "{text}");
    }
}

#[test]
fn limits_on_whom_are_told() {
    let (principal, kind) = (on("PrincipalId"), on("PrincipalType"));
    for (text, types, principals) in [
        (
            format!("{kind} ForAnyOfAnyValues:StringEquals {{'Group', 'User'}}"),
            Some(vec!["User", "Group"]),
            None,
        ),
        (
            format!("{kind} StringNotEquals 'User'"),
            Some(vec!["Group", "ServicePrincipal", "ForeignGroup", "Device"]),
            None,
        ),
        (
            format!("{principal} ForAnyOfAnyValues:GuidEquals {{{BEN}, {PULL}}}"),
            None,
            Some(2),
        ),
        (format!("{principal} GuidNotEquals {BEN}"), None, None),
    ] {
        let delegation = parse(&text).unwrap().delegation();
        assert_eq!((delegation.types, delegation.principals), (types, principals), "{text}");
    }
}

#[test]
fn a_condition_that_names_too_much_is_not_decided() {
    let guid = |number: u32| format!("00000000-0000-4000-8000-0000{number:08x}");
    let list = |attribute: &str, count: u32| {
        let guids: Vec<String> = (0..count).map(guid).collect();
        format!(
            "{} ForAnyOfAnyValues:GuidEquals {{{}}}",
            on(attribute),
            guids.join(", ")
        )
    };
    let small = format!("{} AND {}", list("RoleDefinitionId", 30), list("PrincipalId", 30));
    assert_eq!(parse(&small).unwrap().delegation().allowed, Truth::True);
    let large = format!("{} AND {}", list("RoleDefinitionId", 60), list("PrincipalId", 60));
    assert_eq!(parse(&large).unwrap().delegation().allowed, Truth::Unknown);
    let condition = Condition::from_arm(Some("not a condition"), None).unwrap();
    assert_eq!(condition.delegation().allowed, Truth::Unknown);
}
