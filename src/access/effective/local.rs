//! What a registry has beside identities: tokens, the admin user, anonymous pull. Neither role assignments nor deny
//! assignments reach them, and the role assignment mode does not narrow them.

use super::super::action::Action;
use super::super::decision::{Decision, Doubt, Via};
use super::super::token::{Repositories, ScopeMap};
use super::super::truth::Truth;
use super::{Grants, Tally};

impl Grants {
    pub(super) fn token(&self, name: &str, action: Action, repository: Option<&str>) -> Decision {
        if !action.per_repository() {
            return Decision::nothing();
        }
        let Some(token) = self.facts.tokens.items.iter().find(|token| token.name == name) else {
            return match &self.facts.tokens.missing {
                None => Decision::nothing(),
                Some(missing) => Decision::doubt(not_read("tokens", missing)),
            };
        };
        let works = token.can_sign_in(self.facts.now);
        if works == Truth::False {
            return Decision::nothing();
        }
        let Some(map) = self.scope_map(token.scope_map.as_deref()) else {
            return Decision::doubt(match &self.facts.scope_maps.missing {
                Some(missing) => not_read("scope maps", missing),
                None => Doubt::Token {
                    why: "the token's scope map is not among those of the registry",
                },
            });
        };
        let mut tally = Tally::new();
        match allows(map, action, repository) {
            Truth::False => {}
            Truth::Unknown => tally.doubt(Doubt::Token {
                why: "a line of the token's scope map is not understood, or names only some repositories",
            }),
            Truth::True if works == Truth::True => tally.grant(Via::ScopeMap {
                scope_map: map.name.as_str().into(),
            }),
            Truth::True => tally.doubt(Doubt::Token {
                why: "whether the token has a password that has not expired is not known",
            }),
        }
        tally.decision()
    }

    /// The scope map of a token, by name.
    pub(in super::super) fn scope_map(&self, name: Option<&str>) -> Option<&ScopeMap> {
        let name = name?;
        self.facts.scope_maps.items.iter().find(|map| map.name == name)
    }

    /// The admin user reads, writes and deletes everything and lists the catalog. That it keeps doing so in ABAC mode is
    /// nowhere denied and nowhere said; whether it sees quarantined images is open.
    pub(super) fn admin_user(&self, action: Action) -> Decision {
        switched_on(
            self.facts.admin_user,
            "properties.adminUserEnabled",
            Via::AdminUser,
            match action {
                action if action.per_repository() || action == Action::ListCatalog => Truth::True,
                Action::QuarantineRead | Action::QuarantineWrite => Truth::Unknown,
                _ => Truth::False,
            },
        )
    }

    /// Anonymous pull opens the catalog and metadata too, in both modes.
    pub(super) fn anonymous(&self, action: Action) -> Decision {
        let opened = matches!(action, Action::ListCatalog | Action::ReadMetadata | Action::Pull);
        switched_on(
            self.facts.anonymous_pull,
            "properties.anonymousPullEnabled",
            Via::AnonymousPull,
            opened.into(),
        )
    }
}

/// Whether a scope map allows the action there.
fn allows(map: &ScopeMap, action: Action, repository: Option<&str>) -> Truth {
    let lines = map.lines.iter().filter(|(_, allowed)| allowed.allows(action));
    let told = lines.map(|(repositories, _)| match (repositories, repository) {
        (Repositories::All, _) => Truth::True,
        (Repositories::Matching(pattern), Some(name)) => pattern.matches(name),
        (Repositories::Matching(_), None) => Truth::Unknown,
    });
    Truth::any(told).or(if map.not_understood.is_empty() {
        Truth::False
    } else {
        Truth::Unknown
    })
}

fn switched_on(switch: Option<bool>, property: &'static str, via: Via, allows: Truth) -> Decision {
    match (allows, switch) {
        (Truth::False, _) | (_, Some(false)) => Decision::nothing(),
        (_, None) => Decision::doubt(not_read("the registry's switch for it", property)),
        (Truth::True, Some(true)) => Decision::Granted { through: vec![via] },
        (Truth::Unknown, Some(true)) => Decision::doubt(Doubt::NoSource {
            why: "whether the admin user sees quarantined images is not documented",
        }),
    }
}

fn not_read(what: &'static str, missing: &str) -> Doubt {
    Doubt::NotRead {
        what,
        missing: missing.into(),
    }
}
