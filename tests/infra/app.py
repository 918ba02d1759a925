"""The function app as the Flex Consumption plan takes it: its plan, its package, how it scales, who may call it."""

import json

PLAN = "Microsoft.Web/serverfarms"
CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"


def check(project):
    functions = {path.parent.name for path in project.root.glob("functions/*/function.json")}
    findings = []
    for deployment in project.whole:
        for about in (plan, package, scale, callers):
            findings += [f"{deployment.name}: {found}" for found in about(deployment, functions)]
    return findings, f"{len(project.whole)} sets"


def plan(deployment, _):
    [one] = deployment.of(PLAN)
    if one.get("sku.name") != "FC1" or one.get("properties.reserved") is not True:
        yield f"{one.name} is {one.get('sku.name')}, reserved {one.get('properties.reserved')}: not Flex Consumption"
    app = deployment.app
    if app.get("properties.serverFarmId") != one.id or app.get("kind") != "functionapp,linux":
        yield f"{app.name} is a {app.get('kind')}, not a function app of {one.name}"
    if app.get("properties.functionAppConfig.runtime") != {"name": "custom", "version": "1.0"}:
        yield f"{app.name} runs {app.get('properties.functionAppConfig.runtime')}"
    if app.get("properties.siteConfig.ftpsState") is not None:
        yield "ftpsState is set, which this plan does not know"


def package(deployment, _):
    """Where the package goes is made, and the app's own identity reads it."""
    storage = deployment.app.get("properties.functionAppConfig.deployment.storage", {})
    container = [one for one in deployment.of(CONTAINER) if f"'{one.short}'" in storage.get("value", "")]
    account = deployment.referred(storage.get("value"))
    if not container or not container[0].id.startswith(f"{getattr(account, 'id', account)}/"):
        yield f"the package goes to {storage.get('value')}, which is not made"
    identity = storage.get("authentication", {}).get("userAssignedIdentityResourceId")
    if list(deployment.app.get("identity.userAssignedIdentities", {})) != [identity]:
        yield f"the package is read by {identity}, which the app does not have"


def scale(deployment, functions):
    at = "properties.functionAppConfig.scaleAndConcurrency"
    app, wanted = deployment.app, deployment.param("alwaysReadyInstances")
    if app.get(f"{at}.instanceMemoryMB") != deployment.param("instanceMemoryMB"):
        yield f"instances have {app.get(f'{at}.instanceMemoryMB')} MB, not {deployment.param('instanceMemoryMB')}"
    ready = {one["name"]: one["instanceCount"] for one in app.get(f"{at}.alwaysReady", [])}
    if ready != ({"function:refresh-repository": wanted} if wanted else {}):
        yield f"always ready are {ready}, not {wanted} of refresh-repository"
    for name in ready:
        if name.removeprefix("function:") not in functions:
            yield f"there is no function {name}"
    if app.get(f"{at}.triggers.http.perInstanceConcurrency") != 16:
        yield f"perInstanceConcurrency of http is {app.get(f'{at}.triggers.http.perInstanceConcurrency')}, not 16"


def callers(deployment, _):
    allowed = [one.strip() for one in deployment.param("allowedAddresses").split(",") if one.strip()]
    config = deployment.app.get("properties.siteConfig")
    rules = config.get("ipSecurityRestrictions") or []
    if [rule["ipAddress"] for rule in rules] != allowed:
        yield f"ipSecurityRestrictions are {json.dumps(rules)}, not {allowed}"
    for rule in rules:
        if (rule["tag"] == "ServiceTag") == ("/" in rule["ipAddress"]):
            yield f"{rule['ipAddress']} is not a {rule['tag']}"
    wanted = "Deny" if allowed else "Allow"
    if config.get("ipSecurityRestrictionsDefaultAction", "Allow") != wanted:
        yield f"everybody else is met with {config.get('ipSecurityRestrictionsDefaultAction')}, not {wanted}"
