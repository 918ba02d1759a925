"""What waits for what: the app for its roles, and the event subscriptions, at which a first deployment can stop while
roles propagate, for everything else. `order.json` says it for tests in other languages: the program's own deploy in that
order into the simulated tenant."""

import json

SUBSCRIPTION = "Microsoft.EventGrid/systemTopics/eventSubscriptions"
ROLE = "Microsoft.Authorization/roleAssignments"
APP = "Microsoft.Web/sites"
ALERT = "Microsoft.Insights/scheduledQueryRules"


def check(project, update=False):
    main = project.infra / "main.bicep"
    graph = project.compiler.graph(main)
    makes = {node["name"]: made(project, node) for node in graph["nodes"]}
    waits = {name: reachable(graph["edges"], name) for name in makes}

    def of(type):
        return [name for name, types in makes.items() if type in types]

    findings = written(project, graph["nodes"], makes, waits, update)
    for subject in (SUBSCRIPTION, APP):
        if not of(subject):
            findings.append(f"main.bicep: nothing makes {subject}")
    for name in of(SUBSCRIPTION):
        for one in [*of(ROLE), *of(APP), *of(ALERT)]:
            if one not in waits[name] | {name}:
                findings.append(f"main.bicep: {name} does not wait for {one}")
        after = [one for one in makes if name in waits[one]]
        findings += [f"main.bicep: {one} waits for {name}, which comes last" for one in after]
    # The app starts at once, and cannot without its roles.
    for name in of(APP):
        if not [one for one in of(ROLE) if one in waits[name]]:
            findings.append(f"main.bicep: {name} waits for no role")
    return findings, f"{len(makes)} declarations of main.bicep"


def written(project, nodes, makes, waits, update):
    """Steps with what each makes and waits for, directly or not; each after what it waits for."""
    path = project.root / "tests/infra/order.json"
    names = sorted((node["name"] for node in nodes if not node["isExisting"]), key=lambda name: (len(waits[name]), name))
    steps = [{"step": name, "makes": sorted(makes[name]), "waits": sorted(waits[name])} for name in names]
    if update:
        path.write_text(json.dumps(steps, indent=2) + "\n")
    elif not path.exists() or json.loads(path.read_text()) != steps:
        return ["order.json is not what main.bicep says; write it anew with tests/infra/run --update"]
    return []


def made(project, node):
    """Types of what a declaration makes, in modules of modules, too."""
    if node["isExisting"]:
        return set()
    if node["type"] != "<module>":
        return {node["type"].partition("@")[0]}
    types, paths = set(), [project.infra / node["relativePath"]]
    while paths:
        path = paths.pop()
        for inner in project.compiler.graph(path)["nodes"]:
            if inner["type"] == "<module>":
                paths.append(path.parent / inner["relativePath"])
            elif not inner["isExisting"]:
                types.add(inner["type"].partition("@")[0])
    return types


def reachable(edges, name):
    """Everything that a declaration waits for, directly or not."""
    found, left = set(), [name]
    while left:
        one = left.pop()
        for edge in edges:
            if edge["source"] == one and edge["target"] not in found:
                found.add(edge["target"])
                left.append(edge["target"])
    return found
