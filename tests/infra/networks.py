"""Networks: what each mode closes, that a private endpoint leads to whatever is closed, and that an own network, DNS
zone or workspace is taken instead of a new one."""

from deployment import ids

ACCOUNT = "Microsoft.Storage/storageAccounts"
NAMESPACE = "Microsoft.ServiceBus/namespaces"
ENDPOINT = "Microsoft.Network/privateEndpoints"
# Mode → types that only private endpoints lead to.
CLOSED = {"off": set(), "storage": {ACCOUNT}, "all": {ACCOUNT, NAMESPACE}}
GROUP = {ACCOUNT: "blob", NAMESPACE: "namespace"}
# What the name of a zone has in it; a snapshot leaves open which cloud it is for.
ZONE = {ACCOUNT: "privatelink.blob.", NAMESPACE: "servicebus.windows.net"}


def check(project):
    findings, modes = [], set()
    for deployment in project.whole:
        mode = deployment.param("privateNetworking")
        modes.add(mode)
        for about in (access, endpoints, subnets, given):
            findings += [f"{deployment.name}: {found}" for found in about(deployment, CLOSED.get(mode, set()))]
    if project.only is None and modes != CLOSED.keys():
        findings.append(f"no parameter set has privateNetworking {', '.join(sorted(CLOSED.keys() ^ modes))}")
    return findings, f"{len(modes)} modes in {len(project.whole)} sets"


def access(deployment, closed):
    for one in [*deployment.of(ACCOUNT), *deployment.of(NAMESPACE)]:
        wanted = "Disabled" if one.type in closed else "Enabled"
        if one.get("properties.publicNetworkAccess") != wanted:
            yield f"{one.name}: publicNetworkAccess is {one.get('properties.publicNetworkAccess')}, not {wanted}"
    for one in deployment.of(ACCOUNT):
        wanted = "Deny" if ACCOUNT in closed else "Allow"
        if one.get("properties.networkAcls.defaultAction") != wanted:
            yield f"{one.name}: networkAcls.defaultAction is not {wanted}"
    # No other tier has private endpoints, and it costs some sixty times as much.
    tier = "Premium" if NAMESPACE in closed else "Standard"
    for one in deployment.of(NAMESPACE):
        if one.get("sku.name") != tier:
            yield f"{one.name} is {one.get('sku.name')}, not {tier}"
    rules = deployment.of(f"{NAMESPACE}/networkRuleSets")
    if NAMESPACE in closed:
        if [one.get("properties.trustedServiceAccessEnabled") for one in rules] != [True]:
            yield "Event Grid cannot pass the firewall of Service Bus: no trusted services"
    elif rules:
        yield f"{rules[0].name}: only the Premium tier has network rules"


def endpoints(deployment, closed):
    """One private endpoint for each closed resource, with its record in a zone of the right kind."""
    reached = {}
    for one in deployment.of(ENDPOINT):
        connection = one.get("properties.privateLinkServiceConnections.0.properties", {})
        reached[connection.get("privateLinkServiceId")] = (one, connection.get("groupIds"))
    wanted = {one.id: one for type in closed for one in deployment.of(type)}
    for id in reached.keys() - wanted.keys():
        yield f"a private endpoint leads to {id.rpartition('/')[2]}, which is not closed"
    for id, target in wanted.items():
        if id not in reached:
            yield f"no private endpoint leads to {target.name}"
            continue
        endpoint, groups = reached[id]
        if groups != [GROUP[target.type]]:
            yield f"{endpoint.name} is for {groups}, not for {GROUP[target.type]}"
        zones = [
            item["properties"]["privateDnsZoneId"]
            for one in deployment.of(f"{ENDPOINT}/privateDnsZoneGroups")
            if one.id.startswith(f"{endpoint.id}/")
            for item in one.get("properties.privateDnsZoneConfigs", [])
        ]
        names = [zone.partition("privateDnsZones")[2] for zone in zones]
        if ids(deployment.param("privateDnsZoneIds")) == ["none"]:
            if names:
                yield f"{endpoint.name} has a record in {names[0]}, and a policy was to make it"
        elif len(names) != 1 or ZONE[target.type] not in names[0]:
            yield f"{endpoint.name} has its record in {', '.join(names) or 'no zone'}"


def subnets(deployment, closed):
    """The app is in a network wherever something is closed; a subnet that is made has a network security group."""
    subnet = deployment.app.get("properties.virtualNetworkSubnetId")
    if bool(closed or deployment.param("appSubnetId")) != bool(subnet):
        yield f"{deployment.app.name} is {'in' if subnet else 'not in'} a network"
    made = {}
    for network in deployment.of("Microsoft.Network/virtualNetworks"):
        for one in network.get("properties.subnets", []):
            made[f"{network.id}/subnets/{one['name']}"] = one["properties"]
    for one in deployment.of("Microsoft.Network/virtualNetworks/subnets"):
        made[one.id] = one.get("properties")
    groups = {one.id for one in deployment.of("Microsoft.Network/networkSecurityGroups")}
    for id, properties in made.items():
        if properties.get("networkSecurityGroup", {}).get("id") not in groups:
            yield f"the subnet {id.rpartition('/')[2]} has no network security group"
    if subnet in made:
        services = [one["properties"]["serviceName"] for one in made[subnet].get("delegations", [])]
        if services != ["Microsoft.App/environments"]:
            yield f"the app's subnet is delegated to {services}, not to Microsoft.App/environments"
    zones = deployment.of("Microsoft.Network/privateDnsZones")
    links = [one.name for one in deployment.of("Microsoft.Network/privateDnsZones/virtualNetworkLinks")]
    for zone in zones:
        if not any(zone.name.strip("[]") in link for link in links):
            yield f"{zone.name} is linked to no network"


def given(deployment, closed):
    """What is brought along is used, and not made."""
    made = {one.type for one in deployment.resources}
    own = deployment.param("appSubnetId")
    if own:
        if deployment.app.get("properties.virtualNetworkSubnetId") != own:
            yield f"the app is not in {own}"
        if "Microsoft.Network/virtualNetworks" in made:
            yield "appSubnetId is given, and a network is made"
    own = deployment.param("endpointSubnetId")
    for one in deployment.of(ENDPOINT) if own else []:
        if one.get("properties.subnet.id") != own:
            yield f"{one.name} is not in {own}"
    own = ids(deployment.param("privateDnsZoneIds"))
    if own and "Microsoft.Network/privateDnsZones" in made:
        yield "privateDnsZoneIds is given, and a zone is made"
    for one in deployment.of(f"{ENDPOINT}/privateDnsZoneGroups") if own else []:
        for item in one.get("properties.privateDnsZoneConfigs", []):
            if item["properties"]["privateDnsZoneId"] not in own:
                yield f"{one.name} has its record in a zone that was not given"
    own = deployment.param("workspaceId")
    if own and "Microsoft.OperationalInsights/workspaces" in made:
        yield "workspaceId is given, and a workspace is made"
    for one in deployment.of("Microsoft.Insights/components") if own else []:
        if one.get("properties.WorkspaceResourceId") != own:
            yield f"{one.name} writes into {one.get('properties.WorkspaceResourceId')}"
