"""Role assignments: `roles.json` is the list of infra/modules/roles/list.bicep, for tests in other languages; each of
it is made once at every scope that it is for, and no other; ids are those of the named roles.

The program's tests read it, too: what `acr-inventory check` tries has to be what is assigned here."""

import functools
import json
from collections import Counter

from deployment import Resource, ids
from places import places, topics

KIND = "Microsoft.Authorization/roleAssignments"
# Place → kind of its scope, role assignment mode of the registry.
PLACES = {
    "host-storage": ("storage-account", None),
    "inventory-container": ("container", None),
    "dead-letter-container": ("container", None),
    "registry-queue": ("queue", None),
    "repository-queue": ("queue", None),
    "component": ("component", None),
    "legacy-registry": ("registry", "legacy"),
    "abac-registry": ("registry", "abac"),
    "subscription": ("subscription", None),
}


def check(project, builtin, update=False):
    """`builtin`: real names by id, where they are known."""
    path = project.root / "tests/infra/roles.json"
    rows = json.loads(path.read_text())
    derived = derive(project, {row["guid"]: row["role"] for row in rows} | builtin)
    findings = []
    if update:
        path.write_text(json.dumps(derived, indent=2) + "\n")
        rows = derived
    elif derived != rows:
        findings.append("roles.json is not what roles/list.bicep says; write it anew with tests/infra/run --update")
    for row in rows:
        real = builtin.get(row["guid"])
        if builtin and real is None:
            findings.append(f"roles.json: {row['role']}: {row['guid']} is of no built-in role that is known")
        elif builtin and real != row["role"]:
            findings.append(f"roles.json: {row['guid']} is {real}, not {row['role']}")
    names = {row["guid"]: row["role"] for row in rows}
    count = 0
    for deployment in project.deployments.values():
        made = Counter(assigned(deployment))
        count += made.total()
        wanted = Counter(expected(deployment, rows))
        for (guid, identity, scope, why), _ in (made - wanted).items():
            known = (guid, identity, scope, why) in wanted
            what = "is assigned more than once" if known else "is assigned, and not in roles.json like this"
            role = names.get(guid, guid)
            findings.append(f"{deployment.name}: {role} to {identity} at {brief(scope)} {what} ({why})")
        for guid, identity, scope, why in (wanted - made).keys():
            findings.append(f"{deployment.name}: {names[guid]} to {identity} at {brief(scope)} is not assigned ({why})")
    return findings, f"{count} assignments in {len(project.deployments)} sets, {len(rows)} kinds of them"


def derive(project, names):
    written = project.compiler.compile(project.infra / "modules/roles/list.bicep")[0]["variables"]
    return [
        {
            "role": names.get(written["guids"][item["role"]], item["role"]),
            "guid": written["guids"][item["role"]],
            "identity": item["to"],
            "place": item["at"],
            "scope": PLACES[item["at"]][0],
            "mode": PLACES[item["at"]][1],
            # Only where the deployment's parameter queueAccess says so.
            "with": item.get("with"),
            "why": item["why"],
            "checks": item["checks"],
        }
        for item in written["assignments"]
    ]


def brief(scope):
    return scope.rpartition("/providers/")[2] if "/providers/" in scope else scope


def assigned(deployment):
    for one in deployment.of(KIND):
        principal = one.get("properties.principalId")
        guid = one.get("properties.roleDefinitionId", "").rpartition("/")[2].rstrip("')]")
        yield guid, identity(deployment, principal), one.belongs_to.lower(), one.get("properties.description")
        if one.get("properties.principalType") != "ServicePrincipal":
            yield guid, "an identity whose type is not given", one.belongs_to.lower(), None


def identity(deployment, principal):
    """Who it is: the app, the topic at a registry, or whom the owner of a registry named."""
    if principal == deployment.given.get("principalId", ""):
        return "app"
    if principal in ids(deployment.param("eventPrincipals")):
        return f"events of {principal}"
    at = deployment.referred(principal)
    if isinstance(at, Resource) and at.type.startswith("Microsoft.ManagedIdentity"):
        used = deployment.app.get("identity.userAssignedIdentities", {}) if deployment.app else {}
        return "app" if at.id in used else f"{at.name}, which the app does not have"
    topic = at.id if isinstance(at, Resource) else str(at)
    if "/Microsoft.EventGrid/systemTopics/" in topic:
        return f"events of {topic.lower()}"
    return f"{principal}, whoever that is"


def expected(deployment, rows):
    access = "data-owner" if deployment.param("queueDataOwner") else "sender-and-receiver"
    for row in rows:
        if row.get("with") not in (None, access):
            continue
        who = ["app"]
        if row["identity"] == "events":
            who = [f"events of {one}" for one in [*topics(deployment), *ids(deployment.param("eventPrincipals"))]]
        for scope in places(deployment).get(row["place"], []):
            for one in who:
                yield row["guid"], one, scope.lower(), row["why"]


@functools.cache
def builtin_roles(data):
    """Real names by id, from recorded lists of role definitions and the documented roles of registries."""
    values = [json.loads((data / "spec-examples/acr-builtin-roles.json").read_text())]
    for row in (data / "recordings/rbac.jsonl").read_text().splitlines():
        answer = json.loads(row).get("response_body") or "{}"
        try:
            values.append(json.loads(answer) if isinstance(answer, str) else answer)
        except ValueError:
            continue
    found = {}
    while values:
        value = values.pop()
        if isinstance(value, list):
            values += value
        elif isinstance(value, dict):
            role = value.get("roleName") or (value.get("properties") or {}).get("roleName")
            if role and value.get("name"):
                found[value["name"]] = role
            values += value.get("value", [])
    return found
