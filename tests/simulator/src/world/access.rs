//! Who may do what in the simulated tenant: role assignments, role definitions, deny assignments and what follows.

pub mod assign;
mod data_plane;
pub mod permission;
pub mod roles;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::World;
use super::settings::PRINCIPAL_ID;

impl World {
    /// Whether the one identity of this world may perform `action` at `scope`, by its role assignments, by the Reader
    /// that [`super::Subscription::readable`] stands for, and by deny assignments. Ids in any case.
    pub fn may(&self, action: &str, scope: &str) -> bool {
        self.held_at(scope).any(|role| permission::allows(role, action))
            && !self.denied(action, scope, permission::allows)
    }

    /// The same of an action on data. Conditions are not looked at.
    fn may_data(&self, action: &str, scope: &str) -> bool {
        let allows = permission::allows_data;
        self.held_at(scope).any(|role| allows(role, action)) && !self.denied(action, scope, allows)
    }

    /// Whether the identity may do that at `scope` or anywhere below it.
    pub fn may_somewhere(&self, action: &str, scope: &str) -> bool {
        let below = self.own_assignments().any(|(at, role)| {
            permission::within(at, scope)
                && permission::allows(role, action)
                && !self.denied(action, at, permission::allows)
        });
        let mut readable = self.readable_below(scope);
        below || readable.any(|at| self.may(action, &at)) || self.may(action, scope)
    }

    /// Whether the identity has any role at `scope`, above it or below it.
    pub fn holds_anything(&self, scope: &str) -> bool {
        let below = self.own_assignments().any(|(at, _)| permission::within(at, scope));
        below || self.readable_below(scope).next().is_some() || self.held_at(scope).next().is_some()
    }

    fn readable_below(&self, scope: &str) -> impl Iterator<Item = String> {
        let readable = self.subscriptions.iter().filter(|(_, found)| found.readable);
        let scopes = readable.map(|(id, _)| format!("/subscriptions/{id}"));
        scopes.filter(move |at| permission::within(at, scope))
    }

    /// Definitions of the roles that the identity holds at `scope`, inherited ones included.
    fn held_at(&self, scope: &str) -> impl Iterator<Item = &Value> {
        let subscription = permission::subscription(scope);
        let readable = self
            .subscriptions
            .iter()
            .any(|(id, found)| found.readable && subscription.eq_ignore_ascii_case(id));
        let assigned = self
            .own_assignments()
            .filter(move |(at, _)| permission::within(scope, at));
        assigned
            .map(|(_, role)| role)
            .chain(readable.then(|| roles::named("Reader")))
    }

    /// Scope and role definition of every assignment to the identity that counts by now.
    fn own_assignments(&self) -> impl Iterator<Item = (&str, &Value)> {
        let own = self.assignments_of(PRINCIPAL_ID);
        own.filter_map(|(scope, id)| Some((scope, self.role(id)?)))
    }

    /// Whether a principal has a role, by its id, at `scope` or above it, and it counts by now.
    pub fn holds_role(&self, principal: &str, role: &str, scope: &str) -> bool {
        let mut held = self.assignments_of(principal);
        held.any(|(at, id)| id.eq_ignore_ascii_case(role) && permission::within(scope, at))
    }

    /// Scope and role id of every assignment to a principal that counts by now.
    fn assignments_of(&self, principal: &str) -> impl Iterator<Item = (&str, &str)> {
        let of = move |assignment: &&Value| assignment["properties"]["principalId"] == principal;
        let all = self.arm.role_assignments.iter().filter(of);
        all.filter(|assignment| self.counts(assignment))
            .filter_map(|assignment| {
                let properties = &assignment["properties"];
                let (_, id) = properties["roleDefinitionId"].as_str()?.rsplit_once('/')?;
                Some((properties["scope"].as_str()?, id))
            })
    }

    fn counts(&self, assignment: &Value) -> bool {
        let made = assignment["properties"]["createdOn"].as_str();
        let made = made.and_then(|made| OffsetDateTime::parse(made, &Rfc3339).ok());
        let lag = time::Duration::seconds(self.arm.role_lag_seconds.into());
        lag.is_zero() || made.is_none_or(|made| made + lag <= self.clock.now())
    }

    /// A role definition by its id (GUID): built in or the world's own.
    pub fn role(&self, id: &str) -> Option<&Value> {
        let mut known = roles::built_in().iter().chain(&self.arm.role_definitions);
        known.find(|role| role["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(id)))
    }

    fn denied(&self, action: &str, scope: &str, allows: fn(&Value, &str) -> bool) -> bool {
        self.arm.deny_assignments.iter().any(|denial| {
            let properties = &denial["properties"];
            let names = |list: &str| {
                let mut principals = properties[list].as_array().into_iter().flatten();
                principals.any(|one| one["id"] == PRINCIPAL_ID || one["type"] == "SystemDefined")
            };
            let at = properties["scope"].as_str().unwrap_or("/");
            let applies = match properties["doNotApplyToChildScopes"] == true {
                true => scope.eq_ignore_ascii_case(at),
                false => permission::within(scope, at),
            };
            applies && names("principals") && !names("excludePrincipals") && allows(denial, action)
        })
    }
}
