"""The list of role assignments: that it is the only one, that every place of it is bound to a scope, that ids are those
of the named roles; and `roles.json`, made from it for tests in other languages."""

import functools
import json
import re

from bicep import entry, line, literal, text

KIND = "Microsoft.Authorization/roleAssignments@"
MODES = {"legacy-registry": "legacy", "abac-registry": "abac"}
# Scopes in short, by their types.
SCOPES = {
    "Microsoft.ContainerRegistry/registries": "registry",
    "Microsoft.Insights/components": "component",
    "Microsoft.Resources/subscriptions": "subscription",
    "Microsoft.ServiceBus/namespaces/queues": "queue",
    "Microsoft.Storage/storageAccounts": "storage-account",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "container",
}


def places(file):
    """Place of the list → type of the scope that it is bound to, by the loop over that place."""
    found = {}
    for item in [*file.resources, *file.modules.values()]:
        place = re.search(r"filter\(assignments, each => each\.at == '([^']+)'\)", text(item.node))
        if not place:
            continue
        if item.reference.startswith(KIND):
            scope = text(entry(item.value, "scope")).split("::")[-1]
            found[place[1]] = file.resource(scope).reference.split("@")[0]
        else:
            one = item.reference.removeprefix("roles/").removesuffix(".bicep")
            found[place[1]] = {
                "registry": "Microsoft.ContainerRegistry/registries",
                "subscription": "Microsoft.Resources/subscriptions",
            }[one]
    return found


def derive(file):
    roles = literal(file.variables["roles"].value)
    bound = places(file)
    return [
        {
            "role": roles[item["role"]]["name"],
            "guid": roles[item["role"]]["id"],
            "identity": item["to"],
            "place": item["at"],
            "scope": SCOPES.get(bound.get(item["at"])),
            # Role assignment mode of the registry.
            "mode": MODES.get(item["at"]),
            "why": item["why"],
            "checks": item["checks"],
        }
        for item in literal(file.variables["assignments"].value)
        if item["role"] in roles
    ]


def check(root, files, builtin, written, update):
    """`builtin`: real names by id, where they are known."""
    file = files[(root / "infra/modules/roles.bicep").resolve()]
    folder = file.path.parent.resolve()
    findings = []
    for other in files.values():
        if other is file or other.path.resolve().parent == folder / "roles":
            continue
        for resource in other.resources:
            if resource.reference.startswith(KIND):
                findings.append(f"{other.path.name}:{line(resource.node)}: a role assignment beside the list")
    roles = literal(file.variables["roles"].value)
    principals = literal(file.variables["principals"].value)
    assignments = literal(file.variables["assignments"].value)
    bound = places(file)
    for item in assignments:
        where = f"roles.bicep: {item['role']} at {item['at']}"
        if item["role"] not in roles:
            findings.append(f"{where}: no such role")
        if item["to"] not in principals:
            findings.append(f"{where}: no such identity {item['to']}")
        if item["at"] not in bound:
            findings.append(f"{where}: nothing binds this place to a scope")
    for place in bound.keys() - {item["at"] for item in assignments}:
        findings.append(f"roles.bicep: {place} is bound to a scope, and nothing is assigned there")
    for name in roles.keys() - {item["role"] for item in assignments}:
        findings.append(f"roles.bicep: the role {name} is not assigned")
    for role in roles.values():
        real = builtin.get(role["id"])
        if builtin and real is None:
            findings.append(f"roles.bicep: {role['name']}: the id {role['id']} is of no built-in role that is known")
        elif builtin and real != role["name"]:
            findings.append(f"roles.bicep: {role['id']} is {real}, not {role['name']}")
    derived = json.dumps(derive(file), indent=2) + "\n"
    if update:
        written.write_text(derived)
    elif not written.exists() or written.read_text() != derived:
        findings.append(f"{written.name} is not what roles.bicep says; write it anew with tests/infra/run --update")
    return findings, f"{len(assignments)} assignments of {len(roles)} roles"


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
