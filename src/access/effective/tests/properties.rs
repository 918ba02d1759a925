//! What holds in every world: more never takes, less never gives, and not knowing never grants.

use proptest::prelude::*;

use super::super::super::action::Action;
use super::super::super::decision::Verdict;
use super::super::super::fixtures::token;
use super::super::super::known::Known;
use super::super::{Facts, Grants, Memberships};
use super::ann;
use super::worlds::{NAMES, any_assignment, any_deny, any_lines, everybody, world};

/// Every verdict of a small world, in a fixed order.
fn verdicts(facts: &Facts) -> Vec<Verdict> {
    let grants = Grants::new(facts.clone());
    let mut all = Vec::new();
    for principal in everybody() {
        for action in Action::ALL {
            for name in NAMES.iter().copied().map(Some).chain([None]) {
                all.push(grants.decide(&principal, *action, name).verdict());
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn an_allow_more_never_removes_access(mut facts in world(), more in any_assignment(), lines in any_lines()) {
        let before = verdicts(&facts);
        facts.role_assignments.items.push(more);
        prop_assert!(before.iter().zip(verdicts(&facts)).all(|(before, after)| *before <= after));
        let before = verdicts(&facts);
        for map in &mut facts.scope_maps.items {
            map.lines.extend(token("x", &lines).1.lines);
        }
        prop_assert!(before.iter().zip(verdicts(&facts)).all(|(before, after)| *before <= after));
    }

    #[test]
    fn a_deny_more_never_adds_any(mut facts in world(), more in any_deny()) {
        let before = verdicts(&facts);
        facts.deny_assignments.items.push(more);
        prop_assert!(before.iter().zip(verdicts(&facts)).all(|(before, after)| *before >= after));
    }

    #[test]
    fn not_knowing_never_grants(facts in world(), what in 0_usize..8) {
        let mut less = facts.clone();
        match what {
            0 => less.role_assignments = Known::refused("x"),
            1 => less.deny_assignments = Known::refused("x"),
            2 => less.tokens = Known::refused("x"),
            3 => less.scope_maps = Known::refused("x"),
            4 => less.admin_user = None,
            5 => less.anonymous_pull = None,
            6 => less.mode = None,
            _ => less.memberships = Memberships::Unknown,
        }
        for (known, unknown) in verdicts(&facts).into_iter().zip(verdicts(&less)) {
            prop_assert!(unknown != Verdict::Granted || known == Verdict::Granted);
        }
        if what == 0 {
            // A deny assignment is certain whatever the roles are; without any, nothing is.
            less.deny_assignments.items.clear();
            let grants = Grants::new(less);
            for action in Action::ALL {
                prop_assert_eq!(grants.decide(&ann(), *action, Some("app")).verdict(), Verdict::Unknown);
            }
        }
    }
}
