"""Where things are: registries that a deployment touches, topics that deliver, scopes of the places in roles.json."""

from compiler import GROUP, SUBSCRIPTION
from deployment import Resource, ids


def topics(deployment):
    """Ids of the topics that deliver, those that are made and those that were there before."""
    return [one.id.lower() for one in deployment.of("Microsoft.EventGrid/systemTopics")] + [
        topic.lower() for topic in existing_topics(deployment).values()
    ]


def existing_topics(deployment):
    """Registry → topic, of registries that have one already."""
    if not deployment.param("eventGrid") or deployment.param("leaveRegistriesAlone"):
        return {}
    pairs = (pair.partition("=") for pair in ids(deployment.param("topicRegistries")))
    return {registry.lower(): topic for registry, _, topic in pairs}


def registries(deployment, mode):
    """Registries of one role assignment mode that this deployment touches."""
    return [] if deployment.param("leaveRegistriesAlone") else ids(deployment.param(f"{mode}Registries"))


def registry_of_owner(deployment):
    """The registry that registry.bicep is deployed beside."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    return f"{group}/providers/Microsoft.ContainerRegistry/registries/{deployment.param('registryName')}"


def places(deployment):
    """Every place of roles.json → the ids of its scopes, taken from where the app is told to look."""
    settings, app = deployment.settings, deployment.app
    queues = {one.short: one.id for one in deployment.of("Microsoft.ServiceBus/namespaces/queues")}
    found = {
        "legacy-registry": registries(deployment, "legacy"),
        "abac-registry": registries(deployment, "abac"),
        "subscription": [],
    }
    if deployment.param("subscriptionScope"):
        named = ids(deployment.param("subscriptions")) or [SUBSCRIPTION]
        found["subscription"] = [f"/subscriptions/{id}" for id in named]
    if app is None:
        mode = "abac" if deployment.param("roleAssignmentMode").startswith("Abac") else "legacy"
        found[f"{mode}-registry"] = [registry_of_owner(deployment)]
        return found
    host = deployment.referred(settings.get("AzureWebJobsStorage__blobServiceUri"))
    store = settings.get("ACR_INVENTORY_STORE", "")
    inventory = deployment.referred(store)
    below = [
        one
        for one in deployment.of("Microsoft.Storage/storageAccounts/blobServices/containers")
        if isinstance(inventory, Resource) and one.id.startswith(f"{inventory.id}/")
    ]
    found["host-storage"] = [host.id] if isinstance(host, Resource) else []
    found["inventory-container"] = [one.id for one in below if f"'{one.short}'" in store]
    found["dead-letter-container"] = [one.id for one in below if one.short == "event-dead-letters"]
    for place, setting in (
        ("registry-queue", "ACR_INVENTORY_REGISTRY_QUEUE"),
        ("repository-queue", "ACR_INVENTORY_REPOSITORY_QUEUE"),
    ):
        found[place] = [queues[settings[setting]]] if settings.get(setting) in queues else []
    found["component"] = [one.id for one in deployment.of("Microsoft.Insights/components")]
    return found
