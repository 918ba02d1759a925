"""What a platform team asks of every resource: its tags, its group, its region, its logs; and what azd asks of a
template."""

from compiler import SUBSCRIPTION
from deployment import ids
from places import topics

TOPIC = "Microsoft.EventGrid/systemTopics"
# azd and the hooks read these.
OUTPUTS = {
    "ACR_INVENTORY_STORE",
    "AZURE_LOCATION",
    "AZURE_RESOURCE_GROUP",
    "AZURE_TENANT_ID",
    "IDENTITY_PRINCIPAL_ID",
    "SERVICE_APP_NAME",
}
GROUPED = "Microsoft.Resources/resourceGroups"
LOGS = "Microsoft.Insights/diagnosticSettings"


def check(project):
    location = project.template["parameters"]["location"]
    findings = []
    if location.get("metadata", {}).get("azd", {}).get("type") != "location" or not location.get("allowedValues"):
        findings.append("main.bicep: location does not say to azd which regions there are")
    for deployment in project.whole:
        for about in (tags, places, outputs, logs):
            findings += [f"{deployment.name}: {found}" for found in about(deployment)]
    return findings, f"{len(project.whole)} sets"


def tags(deployment):
    given = deployment.param("tags") or {}
    environment = {"azd-env-name": deployment.param("environmentName")}
    for one in deployment.resources:
        if one.get("location") is None or one.type == TOPIC and one.get("tags", {}) == given:
            continue
        # Environments share the topic of a registry, so it is of none.
        wanted = given if one.type == TOPIC else given | environment
        got = {name: value for name, value in one.get("tags", {}).items() if name != "azd-service-name"}
        if got != wanted:
            yield f"{one.type} {one.name} has the tags {got}, not {wanted}"


def places(deployment):
    name = deployment.param("resourceGroupName") or f"rg-{deployment.param('environmentName')}"
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"
    made = [one.id for one in deployment.of(GROUPED)]
    if made != ([] if deployment.param("resourceGroupName") else [group]):
        yield f"the resource groups {made} are made, not {group}"
    registries = [*ids(deployment.param("legacyRegistries")), *ids(deployment.param("abacRegistries"))]
    outside = {id.partition("/providers/")[0].lower() for id in [*registries, *topics(deployment)]}
    for one in deployment.resources:
        location = one.get("location")
        if one.type == GROUPED or not one.id.startswith("/"):
            continue
        if one.id.lower().startswith(f"{group}/".lower()):
            if location not in (None, "global", deployment.param("location")):
                yield f"{one.type} {one.name} is in {location}"
        elif one.id.partition("/providers/")[0].lower() not in outside and "roleAssignments" not in one.type:
            yield f"{one.type} {one.name} is in neither {name} nor a registry's group"


def outputs(deployment):
    for name in sorted(OUTPUTS - deployment.outputs.keys()):
        yield f"there is no output {name}"


def logs(deployment):
    """The record of the inventory's storage always; what else is logged behind a switch; a limit for each day."""
    kept = [one.belongs_to.lower() for one in deployment.of(LOGS)]
    wanted = [one.id.lower() for one in deployment.of("Microsoft.ServiceBus/namespaces")]
    wanted += [deployment.app.id.lower(), *topics(deployment)]
    for id in wanted:
        if (id in kept) != bool(deployment.param("diagnosticLogs")):
            yield f"{id.rpartition('/')[2]} is {'' if id in kept else 'not '}logged"
    if not any("/blobservices/" in id for id in kept):
        yield "nothing records who writes the inventory"
    for one in deployment.of("Microsoft.OperationalInsights/workspaces"):
        if one.get("properties.workspaceCapping.dailyQuotaGb") != deployment.param("dailyLogLimitGb"):
            yield f"{one.name} takes in {one.get('properties.workspaceCapping.dailyQuotaGb')} GB a day"
        if one.get("properties.retentionInDays") != deployment.param("keepDays"):
            yield f"{one.name} keeps {one.get('properties.retentionInDays')} days"
