//! Credentials that are not identities: the admin user, anonymous pull, tokens, webhooks, upstream credentials.

use serde_json::json;

use super::super::super::World;
use super::GUARDED;

const FUTURE: Option<&str> = Some("2099-01-01T00:00:00+00:00");
const PAST: Option<&str> = Some("2025-02-01T00:00:00+00:00");

pub(super) fn add(world: &mut World) {
    world.add_posture(GUARDED, "adminuser", "Standard").properties = json!({"adminUserEnabled": true});
    world.add_posture(GUARDED, "anonymous", "Standard").anonymous_pull = true;

    let tokens = world.add_posture(GUARDED, "tokensforever", "Premium");
    let wide = [
        "repositories/*/content/read",
        "repositories/*/content/write",
        "repositories/*/content/delete",
    ];
    let team = ["repositories/team/*/content/read", "repositories/team/*/metadata/read"];
    tokens.add_scope_map("everything", "UserDefined", &wide);
    tokens.add_scope_map("team-readers", "UserDefined", &team);
    tokens.add_scope_map("orphan", "UserDefined", &team);
    tokens.add_token("forever", "team-readers", "enabled", &[None]);
    tokens.add_token("half-forever", "team-readers", "enabled", &[FUTURE, None]);
    tokens.add_token("expired", "team-readers", "enabled", &[PAST]);
    tokens.add_token("off", "_repositories_admin", "disabled", &[None]);
    tokens.add_token("pusher", "everything", "enabled", &[FUTURE]);
    tokens.add_token("admin", "_repositories_admin", "enabled", &[FUTURE]);
    tokens.add_token("without-password", "_repositories_pull", "enabled", &[]);

    let plain = world.add_posture(GUARDED, "webhookplain", "Standard");
    let hooks = ["legacy", "deploy"].map(|name| plain.add_webhook(name, ""));
    world.set_callback(&hooks[0], "http://hooks.contoso.example/legacy");
    world.set_callback(&hooks[1], "https://hooks.contoso.example/deploy");

    let cache = world.add_posture(GUARDED, "cachewild", "Standard");
    let health =
        json!({"status": "Unhealthy", "errorCode": "ErrorAccessKeyVault", "errorMessage": "Access was refused."});
    cache.add_credential_set("hub", &health);
    cache.add_cache_rule("everything", "docker.io/*", "mirror/*", None);
    cache.add_cache_rule("ubuntu", "docker.io/library/ubuntu", "mirror/ubuntu", Some("hub"));
}
