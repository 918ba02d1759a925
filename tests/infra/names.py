"""Names that Azure takes, each once; and API versions that every cloud has."""

import datetime
import re

# Of a resource's own name: the rules of the documentation of each type.
RULES = {
    "Microsoft.Resources/resourceGroups": r"[\w().-]{0,89}[\w()-]",
    "Microsoft.ManagedIdentity/userAssignedIdentities": r"[A-Za-z0-9][\w-]{2,127}",
    "Microsoft.OperationalInsights/workspaces": r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]",
    "Microsoft.Insights/components": r"[^%&\\?/]{0,259}[^%&\\?/ .]",
    "Microsoft.Insights/actionGroups": r"[^:<>+/&%\\?]{0,259}[^:<>+/&%\\? .]",
    "Microsoft.Insights/metricAlerts": r"[^*#&+:<>?@%{}\\/]{0,259}[^*#&+:<>?@%{}\\/ .]",
    "Microsoft.Insights/scheduledQueryRules": r"[^*<>%{}&:\\?/#|]{0,259}[^*<>%{}&:\\?/#| .]",
    "Microsoft.Insights/diagnosticSettings": r"[^*<>%&:\\?+/]{0,259}[^*<>%&:\\?+/ .]",
    "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "Microsoft.Storage/storageAccounts/blobServices/containers": r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "Microsoft.ServiceBus/namespaces": r"[A-Za-z](?!.*(-sb|-mgmt)$)[A-Za-z0-9-]{4,48}[A-Za-z0-9]",
    "Microsoft.ServiceBus/namespaces/queues": r"[A-Za-z0-9][\w./~-]{0,258}[A-Za-z0-9_]",
    "Microsoft.Web/serverfarms": r"[A-Za-z0-9-]{1,60}",
    "Microsoft.Web/sites": r"[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]",
    "Microsoft.Network/virtualNetworks": r"[A-Za-z0-9][\w.-]{0,62}\w",
    "Microsoft.Network/virtualNetworks/subnets": r"[A-Za-z0-9][\w.-]{0,78}\w",
    "Microsoft.Network/networkSecurityGroups": r"[A-Za-z0-9][\w.-]{0,78}\w",
    "Microsoft.Network/privateEndpoints": r"[A-Za-z0-9][\w.-]{0,62}\w",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": r"[A-Za-z0-9][\w.-]{0,78}\w",
    "Microsoft.Network/privateDnsZones": r"[a-z0-9-]+(\.[a-z0-9-]+){1,33}",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": r"[A-Za-z0-9][\w.-]{0,78}\w",
    "Microsoft.EventGrid/systemTopics": r"[A-Za-z0-9-]{3,128}",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions": r"[A-Za-z0-9-]{3,64}",
    "Microsoft.ContainerRegistry/registries/webhooks": r"[A-Za-z0-9]{5,50}",
    "Microsoft.Insights/workbooks": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}
# Named by Azure or fixed.
FIXED = {
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.ServiceBus/namespaces/networkRuleSets",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/managementPolicies",
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies",
    "Microsoft.Web/sites/config",
}
# Named after the cloud, which a snapshot leaves open.
OF_THE_CLOUD = {"Microsoft.Network/privateDnsZones", "Microsoft.Network/privateDnsZones/virtualNetworkLinks"}
# Types without any stable version.
PREVIEW_ONLY = {"Microsoft.Insights/diagnosticSettings"}
DAYS = 365


def check(project, today):
    findings = []
    count = 0
    for deployment in project.deployments.values():
        seen = set()
        for one in deployment.resources:
            count += 1
            rule = RULES.get(one.type)
            if rule is None and one.type not in FIXED:
                findings.append(f"names.py: no rule for names of {one.type}")
            elif not one.is_named:
                if one.type not in OF_THE_CLOUD:
                    findings.append(f"{deployment.name}: no preview can name this {one.type}: {one.name}")
            elif rule and not re.fullmatch(rule, one.short):
                findings.append(f"{deployment.name}: {one.type} cannot be named {one.short!r}")
            if one.id.lower() in seen:
                findings.append(f"{deployment.name}: {one.type} {one.name} is made twice")
            seen.add(one.id.lower())
    versions = dict(used_versions(project))
    for (type, version), where in sorted(versions.items()):
        age = (today - datetime.date.fromisoformat(version[:10])).days
        if age < DAYS:
            findings.append(f"{where}: {type}@{version} is {age} days old: not every cloud has it, and azd may warn")
        if version.endswith("-preview") and type not in PREVIEW_ONLY:
            findings.append(f"{where}: {type}@{version} is a preview")
    return sorted(set(findings)), f"{count} resources, {len(versions)} API versions"


def used_versions(project):
    """Type and version → a file that uses it, in what is made and in what is only referred to."""
    pattern = re.compile(r"'(Microsoft\.[\w.]+/[\w/]+)@(\d{4}-\d\d-\d\d(?:-preview)?)'")
    for path in project.files:
        for found in pattern.findall(path.read_text()):
            yield found, path.relative_to(project.root)
