//! Ways for images to leave or enter past the usual ones.

use serde_json::{Value, json};

use super::super::answer::{Answer, Early, Quote, fail, pass};
use super::super::body::{name, text};
use super::super::case::Case;
use super::super::rule::{Category, Rule};
use super::super::source::Source;
use super::super::verdict::Severity;

pub(in super::super) const EXPORT: Rule = Rule {
    id: "export-disabled",
    title: "Artifacts cannot be exported",
    severity: Severity::Medium,
    category: Category::Transfer,
    contested: false,
    needs: &[Source::Registry],
    decided_by: "properties.policies.exportPolicy.status and properties.publicNetworkAccess",
    passes_when: "`exportPolicy.status` is disabled and `publicNetworkAccess` is Disabled",
    not_applicable_when: "the SKU is below Premium",
    unknown_when: "public access is Disabled and the policy is absent",
    docs: "Whoever may import elsewhere can take everything out, unless exports are off; and that holds only behind a closed public endpoint.",
    evaluate: export,
};

pub(in super::super) const PIPELINES: Rule = Rule {
    id: "transfer-pipelines-absent",
    title: "Every way in and out is wanted",
    severity: Severity::High,
    category: Category::Transfer,
    contested: false,
    needs: &[
        Source::ExportPipelines,
        Source::ImportPipelines,
        Source::ConnectedRegistries,
    ],
    decided_by: "the lists of export pipelines, import pipelines and connected registries",
    passes_when: "there is none that the profile's allow-list does not name",
    not_applicable_when: "",
    unknown_when: "",
    docs: "A pipeline to a storage account or a registry elsewhere copies images past roles and network rules.",
    evaluate: pipelines,
};

fn export(case: &Case<'_>) -> Answer {
    case.premium_only("The export policy")?;
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.policies.exportPolicy.status";
    // Either half decides a failure alone; a pass takes both.
    let open = case.public_access();
    let quote = body.quote(&[path, "properties.publicNetworkAccess"]);
    let exports = body.enabled(path);
    let is_open = matches!(open, Ok((true, _)));
    if !is_open && !matches!(exports, Ok(true)) {
        open?;
        exports?;
        return pass(quote, "Exports are off and the public endpoint is closed.");
    }
    fail(
        quote,
        match (is_open, &exports) {
            (true, Ok(false)) => "Exports are off, but the public endpoint is open.",
            (true, Err(_)) => "The public endpoint is open, so artifacts can be taken out.",
            _ => "Whoever may read can export artifacts to other registries and storage accounts.",
        },
        evidence.remedy(
            [evidence
                .acr("update")
                .option("public-network-enabled", "false")
                .option("allow-exports", "false")],
            "Settings > Networking",
            "set public access to Disabled first, then turn exports off by the command; a private endpoint has to be there before",
        ),
    )
}

fn pipelines(case: &Case<'_>) -> Answer {
    const KINDS: [(Source, &str, &str); 3] = [
        (Source::ExportPipelines, "exportPipelines", "export-pipeline delete"),
        (Source::ImportPipelines, "importPipelines", "import-pipeline delete"),
        (
            Source::ConnectedRegistries,
            "connectedRegistries",
            "connected-registry deactivate",
        ),
    ];
    let mut quote = Quote::default();
    let (mut wrong, mut commands) = (Vec::new(), Vec::new());
    let mut missing: Option<Early> = None;
    for (source, key, verb) in KINDS {
        match case.list(source) {
            Ok(list) => {
                quote = quote.join(list.quote()).and(key, list.items.len());
                for item in list.items.iter().filter(|item| !is_wanted(case, item)) {
                    wrong.push(json!({"kind": key, "name": name(item)}));
                    commands.push(case.evidence.acr_part(verb, name(item)));
                }
            }
            Err(early) => missing = missing.or(Some(early)),
        }
    }
    if !wrong.is_empty() {
        return fail(
            quote.and("unwanted", wrong),
            "There are pipelines or connected registries that no allow-list names.",
            case.evidence.remedy(
                commands,
                "Services > Connected registries",
                "deactivate what is not wanted; pipelines are deleted by the command of the acrtransfer extension only",
            ),
        );
    }
    match missing {
        Some(early) => Err(early),
        None => pass(quote, "Nothing copies images in or out that is not wanted."),
    }
}

/// Whether the profile names it, by name or by id.
fn is_wanted(case: &Case<'_>, item: &Value) -> bool {
    let of = |word: &str| text(item, "id").is_some_and(|id| id.eq_ignore_ascii_case(word)) || name(item) == word;
    case.profile.allowed_transfers.iter().any(|word| of(word))
}
