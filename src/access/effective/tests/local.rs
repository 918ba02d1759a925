//! What a registry has beside identities.

use super::super::super::action::{Action, Mode};
use super::super::super::decision::{Decision, Verdict, Via};
use super::super::super::fixtures::{deny, facts, token};
use super::super::super::known::Known;
use super::super::super::principal::Principal;
use super::{ask, granted};

#[test]
fn tokens_the_admin_user_and_anonymous_pull_are_principals_of_their_own() {
    for mode in [Mode::Legacy, Mode::Abac] {
        let mut facts = facts(mode);
        let (build, map) = token(
            "Build",
            &[
                "repositories/team/*/content/write",
                "repositories/team/app/content/read",
            ],
        );
        facts.tokens.items.push(build);
        facts.scope_maps.items.push(map);
        facts.admin_user = Some(true);
        facts.anonymous_pull = Some(true);
        facts.deny_assignments.items.push(deny("all", &["*"]));
        let build = Principal::token("build");
        assert_eq!(granted(&facts, &build), "pull push sign");
        assert_eq!(
            ask(&facts, &build, Action::Push, "team-secrets").verdict(),
            Verdict::Denied
        );
        assert_eq!(
            ask(&facts, &build, Action::Pull, "team/app"),
            Decision::Granted {
                through: vec![Via::ScopeMap {
                    scope_map: "build".into()
                }]
            }
        );
        assert_eq!(
            granted(&facts, &Principal::AdminUser),
            "list-catalog read-metadata pull push delete sign quarantine-read? quarantine-write?"
        );
        assert_eq!(
            granted(&facts, &Principal::Anonymous),
            "list-catalog read-metadata pull"
        );
        facts.scope_maps = Known::refused("Microsoft.ContainerRegistry/registries/scopeMaps/read");
        assert_eq!(
            ask(&facts, &build, Action::Pull, "team/app").verdict(),
            Verdict::Unknown
        );
    }
}
