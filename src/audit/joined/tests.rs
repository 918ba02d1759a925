//! The table of an audit answers as the evaluation itself does, and for what is new it does not know.

use super::holders_of;
use crate::access::action::Action;
use crate::access::builtin;
use crate::access::decision::Verdict;
use crate::access::effective::Memberships;
use crate::audit::questions::who_can;
use crate::audit::tests::bench::{Bench, NOW, REGISTRY, SUBSCRIPTION};
use crate::audit::{Basis, audit, grants};
use crate::posture::profile::Profile;

#[test]
fn a_stored_table_answers_for_repositories_as_access_is_evaluated() {
    let mut bench = Bench::new("AbacRepositoryPermissions");
    bench.assign(SUBSCRIPTION, builtin::REPOSITORY_READER);
    for test in [
        "StringStartsWithIgnoreCase 'team/'",
        "StringEqualsIgnoreCase 'base/new'",
        "StringLike 'b*x'",
        "StringEquals @Principal[team]",
    ] {
        bench.assign_where(REGISTRY, builtin::REPOSITORY_WRITER, test);
    }
    let reads = bench.reads();
    let profile = Profile::default();
    let repositories = ["team/a", "team/b", "base/x"].map(str::to_owned);
    let basis = Basis {
        repositories: &repositories,
        inventory: None,
        profile: &profile,
        now: NOW,
    };
    let document = audit(&reads, &basis);
    let grants = grants(&reads, Memberships::Apart, NOW);
    // The last two are new, and like one that was there.
    for name in ["team/a", "team/b", "base/x", "team/new", "bx"] {
        for action in Action::ALL {
            let stored = holders_of(&document.access, *action, name);
            assert_eq!(stored, who_can(&grants, *action, Some(name)), "{action} {name}");
        }
    }
    // Nothing was there that the same conditions name.
    let new = holders_of(&document.access, Action::Push, "base/new");
    assert_eq!(new.len(), 5);
    assert!(new.iter().all(|holder| holder.verdict == Verdict::Unknown), "{new:?}");
    let evaluated = who_can(&grants, Action::Push, Some("base/new"));
    let granted = evaluated.iter().filter(|holder| holder.verdict == Verdict::Granted);
    assert_eq!(granted.count(), 1);
}
