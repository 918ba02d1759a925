"""Events: each registry's topic delivers into the queue that the program reads, by an identity that gets through a
firewall, and two environments on one registry do not take each other's."""

from places import existing_topics, registries, topics

EVENTS = {
    "Microsoft.ContainerRegistry.ImagePushed",
    "Microsoft.ContainerRegistry.ImageDeleted",
    "Microsoft.ContainerRegistry.ChartPushed",
    "Microsoft.ContainerRegistry.ChartDeleted",
}
# Of a registry's webhook; the compiler lets every text pass.
ACTIONS = {"push", "delete", "quarantine", "chart_push", "chart_delete"}
TOPIC = "Microsoft.EventGrid/systemTopics"
SUBSCRIPTION = f"{TOPIC}/eventSubscriptions"
WEBHOOK = "Microsoft.ContainerRegistry/registries/webhooks"


def check(project):
    findings = []
    count = 0
    for deployment in project.deployments.values():
        subscriptions = deployment.of(SUBSCRIPTION)
        count += len(subscriptions)
        # Owners of registries are told where to: by the outputs of a whole deployment.
        for about in (of_registries, identities, targets) if deployment.app else (identities,):
            findings += [f"{deployment.name}: {found}" for found in about(deployment, subscriptions)]
    findings += apart(project.whole)
    return findings, f"{count} subscriptions in {len(project.deployments)} sets"


def of_registries(deployment, subscriptions):
    """One topic and one subscription each where events are on, nothing where they are off; the same for webhooks."""
    named = sorted(one.lower() for mode in ("legacy", "abac") for one in registries(deployment, mode))
    old = existing_topics(deployment)
    wanted = [one for one in named if one not in old] if deployment.param("eventGrid") else []
    made = sorted(one.get("properties.source", "").lower() for one in deployment.of(TOPIC))
    if made != wanted:
        yield f"topics are made for {made}, not for {wanted}"
    at = sorted(one.id.rpartition("/eventSubscriptions/")[0].lower() for one in subscriptions)
    if at != sorted(topics(deployment)):
        yield f"event subscriptions are made at {at}, not at {sorted(topics(deployment))}"
    on = deployment.param("webhook") and deployment.param("webhookFunctionKey")
    at = sorted(one.id.rpartition("/webhooks/")[0].lower() for one in deployment.of(WEBHOOK))
    if at != (named if on else []):
        yield f"webhooks are made at {at}, not at {named if on else []}"
    for one in deployment.of(WEBHOOK):
        if wrong := set(one.get("properties.actions", [])) ^ ACTIONS:
            yield f"{one.name} is called for {', '.join(sorted(wrong))}, or is not"
        # The service's own name for its host, which is known only when the registry is asked.
        whose = str(one.get("properties.customHeaders.x-inventory-registry", "none")).lower()
        registry = one.id.rpartition("/webhooks/")[0].lower()
        if registry not in whose or not whose.rstrip("]").endswith(".loginserver"):
            yield f"{one.name} says that it is of the registry {whose}"
        if one.get("properties.status") != "enabled" or one.get("properties.scope") != "":
            yield f"{one.name} is {one.get('properties.status')} for {one.get('properties.scope')!r}"


def identities(deployment, subscriptions):
    """Behind a firewall Event Grid delivers and keeps dead letters with a system-assigned identity only."""
    for one in deployment.of(TOPIC):
        if one.get("identity.type") != "SystemAssigned":
            yield f"{one.name} has the identity {one.get('identity.type')}, with which no event passes a firewall"
    for one in subscriptions:
        for part in ("deliveryWithResourceIdentity", "deadLetterWithResourceIdentity"):
            kind = one.get(f"properties.{part}.identity.type")
            if kind != "SystemAssigned":
                yield f"{one.name}: {part} is by {kind}, with which no event passes a firewall"


def targets(deployment, subscriptions):
    made = {each.id for each in deployment.resources}
    queue = deployment.settings.get("ACR_INVENTORY_REPOSITORY_QUEUE")
    for one in subscriptions:
        to = one.get("properties.deliveryWithResourceIdentity.destination.properties.resourceId", "")
        if to not in made or to.rpartition("/")[2] != queue:
            yield f"{one.name} delivers to {to.rpartition('/')[2]}, and the program reads {queue}"
        letters = one.get("properties.deadLetterWithResourceIdentity.deadLetterDestination.properties", {})
        container = f"{letters.get('resourceId')}/blobServices/default/containers/{letters.get('blobContainerName')}"
        if container not in made:
            yield f"{one.name} keeps dead letters in {letters.get('blobContainerName')}, which is not made"
        if one.get("properties.eventDeliverySchema") != "CloudEventSchemaV1_0":
            yield f"{one.name} delivers {one.get('properties.eventDeliverySchema')}, and the program reads CloudEvents"
        if (got := set(one.get("properties.filter.includedEventTypes", []))) != EVENTS:
            yield f"{one.name} delivers {', '.join(sorted(got ^ EVENTS))} or leaves it out"


def apart(deployments):
    """Two environments share nothing but a registry's topic, of which there can be only one."""
    owner = {}
    for deployment in deployments:
        environment = deployment.param("environmentName")
        for one in deployment.resources:
            if one.type in (SUBSCRIPTION, WEBHOOK):
                first = owner.setdefault(one.id.lower(), environment)
                if first != environment:
                    yield f"{one.name} is made by the environments {first} and {environment}"
