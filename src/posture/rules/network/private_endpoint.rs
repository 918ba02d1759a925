//! Private endpoints: that there is one, and that they are ours.

use serde_json::{Value, json};

use super::super::super::answer::{Answer, Early, fail, pass, unknown};
use super::super::super::body::{is, name, text};
use super::super::super::case::{Case, Listed};
use super::super::super::evidence::Read;
use super::super::super::remediation::{Command, az};
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;

pub(in super::super::super) const PRIVATE_ENDPOINT: Rule = Rule {
    id: "private-endpoint-approved",
    title: "There is a private way in",
    severity: Severity::Medium,
    category: Category::Network,
    contested: false,
    needs: &[Source::PrivateEndpointConnections, Source::Registry],
    decided_by: "privateEndpointConnections[].properties.privateLinkServiceConnectionState.status",
    passes_when: "some connection is Approved; Pending, Rejected and Disconnected do not count",
    not_applicable_when: "the SKU is below Premium",
    unknown_when: "the connections are absent",
    docs: "Only an approved private endpoint lets clients in while the public endpoint is closed.",
    evaluate: private_endpoint,
};

pub(in super::super::super) const FOREIGN_ENDPOINT: Rule = Rule {
    id: "private-endpoint-foreign",
    title: "Private endpoints belong to known subscriptions",
    severity: Severity::High,
    category: Category::Network,
    contested: false,
    needs: &[Source::PrivateEndpointConnections, Source::Registry],
    decided_by: "privateEndpointConnections[].properties.privateEndpoint.id",
    passes_when: "no approved connection comes from a subscription outside the run and the profile's allow-list",
    not_applicable_when: "the SKU is below Premium",
    unknown_when: "the connections are absent, or an approved one does not name its endpoint",
    docs: "An approved endpoint in somebody else's subscription is a private way in for them.",
    evaluate: foreign_endpoint,
};

/// The connections: the list when it was read, else the copy inside the registry.
fn connections<'a>(case: &Case<'a>) -> Result<Listed<'a>, Early> {
    let list = case.list(Source::PrivateEndpointConnections);
    let Read::Known { value, api_version } = &case.evidence.registry else {
        return list;
    };
    list.or_else(|early| {
        let inside = super::super::super::body::at(value, "properties.privateEndpointConnections");
        let items = inside.and_then(Value::as_array).ok_or(early)?;
        Ok(Listed { items, api_version })
    })
}

fn is_approved(connection: &&Value) -> bool {
    is(connection, STATUS, "Approved")
}

const STATUS: &str = "properties.privateLinkServiceConnectionState.status";
const PAGE: &str = "Settings > Networking > Private access";

fn private_endpoint(case: &Case<'_>) -> Answer {
    case.premium_only("A private endpoint")?;
    let (connections, evidence) = (connections(case)?, case.evidence);
    let states: Vec<Value> = connections
        .items
        .iter()
        .map(|connection| json!({"name": name(connection), "status": text(connection, STATUS)}))
        .collect();
    let quote = connections.quote().and("privateEndpointConnections", states);
    if connections.items.iter().any(|connection| is_approved(&connection)) {
        return pass(quote, "A private endpoint is approved.");
    }
    let pending = connections
        .items
        .iter()
        .filter(|connection| is(connection, STATUS, "Pending"));
    let mut commands: Vec<_> = pending
        .map(|connection| connection_command(case, "approve", name(connection)))
        .collect();
    let sentence = match (connections.items.is_empty(), commands.is_empty()) {
        (true, _) => "There is no private endpoint.",
        (_, false) => "A private endpoint waits for approval; none is approved.",
        _ => "No private endpoint is approved.",
    };
    if commands.is_empty() {
        let create = az("network private-endpoint create")
            .option("name", &format!("{}-endpoint", evidence.name))
            .option("connection-name", &format!("{}-connection", evidence.name))
            .option("private-connection-resource-id", &evidence.registry_id)
            .option("group-id", "registry")
            .option("vnet-name", "<virtual-network>")
            .option("subnet", "<subnet>");
        commands.push(evidence.in_group(create));
    }
    let deed = "choose Create a private endpoint connection, or approve the one that waits";
    fail(quote, sentence, evidence.remedy(commands, PAGE, deed))
}

fn foreign_endpoint(case: &Case<'_>) -> Answer {
    case.premium_only("A private endpoint")?;
    let (connections, evidence) = (connections(case)?, case.evidence);
    let profile = case.profile;
    let known = |subscription: &str| {
        let of = |known: &String| known.eq_ignore_ascii_case(subscription);
        subscription.eq_ignore_ascii_case(&evidence.subscription)
            || profile.scanned_subscriptions.iter().any(of)
            || profile.allowed_subscriptions.iter().any(of)
    };
    let (mut approved, mut foreign, mut commands, mut unnamed) = (Vec::new(), Vec::new(), Vec::new(), false);
    for connection in connections.items.iter().filter(is_approved) {
        let endpoint = text(connection, "properties.privateEndpoint.id");
        approved.push(json!(endpoint));
        match endpoint.and_then(subscription_of) {
            None => unnamed = true,
            Some(subscription) if known(subscription) => {}
            Some(_) => {
                foreign.push(json!({"name": name(connection), "privateEndpoint": endpoint}));
                commands.push(connection_command(case, "delete", name(connection)));
            }
        }
    }
    let quote = connections.quote().and("approved", approved);
    if !foreign.is_empty() {
        let deed = "remove the connections that are not wanted, or add their subscriptions to the profile";
        let remediation = evidence.remedy(commands, PAGE, deed);
        let sentence = "Approved private endpoints belong to subscriptions that are neither scanned nor allowed.";
        return fail(quote.and("foreign", foreign), sentence, remediation);
    }
    match unnamed {
        true => Err(unknown(
            quote,
            "An approved connection does not tell which endpoint it belongs to.",
        )),
        false => pass(
            quote,
            "Every approved private endpoint belongs to a known subscription.",
        ),
    }
}

/// `/subscriptions/{id}/…`
fn subscription_of(id: &str) -> Option<&str> {
    let mut parts = id.trim_start_matches('/').split('/');
    parts.next().filter(|part| part.eq_ignore_ascii_case("subscriptions"))?;
    parts.next()
}

fn connection_command(case: &Case<'_>, verb: &str, name: &str) -> Command {
    let command = az(&format!("acr private-endpoint-connection {verb}")).option("registry-name", &case.evidence.name);
    case.evidence.in_group(command.option("name", name))
}
