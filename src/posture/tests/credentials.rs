use serde_json::{Value, json};

use super::super::verdict::Verdict::{Fail, NotApplicable, Pass, Unknown};
use super::bench::{Bench, ID, Notebook, bench, failed, list, of_sku, property, refused};

#[test]
fn admin_user_and_anonymous_pull() {
    let mut notes = Notebook::default();
    let rule = "admin-user-disabled";
    notes.see(rule, "off", &bench(json!({})), Pass);
    notes.see(
        rule,
        "absent means off",
        &property("adminUserEnabled", json!(null)),
        Pass,
    );
    notes.see(rule, "on", &property("adminUserEnabled", json!(true)), Fail);
    notes.see(
        rule,
        "not a boolean",
        &property("adminUserEnabled", json!("yes")),
        Unknown,
    );
    notes.see(
        rule,
        "read failed",
        &bench(json!({})).with(|e| e.registry = failed()),
        Unknown,
    );

    let rule = "anonymous-pull-disabled";
    notes.see(rule, "off", &bench(json!({})), Pass);
    notes.see(rule, "on", &property("anonymousPullEnabled", json!(true)), Fail);
    notes.see(rule, "absent", &property("anonymousPullEnabled", json!(null)), Unknown);
    notes.see(rule, "basic", &of_sku("Basic"), NotApplicable);
    notes.see(rule, "no sku", &bench(json!({"sku": null})), Unknown);
    notes.keep("credentials");
}

fn token(name: &str, map: &str, passwords: Value) -> Value {
    json!({"id": format!("{ID}/tokens/{name}"), "name": name, "properties": {
        "status": "enabled", "scopeMapId": format!("{}/scopeMaps/{map}", ID.to_lowercase()), "credentials": {"passwords": passwords}}})
}

fn map(name: &str, kind: &str, actions: Value) -> Value {
    json!({"id": format!("{ID}/scopeMaps/{name}"), "name": name, "properties": {"type": kind, "actions": actions}})
}

fn tokens(token: Value) -> Bench {
    bench(json!({})).with(|e| {
        e.tokens = list([token]);
        e.scope_maps = list([
            map(
                "narrow",
                "UserDefined",
                json!(["repositories/team/app/content/write", "repositories/*/content/read"]),
            ),
            map(
                "_repositories_push",
                "SystemDefined",
                json!(["repositories/*/content/read", "repositories/*/content/write"]),
            ),
            map("silent", "UserDefined", json!(null)),
        ]);
    })
}

#[test]
fn tokens_expire_and_are_narrow() {
    let rule = "repository-tokens-reviewed";
    let mut notes = Notebook::default();
    let later = json!([{"name": "password1", "expiry": "2027-01-01T00:00:00.0000000+00:00"}]);
    notes.see(rule, "none", &bench(json!({})).with(|e| e.tokens = list([])), Pass);
    notes.see(
        rule,
        "expires, narrow",
        &tokens(token("ci", "narrow", later.clone())),
        Pass,
    );
    notes.see(rule, "no passwords", &tokens(token("ci", "narrow", json!([]))), Pass);
    let past = json!([{"name": "password1", "expiry": "2026-01-01T00:00:00Z"}]);
    notes.see(rule, "expired but enabled", &tokens(token("ci", "narrow", past)), Pass);
    let forever = json!([{"name": "password2"}, {"name": "password1", "expiry": null}]);
    notes.see(
        rule,
        "never expires",
        &tokens(token("ci", "narrow", forever.clone())),
        Fail,
    );
    notes.see(
        rule,
        "wide",
        &tokens(token("-ci", "_repositories_push", later.clone())),
        Fail,
    );
    let mut off = token("ci", "narrow", forever.clone());
    off["properties"]["status"] = json!("Disabled");
    notes.see(rule, "disabled", &tokens(off), Pass);
    notes.see(
        rule,
        "map without actions",
        &tokens(token("ci", "silent", later.clone())),
        Unknown,
    );
    notes.see(
        rule,
        "map that is not listed",
        &tokens(token("ci", "gone", later.clone())),
        Unknown,
    );
    notes.see(
        rule,
        "no credentials",
        &tokens(token("ci", "narrow", json!(null))),
        Unknown,
    );
    let permission = "Microsoft.ContainerRegistry/registries/scopeMaps/read";
    let blind = |token| tokens(token).with(|e| e.scope_maps = refused(permission));
    notes.see(rule, "maps refused", &blind(token("ci", "narrow", later)), Unknown);
    notes.see(
        rule,
        "maps refused, never expires",
        &blind(token("ci", "narrow", forever)),
        Fail,
    );
    notes.keep("tokens");
}

#[test]
fn scope_maps_are_in_use() {
    let rule = "scope-map-orphaned";
    let mut notes = Notebook::default();
    let two = |used: &str| {
        tokens(token("ci", used, json!([]))).with(|e| {
            e.scope_maps = list([
                map("narrow", "UserDefined", json!([])),
                map("_repositories_pull", "SystemDefined", json!([])),
            ]);
        })
    };
    notes.see(rule, "used", &two("narrow"), Pass);
    notes.see(rule, "orphaned", &two("_repositories_pull"), Fail);
    notes.see(
        rule,
        "only system maps",
        &two("x").with(|e| e.scope_maps = list([map("_x", "SystemDefined", json!([]))])),
        Pass,
    );
    notes.see(
        rule,
        "tokens refused",
        &two("x").with(|e| e.tokens = refused("Microsoft.ContainerRegistry/registries/tokens/read")),
        Unknown,
    );
    notes.keep("scope_maps");
}
