"""Reads the simulated Azure with the Azure SDK for Python; prints what it found as one JSON document.

Arguments: a subscription that may not be read, and the login servers to read. The sign-in is in AZURE_TENANT_ID,
AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.
"""

import json
import sys
from datetime import datetime, timezone

from azure.containerregistry import ArtifactTagOrder, ContainerRegistryClient
from azure.core.exceptions import HttpResponseError
from azure.identity import EnvironmentCredential
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

# Small, so that every list goes over several pages.
PAGE = 3
# Repositories of a registry that are read in detail.
DETAILED = slice(0, 7, 2)
QUERY = (
    "Resources | where type =~ 'microsoft.containerregistry/registries'"
    " | project id, name, location, sku, tags, properties | order by id asc"
)


def refused(action):
    """How an action was refused; none when it was not."""
    try:
        action()
    except HttpResponseError as error:
        if error.error:
            code = error.error.code
        else:
            code = json.loads(error.response.text())["errors"][0]["code"]
        return {"type": type(error).__name__, "status": error.status_code, "code": code}
    return None


def time(at):
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def common(item):
    return {
        "created": time(item.created_on),
        "lastUpdate": time(item.last_updated_on),
        "attributes": {
            "deleteEnabled": item.can_delete,
            "writeEnabled": item.can_write,
            "readEnabled": item.can_read,
            "listEnabled": item.can_list,
        },
    }


def repository(item):
    return {**common(item), "manifestCount": item.manifest_count, "tagCount": item.tag_count}


def tag(item):
    return {**common(item), "name": item.name, "digest": item.digest}


def manifest(item):
    return {
        **common(item),
        "digest": item.digest,
        # str of an enum member is its name.
        "architecture": getattr(item.architecture, "value", item.architecture),
        "os": getattr(item.operating_system, "value", item.operating_system),
        "size": item.size_in_bytes,
        "tags": item.tags or [],
    }


def read(server, credential):
    """Everything that this credential (none: anonymous) may see of a registry, or how it was refused."""
    found = {"repositories": {}, "tags": {}, "manifests": {}, "newestFirst": {}, "one": {}}
    with ContainerRegistryClient(f"https://{server}", credential) as client:

        def names():
            found["names"] = list(client.list_repository_names(results_per_page=PAGE))

        refusal = refused(names)
        if refusal:
            return {"refused": refusal}
        for name in found["names"][DETAILED]:
            found["repositories"][name] = repository(client.get_repository_properties(name))
            tags = list(client.list_tag_properties(name, results_per_page=PAGE))
            found["tags"][name] = [tag(item) for item in tags]
            manifests = client.list_manifest_properties(name, results_per_page=PAGE)
            found["manifests"][name] = [manifest(item) for item in manifests]
        for name in found["names"][:1]:
            order = ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING
            newest = client.list_tag_properties(name, order_by=order, results_per_page=PAGE)
            found["newestFirst"][name] = [item.name for item in newest]
            first = found["tags"][name][0]["name"]
            found["one"][name] = {
                "tag": tag(client.get_tag_properties(name, first)),
                "manifest": manifest(client.get_manifest_properties(name, first)),
            }
            missing = "sha256:" + "0" * 64
            found["refusals"] = {
                "missing repository": refused(lambda: client.get_repository_properties("base/none")),
                "missing tag": refused(lambda: client.get_tag_properties(name, "none")),
                "missing manifest": refused(lambda: client.get_manifest_properties(name, missing)),
                "outside the prefixes": refused(lambda: client.get_repository_properties("outside/none")),
                "write": refused(lambda: client.update_repository_properties(name, can_write=False)),
                "delete": refused(lambda: client.delete_tag(name, first)),
            }
    return found


def resource(item):
    properties = item.properties
    return {
        "id": item.id,
        "name": item.name,
        "location": item.location,
        "sku": item.sku.name,
        "tags": dict(item.tags),
        "created": time(properties.creation_date),
        "mode": properties.role_assignment_mode,
        "anonymousPull": properties.anonymous_pull_enabled,
    }


def row(item):
    """A row of Resource Graph has no model: only the time is read as the SDK reads it elsewhere."""
    properties = item["properties"]
    created = datetime.strptime(properties["creationDate"][:26].rstrip("Z"), "%Y-%m-%dT%H:%M:%S.%f")
    return {
        **{key: item[key] for key in ("id", "name", "location", "tags")},
        "sku": item["sku"]["name"],
        "created": time(created.replace(tzinfo=timezone.utc)),
        "mode": properties["roleAssignmentMode"],
        "anonymousPull": properties["anonymousPullEnabled"],
    }


def resource_manager(credential):
    subscriptions = [item.subscription_id for item in SubscriptionClient(credential).subscriptions.list()]
    registries, single, children = {}, {}, {}
    for subscription in subscriptions:
        client = ContainerRegistryManagementClient(credential, subscription)
        for item in client.registries.list():
            server, group = item.properties.login_server, item.id.split("/")[4]
            registries[server] = resource(item)
            single[server] = resource(client.registries.get(group, item.name))
            lists = (client.replications, client.webhooks, client.tokens, client.scope_maps)
            children[server] = sum(len(list(part.list(group, item.name))) for part in lists)
    other = ContainerRegistryManagementClient(credential, sys.argv[1])
    client = ContainerRegistryManagementClient(credential, subscriptions[0])
    return {
        "subscriptions": subscriptions,
        "registries": registries,
        "one": single,
        "children": children,
        "refusals": {
            "unreadable subscription": refused(lambda: list(other.registries.list())),
            "missing registry": refused(lambda: client.registries.get("rg-platform", "none")),
        },
    }


def resource_graph(credential):
    client = ResourceGraphClient(credential)
    registries, pages, token = {}, 0, None
    while True:
        options = QueryRequestOptions(top=PAGE, skip_token=token, result_format="objectArray")
        page = client.resources(QueryRequest(query=QUERY, options=options))
        pages += 1
        for item in page.data:
            registries[item["properties"]["loginServer"]] = row(item)
        token = page.skip_token
        if not token:
            return {"registries": registries, "total": page.total_records, "pages": pages}


def main():
    credential = EnvironmentCredential()
    servers = sys.argv[2:]
    document = {
        "resourceManager": resource_manager(credential),
        "resourceGraph": resource_graph(credential),
        "signedIn": {server: read(server, credential) for server in servers},
        "anonymous": {server: read(server, None) for server in servers},
    }
    json.dump(document, sys.stdout, indent=1, sort_keys=True)


main()
