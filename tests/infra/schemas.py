"""host.json, each function.json and azure.yaml against their schemas, and azure.yaml against the rest."""

import json
import os
import re

import yaml
from jsonschema import Draft4Validator
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for


def load(path):
    return json.loads(path.read_text())


def errors(schema, document):
    return [explain(error) for error in validator_for(schema)(schema).iter_errors(document)]


def explain(error):
    """The innermost reason: which alternative was meant, and what it lacks."""
    error = best_match([error])
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def check(project, data):
    root = project.root
    host, function, azd = (load(data / "schemas" / name) for name in ("host.json", "function.json", "azure.yaml.json"))
    findings = [f"host.json: {found}" for found in errors(host, load(root / "host.json"))]
    functions = sorted(root.glob("functions/*/function.json"))
    for path in functions:
        findings += [f"{path.parent.name}/function.json: {found}" for found in check_function(function, load(path))]
    azure = yaml.safe_load((root / "azure.yaml").read_text())
    findings += [f"azure.yaml: {found}" for found in errors(azd, azure)]
    return findings + [f"azure.yaml: {found}" for found in check_azure(project, azure)], f"{len(functions) + 2} files"


def check_function(schema, function):
    """The published schema asks for exactly one kind of binding, and some of its kinds fit every binding; so each
    binding is held against the kind of its type."""
    kinds = schema["definitions"]
    for index, binding in enumerate(function["bindings"]):
        fitting = [kind for kind in kinds.values() if binding.get("type") in types_of(kind)]
        if not fitting:
            yield f"bindings/{index}: no kind of binding has the type {binding.get('type')}"
        for kind in [kinds["bindingBase"], *fitting[:1]]:
            resolved = {**kind, "definitions": kinds}
            for error in Draft4Validator(resolved).iter_errors(binding):
                yield f"bindings/{index}/{explain(error)}"
        if fitting:
            names = set(kinds["bindingBase"]["properties"]) | {"dataType"}
            for part in [fitting[0], *fitting[0].get("oneOf", [])]:
                names |= set(part.get("properties", {}))
            for name in binding.keys() - names:
                yield f"bindings/{index}: a {binding['type']} has no {name}"


def types_of(kind):
    found = []
    for part in [kind, *kind.get("oneOf", [])]:
        found += part.get("properties", {}).get("type", {}).get("enum", [])
    return found


def check_azure(project, azure):
    tagged = {one.get("tags.azd-service-name") for deployment in project.whole for one in deployment.resources}
    for name, service in azure["services"].items():
        if name not in tagged:
            yield f"no resource has the tag azd-service-name: {name}"
        if service.get("language") == "custom" and not service.get("dist"):
            yield f"{name} is custom, and has no dist"
    for where, hook in hooks(azure):
        script = hook.get("run", "").split()[0].removeprefix("./")
        if "/" in script and not os.access(project.root / script, os.X_OK) and not script.endswith(".ps1"):
            yield f"{where}: {script} cannot be run"
        elif "/" in script and not (project.root / script).exists():
            yield f"{where}: {script} is not there"
    # Older ones delete every group that a deployment put anything into, and a role at a registry is such a thing.
    least = re.findall(r"\d+", azure.get("requiredVersions", {}).get("azd", "0"))
    if [int(part) for part in least] < [1, 24, 1]:
        yield f"azd {'.'.join(least)} would delete the resource groups of registries; 1.24.1 is the first that does not"
    if "predown" not in azure.get("hooks", {}):
        yield "azd down would leave what is at registries: there is no predown"
    infra = azure["infra"]
    if not (project.root / infra["path"] / f"{infra['module']}.bicep").exists():
        yield f"no {infra['path']}/{infra['module']}.bicep"


def hooks(azure):
    """Every script that azd runs, of the project and of its services, for each system."""
    found = [(name, hook) for name, hook in azure.get("hooks", {}).items()]
    for service, about in azure["services"].items():
        found += [(f"{service}/{name}", hook) for name, hook in about.get("hooks", {}).items()]
    for name, hook in found:
        variants = [(name, hook)] if "run" in hook else [(f"{name}/{system}", hook[system]) for system in hook]
        yield from ((where, one) for where, one in variants if isinstance(one, dict))
