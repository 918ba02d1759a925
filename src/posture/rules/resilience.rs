//! Zones, regions, SKU and room to grow.

mod capacity;

pub(in super::super) use capacity::{SKU, USAGE};

use serde_json::{Value, json};

use super::super::answer::{Answer, Early, Quote, fail, pass, unknown};
use super::super::body::{Body, name, text};
use super::super::case::{Case, Sku};
use super::super::remediation::{Command, az};
use super::super::rule::{Category, Rule};
use super::super::source::Source;
use super::super::verdict::Severity;

pub(in super::super) const ZONES: Rule = Rule {
    id: "zone-redundant",
    title: "Every region is spread over zones",
    severity: Severity::Informational,
    category: Category::Resilience,
    contested: false,
    needs: &[Source::Registry, Source::Replications],
    decided_by: "properties.zoneRedundancy of the registry and of every replication",
    passes_when: "`zoneRedundancy` is Enabled on the registry and on every replication",
    not_applicable_when: "",
    unknown_when: "the property is absent",
    docs: "Where a region has zones, new registries are spread over them by now; the property still tells older ones apart.",
    evaluate: zones,
};

pub(in super::super) const REGIONS: Rule = Rule {
    id: "geo-replicated",
    title: "The registry lives in more than one region",
    severity: Severity::Low,
    category: Category::Resilience,
    contested: true,
    needs: &[Source::Registry, Source::Replications],
    decided_by: "replications' location",
    passes_when: "some replication is outside the registry's own region",
    not_applicable_when: "the SKU is below Premium",
    unknown_when: "",
    docs: "A second region keeps images near and available when the first one fails, for the price of a second registry.",
    evaluate: regions,
};

const ZONE_REDUNDANCY: &str = "properties.zoneRedundancy";
/// Stands for the registry's own region among the names of replications, which are letters and digits.
const HOME: &str = "the home region";

fn zones(case: &Case<'_>) -> Answer {
    let (body, evidence) = (case.registry()?, case.evidence);
    let mut quote = body.quote(&[ZONE_REDUNDANCY]);
    let (mut single, mut doubt) = (Vec::new(), false);
    if !body.enabled(ZONE_REDUNDANCY)? {
        single.push((HOME, evidence.location.as_str()));
    }
    // Below Premium there are no replications; not to have read them is no gap then.
    let replications = match (case.sku(), case.list(Source::Replications)) {
        (Ok((Sku::Basic | Sku::Standard, _)), Err(_)) => None,
        (_, Ok(replications)) => Some(replications),
        (_, Err(_)) if !single.is_empty() => None,
        (_, Err(early)) => return Err(early),
    };
    if let Some(replications) = replications {
        let mut states = Vec::new();
        for replication in replications.items {
            let state = Body::new(replication, replications.api_version);
            let region = text(replication, "location").unwrap_or_default();
            // The home region is listed as a replication too, but is not created again as one.
            let part = if same_region(region, &evidence.location) {
                HOME
            } else {
                name(replication)
            };
            match state.enabled(ZONE_REDUNDANCY) {
                Ok(true) => {}
                Ok(false) if part == HOME && !single.is_empty() => {}
                Ok(false) => single.push((part, region)),
                Err(_) => doubt = true,
            }
            states.push(json!({"name": name(replication), ZONE_REDUNDANCY: state.at(ZONE_REDUNDANCY)}));
        }
        quote = quote.join(replications.quote()).and("replications", states);
    }
    if single.is_empty() && doubt {
        return Err(unknown(quote, "A replication was listed without its zone redundancy."));
    }
    if single.is_empty() {
        return pass(quote, "Every region of the registry is spread over zones.");
    }
    let again = single.iter().flat_map(|(part, region)| again(case, part, region));
    fail(
        quote,
        "By its properties the registry is not spread over zones in every region.",
        evidence.remedy(
            again,
            "Services > Geo-replications",
            "the choice is made at creation: delete the replication and create it again with zones, or import the images into a registry that has them; where the region has zones by now, the service uses them whatever the property says",
        ),
    )
}

/// The commands that create a region again, with zones.
fn again(case: &Case<'_>, part: &str, region: &str) -> Vec<Command> {
    let evidence = case.evidence;
    if part == HOME {
        let create = az("acr create")
            .option("name", "<new-registry>")
            .option("sku", "Premium");
        let create = create.option("location", region).option("zone-redundancy", "Enabled");
        return vec![evidence.in_group(create)];
    }
    let create = evidence.acr_part("replication create", part);
    let create = create.option("location", region).option("zone-redundancy", "Enabled");
    vec![evidence.acr_part("replication delete", part), create]
}

fn regions(case: &Case<'_>) -> Answer {
    case.premium_only("Geo-replication")?;
    let (regions, quote) = foreign_regions(case)?;
    if !regions.is_empty() {
        return pass(quote, "The registry is replicated to another region.");
    }
    let evidence = case.evidence;
    let create = evidence.acr_policy("replication create").option("location", "<region>");
    fail(
        quote,
        "All images are in one region.",
        evidence.remedy([create], "Services > Geo-replications", "choose Add and a region"),
    )
}

/// The regions outside the registry's own that hold a replication.
pub(super) fn foreign_regions(case: &Case<'_>) -> Result<(Vec<String>, Quote), Early> {
    let replications = case.list(Source::Replications)?;
    let foreign: Vec<String> = replications
        .items
        .iter()
        .filter_map(|replication| text(replication, "location"))
        .filter(|region| !same_region(region, &case.evidence.location))
        .map(str::to_owned)
        .collect();
    let values: Vec<Value> = foreign.iter().cloned().map(Value::from).collect();
    Ok((foreign, replications.quote().and("regions", values)))
}

/// ARM writes a region as `West Europe` or as `westeurope`.
fn same_region(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    letters(one) == letters(other)
}
