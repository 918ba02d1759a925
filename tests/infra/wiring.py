"""Names: everything that is used is declared and everything that is declared is used; modules get the parameters they
ask for and have the outputs that are read; the parameters file agrees with the parameters."""

import json
import re

from bicep import UNKNOWN, line, literal, named, properties, text, walk
from values import FUNCTIONS, leaves, loop_of, module_name, output_of, type_of

# Decorators and other names in call position that are no functions.
DECORATORS = {"description", "allowed", "secure", "minLength", "maxLength", "minValue", "maxValue", "metadata"}


def check(files, main):
    findings = []
    for file in files.values():
        findings += [f"{file.path.name}:{place}: {message}" for place, message in sorted(check_file(files, file))]
    called = {
        (file.path.parent / module.reference).resolve() for file in files.values() for module in file.modules.values()
    }
    for path in files:
        if path not in called and path != main.resolve():
            findings.append(f"{path.name}: no module uses this file")
    return findings + list(check_parameters(files[main.resolve()]))


def check_file(files, file):
    used = set()
    for node in walk(file.root):
        if node.type == "identifier" and is_use(node):
            name = text(node)
            if name in file.params or name in file.variables or name in file.modules:
                used.add(name)
            elif not file.resource(name) and not is_local(node, name):
                yield line(node), f"{name} is not declared"
        elif node.type == "call_expression":
            function = node.child_by_field_name("function")
            name = text(function)
            if name not in FUNCTIONS and name not in DECORATORS:
                yield line(node), f"{name}() is not a function that is known here"
        elif node.type == "resource_expression":
            inner = text(node).split("::")
            resource = file.resource(inner[-1])
            if resource is None or resource.outer is None or resource.outer.name != inner[-2]:
                yield line(node), f"{text(node)} is not a resource in {inner[-2]}"
        elif node.type == "member_expression":
            yield from check_output(files, file, node)
    for declared in [*file.params.values(), *file.variables.values()]:
        if declared.name not in used:
            yield line(declared.node), f"{declared.name} is never used"
    for parameter in file.params.values():
        if "description" not in parameter.decorators:
            yield line(parameter.node), f"{parameter.name} has no description"
        if "secure" in parameter.decorators and parameter.value is not None and literal(parameter.value) != "":
            yield line(parameter.node), f"{parameter.name} is a secret with a default"
    for output in file.outputs.values():
        secrets = {name for name, parameter in file.params.items() if "secure" in parameter.decorators}
        for node in walk(output.value):
            if node.type == "identifier" and text(node) in secrets:
                yield line(node), f"output {output.name} gives the secret {text(node)} away"
    for module in file.modules.values():
        yield from check_module(files, file, module)


def is_use(node):
    """Whether an identifier is the use of a name, and not the name of a declaration, property or function."""
    parent = node.parent
    if parent.type.endswith("_declaration") or parent.type in ("lambda_expression", "for_loop_parameters", "decorator"):
        return parent.type == "lambda_expression" and named(parent)[-1] == node or (
            parent.type in ("variable_declaration", "parameter_declaration", "output_declaration")
            and named(parent)[0] != node
        )
    if parent.type == "object_property":
        return named(parent)[0] != node
    if parent.type == "call_expression":
        return parent.child_by_field_name("function") != node
    if parent.type == "resource_expression":
        return parent.child_by_field_name("object") == node
    if parent.type == "for_statement":
        return parent.child_by_field_name("initializer") != node
    return parent.type != "type"


def is_local(node, name):
    """A loop variable, its index, or the parameter of a lambda around this place."""
    if loop_of(node, name) is not None:
        return True
    while node is not None:
        # The grammar ends a lambda before the first operator, so its parameter counts in the whole argument list.
        if node.type == "arguments" and any(
            inner.type == "lambda_expression" and text(named(inner)[0]) == name for inner in walk(node)
        ):
            return True
        if node.type == "for_statement":
            for parameters in (child for child in named(node) if child.type == "for_loop_parameters"):
                if name in [text(child) for child in named(parameters)]:
                    return True
        node = node.parent
    return False


def check_output(files, file, node):
    target = node.child_by_field_name("object")
    if target.type != "member_expression" or text(target.child_by_field_name("property")) != "outputs":
        return
    name = module_name(target.child_by_field_name("object"))
    module = file.modules.get(name)
    if module is None:
        yield line(node), f"{name} is not a module"
    elif output_of(files, file, node) is None:
        yield line(node), f"module {name} has no output {text(node.child_by_field_name('property'))}"
    elif module.condition is not None and "!" not in text(node):
        yield line(node), f"module {name} is only there under a condition: {text(node)}"


def check_module(files, file, module):
    called = files.get((file.path.parent / module.reference).resolve())
    if called is None:
        yield line(module.node), f"{module.reference} is not there"
        return
    given = {name: value for name, _, value in properties(module.value)}
    scope = text(given["scope"]) if "scope" in given else ""
    at = "subscription" if scope.startswith("subscription(") else "resourceGroup" if scope else file.scope
    if at != called.scope:
        yield line(module.node), f"{module.reference} is for the scope {called.scope}, and is put into {at}"
    values = {name: (key, value) for name, key, value in properties(given["params"])} if "params" in given else {}
    for name, parameter in called.params.items():
        if name not in values and parameter.value is None:
            yield line(module.node), f"{module.reference} asks for the parameter {name}"
    for name, (key, value) in values.items():
        parameter = called.params.get(name)
        if parameter is None:
            yield line(key), f"{module.reference} has no parameter {name}"
            continue
        for leaf in leaves(file, value):
            got = type_of(files, file, leaf)
            if got is not None and got != parameter.type:
                yield line(key), f"{name} is of type {parameter.type}, and {text(leaf)[:40]} is of type {got}"
            allowed = parameter.decorators.get("allowed")
            if allowed and literal(leaf) is not UNKNOWN and literal(leaf) not in allowed:
                yield line(key), f"{name}: {literal(leaf)!r} is not one of {', '.join(allowed)}"
            source = file.params.get(text(leaf)) if leaf.type == "identifier" else None
            if source and "secure" in source.decorators and "secure" not in parameter.decorators:
                yield line(key), f"{name} takes the secret {source.name}, and is not a secret there"


def check_parameters(main):
    """main.parameters.json: every parameter, from a variable of the azd environment, with the default of main.bicep."""
    path = main.path.with_suffix(".parameters.json")
    given = json.loads(path.read_text())["parameters"]
    for name in given.keys() - main.params.keys():
        yield f"{path.name}: main.bicep has no parameter {name}"
    variables = {}
    for name, parameter in main.params.items():
        if name not in given:
            yield f"{path.name}: the parameter {name} is missing"
            continue
        value = given[name]["value"]
        default = None if parameter.value is None else literal(parameter.value)
        if parameter.type == "object":
            if value != default:
                yield f"{path.name}: {name} is {value}, and {default} in main.bicep"
            continue
        found = re.fullmatch(r"\$\{([A-Z_]+)(?:=(.*))?\}", value)
        if not found:
            yield f"{path.name}: {name} does not come from a variable of the environment"
            continue
        if found[1] in variables:
            yield f"{path.name}: {name} and {variables[found[1]]} both come from {found[1]}"
        variables[found[1]] = name
        written = str(default).lower() if isinstance(default, bool) else None if default is None else str(default)
        if found[2] != written:
            yield f"{path.name}: {name} is {found[2]!r} where nothing is set, and {written!r} in main.bicep"
