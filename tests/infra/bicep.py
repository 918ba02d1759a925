"""Bicep files as data: declarations by name, values as syntax nodes, literals as Python values."""

from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

PARSER = Parser(Language(tree_sitter_bicep.language()))
ESCAPES = {"\\'": "'", "\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\$": "$"}
# Stands for a value that only a deployment knows.
UNKNOWN = object()


@dataclass
class Declaration:
    """A parameter, variable, resource, module or output."""

    name: str
    node: Node
    # Parameters: the default; variables and outputs: the value; resources and modules: the body.
    value: Node | None = None
    type: str = ""
    decorators: dict = field(default_factory=dict)
    # Resources: TYPE@VERSION as written; modules: the path.
    reference: str = ""
    existing: bool = False
    condition: Node | None = None
    # A resource inside of another.
    outer: "Declaration | None" = None


@dataclass
class File:
    path: Path
    root: Node
    scope: str = "resourceGroup"
    params: dict = field(default_factory=dict)
    variables: dict = field(default_factory=dict)
    resources: list = field(default_factory=list)
    modules: dict = field(default_factory=dict)
    outputs: dict = field(default_factory=dict)

    def resource(self, name):
        return next((found for found in self.resources if found.name == name), None)


def text(node):
    return node.text.decode()


def line(node):
    return node.start_point[0] + 1


def named(node):
    return [child for child in node.named_children if child.type != "comment"]


def string(node):
    """The text of a string without interpolation, else None."""
    if node is None or node.type != "string" or any(child.type == "interpolation" for child in node.children):
        return None
    if text(node).startswith("'''"):
        return text(node)[3:-3].removeprefix("\n")
    return "".join(ESCAPES.get(text(part), text(part)) for part in named(node))


def body(node):
    """The object of a resource or module, inside of its loop and condition; and the condition."""
    condition = None
    while node is not None and node.type in ("for_statement", "if_statement"):
        if node.type == "if_statement":
            condition = next(child for child in named(node) if child.type == "parenthesized_expression")
            node = next(child for child in named(node) if child.type == "object")
        else:
            node = node.child_by_field_name("body")
    return node, condition


def properties(node):
    """Properties of an object: (name or None where it is computed, node of the name, value)."""
    for item in named(node):
        if item.type != "object_property":
            continue
        parts = named(item)
        if len(parts) == 2:
            name = text(parts[0]) if parts[0].type != "string" else string(parts[0])
            yield name, parts[0], parts[1]


def entry(node, name):
    return next((value for key, _, value in properties(node) if key == name), None)


def literal(node):
    """The Python value of a literal; UNKNOWN for anything else."""
    if node.type == "string":
        value = string(node)
        return UNKNOWN if value is None else value
    if node.type == "number":
        return int(text(node))
    if node.type == "boolean":
        return text(node) == "true"
    if node.type == "null":
        return None
    if node.type == "array":
        return [literal(item) for item in named(node)]
    if node.type == "object":
        return {name: literal(value) for name, _, value in properties(node)}
    return UNKNOWN


def read(path):
    file = File(path, PARSER.parse(path.read_bytes()).root_node)
    decorators = {}
    for node in file.root.named_children:
        parts = named(node)
        if node.type == "target_scope_assignment":
            file.scope = string(parts[0])
        elif node.type == "decorators":
            for call in (decorator.named_children[0] for decorator in node.named_children):
                function = call.child_by_field_name("function")
                arguments = named(call.child_by_field_name("arguments")) if function else []
                decorators[text(function or call)] = literal(arguments[0]) if arguments else True
            continue
        elif node.type == "parameter_declaration":
            value = parts[2] if len(parts) > 2 else None
            file.params[text(parts[0])] = Declaration(text(parts[0]), node, value, text(parts[1]), decorators)
        elif node.type == "variable_declaration":
            file.variables[text(parts[0])] = Declaration(text(parts[0]), node, parts[1])
        elif node.type == "output_declaration":
            file.outputs[text(parts[0])] = Declaration(text(parts[0]), node, parts[2], text(parts[1]))
        elif node.type == "module_declaration":
            value, condition = body(parts[-1])
            file.modules[text(parts[0])] = Declaration(
                text(parts[0]), node, value, reference=string(parts[1]), condition=condition
            )
        elif node.type == "resource_declaration":
            read_resource(file, node, None)
        decorators = {}
    return file


def read_resource(file, node, outer):
    parts = named(node)
    value, condition = body(parts[-1])
    reference = string(parts[1])
    if outer is not None and "@" not in reference:
        kind, version = outer.reference.split("@")
        reference = f"{kind}/{reference}@{version}"
    existing = any(child.type == "existing" for child in node.children)
    resource = Declaration(
        text(parts[0]), node, value, reference=reference, existing=existing, condition=condition, outer=outer
    )
    file.resources.append(resource)
    for item in named(value):
        for inner in named(item):
            if inner.type == "resource_declaration":
                read_resource(file, inner, resource)


def walk(node):
    yield node
    for child in node.children:
        yield from walk(child)
