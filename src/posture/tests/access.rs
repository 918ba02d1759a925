use serde_json::json;

use super::super::access::{AccessSummary, CustomRole, Grant, OpenPrefix, SecretReader};
use super::super::verdict::Verdict::{Fail, NotApplicable, Pass, Unknown};
use super::bench::{Bench, ID, Notebook, bench, known, property, read_with, refused, registry};

fn grant(role: &str, scope: &str, suggested: Option<&str>) -> Grant {
    Grant {
        assignment_id: format!(
            "{scope}/providers/Microsoft.Authorization/roleAssignments/aaaaaaaa-0000-0000-0000-000000000001"
        ),
        principal_id: "bbbbbbbb-0000-0000-0000-000000000002".to_owned(),
        principal_type: Some("ServicePrincipal".to_owned()),
        principal_name: None,
        role: role.to_owned(),
        scope: scope.to_owned(),
        suggested_role: suggested.map(str::to_owned),
    }
}

fn granted(change: impl FnOnce(&mut AccessSummary)) -> Bench {
    let mut summary = AccessSummary {
        service_principals: read_with(Vec::new(), "v1.0"),
        deleted_principals: read_with(Vec::new(), "v1.0"),
        ..AccessSummary::default()
    };
    change(&mut summary);
    let mut bench = property("roleAssignmentMode", json!("AbacRepositoryPermissions"));
    bench.access = read_with(summary, "2022-04-01");
    bench
}

fn blind() -> Bench {
    let mut bench = property("roleAssignmentMode", json!("AbacRepositoryPermissions"));
    bench.access = refused("Microsoft.Authorization/roleAssignments/read");
    bench
}

#[test]
fn grants() {
    let mut notes = Notebook::default();
    let subscription = "/subscriptions/11111111-2222-3333-4444-555555555555";
    let rule = "no-broad-writers";
    let owner = || grant("Contributor", ID, Some("Container Registry Repository Writer"));
    notes.see(rule, "none", &granted(|_| {}), Pass);
    notes.see(rule, "contributor", &granted(|a| a.broad_writers.push(owner())), Fail);
    notes.see(rule, "refused", &blind(), Unknown);

    let rule = "assignment-at-registry-scope";
    notes.see(rule, "here", &granted(|_| {}), Pass);
    notes.see(
        rule,
        "inherited",
        &granted(|a| a.inherited.push(grant("AcrPull", subscription, Some("AcrPull")))),
        Fail,
    );
    let without_mode = |change: &dyn Fn(&mut AccessSummary)| {
        let mut bench = granted(change);
        bench.evidence.registry = known(registry(json!({"properties": {"roleAssignmentMode": null}})));
        bench
    };
    let pull = || grant("AcrPull", subscription, None);
    notes.see(
        rule,
        "inherited in one mode alone",
        &without_mode(&|a| a.inherited_in_one_mode.push(pull())),
        Unknown,
    );
    notes.see(rule, "refused", &blind(), Unknown);

    let rule = "no-inert-assignment";
    let inert = grant("AcrPull", ID, Some("Container Registry Repository Reader"));
    notes.see(rule, "none", &granted(|_| {}), Pass);
    notes.see(rule, "acrpull in abac", &granted(|a| a.inert.push(inert)), Fail);
    notes.see(rule, "refused", &blind(), Unknown);

    let rule = "condition-prefix-closed";
    let reader = || grant("Container Registry Repository Reader", ID, None);
    notes.see(rule, "closed", &granted(|_| {}), Pass);
    let open = || OpenPrefix {
        grant: reader(),
        prefix: "team".to_owned(),
    };
    notes.see(rule, "open", &granted(|a| a.open_prefixes.push(open())), Fail);
    notes.see(
        rule,
        "not evaluated",
        &granted(|a| a.unreadable_conditions.push(reader())),
        Unknown,
    );
    notes.see(rule, "legacy", &bench(json!({})), NotApplicable);
    notes.see(
        rule,
        "without the mode",
        &without_mode(&|a| a.open_prefixes.push(open())),
        Unknown,
    );
    notes.see(rule, "refused", &blind(), Unknown);
    notes.keep("grants");
}

#[test]
fn principals_and_roles() {
    let mut notes = Notebook::default();
    let graph = "Application.Read.All (Microsoft Graph)";
    let rule = "managed-identity-preferred";
    let secret = || grant("AcrPull", ID, None);
    notes.see(rule, "identities only", &granted(|_| {}), Pass);
    notes.see(
        rule,
        "client secret",
        &granted(|a| a.service_principals = known(vec![secret()])),
        Fail,
    );
    notes.see(
        rule,
        "no graph",
        &granted(|a| a.service_principals = refused(graph)),
        Unknown,
    );

    let rule = "no-deleted-principal";
    notes.see(rule, "all there", &granted(|_| {}), Pass);
    notes.see(
        rule,
        "gone",
        &granted(|a| a.deleted_principals = known(vec![secret()])),
        Fail,
    );
    notes.see(
        rule,
        "no graph",
        &granted(|a| a.deleted_principals = refused(graph)),
        Unknown,
    );

    let rule = "no-wildcard-custom-role";
    let role = CustomRole {
        id: "/x/roleDefinitions/y".to_owned(),
        name: "Image keeper's".to_owned(),
        actions: vec!["*".to_owned()],
    };
    notes.see(rule, "none", &granted(|_| {}), Pass);
    notes.see(rule, "wildcard", &granted(|a| a.wildcard_custom_roles.push(role)), Fail);
    notes.see(rule, "refused", &blind(), Unknown);

    let rule = "secret-reading-roles";
    let actions = vec!["Microsoft.ContainerRegistry/registries/listCredentials/action".to_owned()];
    let reader = SecretReader {
        grant: secret(),
        actions,
    };
    notes.see(rule, "nobody", &granted(|_| {}), Pass);
    notes.see(rule, "somebody", &granted(|a| a.secret_readers.push(reader)), Fail);
    notes.see(rule, "refused", &blind(), Unknown);
    notes.keep("principals");
}
