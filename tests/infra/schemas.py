"""host.json, each function.json and azure.yaml against their schemas, and azure.yaml against the rest."""

import json
import os

import yaml
from jsonschema import Draft4Validator
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for

from bicep import properties, string, text, walk


def load(path):
    return json.loads(path.read_text())


def errors(schema, document):
    return [explain(error) for error in validator_for(schema)(schema).iter_errors(document)]


def explain(error):
    """The innermost reason: which alternative was meant, and what it lacks."""
    error = best_match([error])
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def check(root, files, data):
    host, function, azd = (load(data / "schemas" / name) for name in ("host.json", "function.json", "azure.yaml.json"))
    findings = [f"host.json: {found}" for found in errors(host, load(root / "host.json"))]
    functions = sorted(root.glob("functions/*/function.json"))
    for path in functions:
        findings += [f"{path.parent.name}/function.json: {found}" for found in check_function(function, load(path))]
    project = yaml.safe_load((root / "azure.yaml").read_text())
    findings += [f"azure.yaml: {found}" for found in errors(azd, project)]
    return findings + list(check_project(root, files, project)), f"{len(functions) + 2} files"


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


def check_project(root, files, project):
    app = files[(root / "infra/modules/function-app.bicep").resolve()]
    tagged = {
        string(value)
        for node in walk(app.root)
        if node.type == "object"
        for name, _, value in properties(node)
        if name == "azd-service-name"
    }
    for name, service in project["services"].items():
        if name not in tagged:
            yield f"azure.yaml: no resource has the tag azd-service-name: {name}"
        if service.get("language") == "custom" and not service.get("dist"):
            yield f"azure.yaml: {name} is custom, and has no dist"
        script = root / service["hooks"]["prepackage"]["run"].split()[0]
        if not script.exists() or not os.access(script, os.X_OK):
            yield f"azure.yaml: {script.relative_to(root)} cannot be run"
    modules = [module for file in files.values() for module in file.modules.values()]
    reaches_out = [module for module in modules if "scope: resourceGroup(" in text(module.node)]
    if reaches_out and "exit 1" not in project.get("hooks", {}).get("predown", {}).get("run", ""):
        yield f"azure.yaml: azd down would delete the resource groups that {reaches_out[0].name} reaches into"
    infra = project["infra"]
    if not (root / infra["path"] / f"{infra['module']}.bicep").exists():
        yield f"azure.yaml: no {infra['path']}/{infra['module']}.bicep"
