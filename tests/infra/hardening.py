"""What every deployment closes, whatever is asked for: keys, anonymous reading, old TLS, publishing by password; and
secrets, which stand only where they are used."""

import re

# Type → property → what it may be.
CLOSED = {
    "Microsoft.Storage/storageAccounts": {
        "properties.allowSharedKeyAccess": [False],
        "properties.allowBlobPublicAccess": [False],
        "properties.allowCrossTenantReplication": [False],
        "properties.isLocalUserEnabled": [False],
        "properties.supportsHttpsTrafficOnly": [True],
        "properties.minimumTlsVersion": ["TLS1_2", "TLS1_3"],
        "properties.networkAcls.bypass": ["AzureServices"],
    },
    "Microsoft.Storage/storageAccounts/blobServices/containers": {"properties.publicAccess": ["None"]},
    "Microsoft.ServiceBus/namespaces": {
        "properties.disableLocalAuth": [True],
        "properties.minimumTlsVersion": ["1.2", "1.3"],
    },
    "Microsoft.Insights/components": {"properties.DisableLocalAuth": [True]},
    "Microsoft.OperationalInsights/workspaces": {"properties.features.disableLocalAuth": [True]},
    "Microsoft.Web/sites": {
        "properties.httpsOnly": [True],
        "properties.siteConfig.minTlsVersion": ["1.2", "1.3"],
        "properties.siteConfig.scmMinTlsVersion": ["1.2", "1.3"],
    },
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": {"properties.allow": [False]},
}
# Where a secret may stand: type → the property that takes it.
SECRET_IN = {
    "Microsoft.Web/sites/config": r"properties\.ACR_INVENTORY_WEBHOOK_SECRET(_NEXT)?",
    "Microsoft.ContainerRegistry/registries/webhooks": r"properties\.customHeaders\.x-(functions-key|inventory-secret)",
}
# A secret is never evaluated: a snapshot names its parameter.
SECRET = re.compile(r"parameters\('(\w+)'\)")


def check(project):
    findings = []
    count = 0
    names = secret_parameters(project)
    for deployment in project.deployments.values():
        for one in deployment.resources:
            for path, allowed in CLOSED.get(one.type, {}).items():
                count += 1
                if one.get(path) not in allowed:
                    findings.append(f"{deployment.name}: {one.name}: {path} is {one.get(path)}")
            for path, name in secrets(one.raw, names):
                if not re.fullmatch(SECRET_IN.get(one.type, "$^"), path):
                    findings.append(f"{deployment.name}: {one.type}: the secret {name} stands in {path}")
        for path, name in secrets(deployment.outputs, names):
            findings.append(f"{deployment.name}: the output {path} gives the secret {name} away")
        policies = deployment.of("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
        if deployment.app and {one.short for one in policies} != {"ftp", "scm"}:
            findings.append(f"{deployment.name}: publishing by password is not closed at ftp and scm")
    return findings, f"{count} properties"


def secret_parameters(project):
    """Names of the parameters that are secrets, of modules, too."""
    templates = [template for template, _ in project.entries.values() if template] + list(project.modules.values())
    return {
        name
        for template in templates
        for name, parameter in template.get("parameters", {}).items()
        if parameter.get("type", "").startswith("secure")
    }


def secrets(value, names, path=""):
    """Paths whose value takes a secret parameter in, and the parameter; a condition only asks whether it is there."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "condition":
                yield from secrets(inner, names, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from secrets(inner, names, f"{path}.{index}")
    elif isinstance(value, str):
        yield from ((path, name) for name in SECRET.findall(value) if name in names)
