"""What an expression can be: the literals it may come to, and its type, as far as that shows without a deployment."""

from bicep import UNKNOWN, literal, named, properties, string, text

# Functions that may be used, and what they give.
FUNCTIONS = {
    "bool": "bool", "concat": "array", "contains": "bool", "empty": "bool", "environment": "object", "filter": "array",
    "guid": "string", "items": "array", "join": "string", "length": "int", "map": "array", "replace": "string",
    "resourceGroup": "object", "resourceId": "string", "split": "array", "string": "string", "subscription": "object",
    "subscriptionResourceId": "string", "toLower": "string", "toUpper": "string", "trim": "string", "union": "object",
    "uniqueString": "string", "take": "string", "format": "string",
}
TYPES = {"string": "string", "number": "int", "boolean": "bool", "array": "array", "object": "object"}


def loop_of(node, name):
    """What a loop variable of this name runs over, at this place: the node, or None."""
    while node is not None:
        if node.type == "for_statement":
            initializer = node.child_by_field_name("initializer")
            parameters = next((child for child in named(node) if child.type == "for_loop_parameters"), None)
            names = [text(initializer)] if initializer else [text(child) for child in named(parameters)]
            if name == names[0]:
                over = [child for child in named(node) if child not in (initializer, parameters)]
                return over[0]
        node = node.parent
    return None


def leaves(file, node):
    """The nodes that an expression can come to: branches of conditions, values of variables, of parameters with a list
    of allowed values, and of loop variables over lists that are written out."""
    if node.type == "parenthesized_expression":
        return leaves(file, named(node)[0])
    if node.type == "ternary_expression":
        return leaves(file, node.child_by_field_name("consequence")) + leaves(
            file, node.child_by_field_name("alternative")
        )
    if node.type == "identifier":
        over = loop_of(node, text(node))
        if over is not None:
            return [item for array in leaves(file, over) if array.type == "array" for item in named(array)] or [node]
        variable = file.variables.get(text(node))
        return leaves(file, variable.value) if variable else [node]
    if node.type == "member_expression":
        name = text(node.child_by_field_name("property"))
        found = []
        for target in leaves(file, node.child_by_field_name("object")):
            value = next((value for key, _, value in properties(target) if key == name), None) if (
                target.type == "object"
            ) else None
            if value is None:
                return [node]
            found += leaves(file, value)
        return found
    if node.type == "subscript_expression":
        target = leaves(file, node.child_by_field_name("object"))
        if len(target) == 1 and target[0].type == "object":
            return [leaf for _, _, value in properties(target[0]) for leaf in leaves(file, value)]
    return [node]


def literals(file, node):
    """The values that a node of `leaves` stands for: one, or those that a parameter allows; UNKNOWN where it does not
    show."""
    if node.type == "identifier" and text(node) in file.params:
        return file.params[text(node)].decorators.get("allowed", [UNKNOWN])
    return [literal(node)]


def type_of(files, file, node):
    """The type of a node of `leaves`, or None where it does not show."""
    if node.type in TYPES:
        return TYPES[node.type]
    if node.type == "for_statement":
        return "array"
    if node.type == "unary_expression":
        return "bool"
    if node.type == "call_expression":
        name = text(node.child_by_field_name("function"))
        if name in ("union", "concat"):
            return type_of(files, file, named(node.child_by_field_name("arguments"))[0])
        return FUNCTIONS.get(name)
    if node.type == "identifier" and text(node) in file.params:
        return file.params[text(node)].type
    output = output_of(files, file, node)
    if output is not None:
        return output.type
    if node.type == "member_expression" and text(node.child_by_field_name("property")) in ("id", "name", "location"):
        target = node.child_by_field_name("object")
        if target.type in ("identifier", "resource_expression", "subscript_expression"):
            symbol = text(target).split("::")[-1].split("[")[0]
            return "string" if file.resource(symbol) else None
    return None


def output_of(files, file, node):
    """The declaration behind MODULE.outputs.NAME, or None."""
    if node.type != "member_expression":
        return None
    outputs = node.child_by_field_name("object")
    if outputs.type != "member_expression" or text(outputs.child_by_field_name("property")) != "outputs":
        return None
    module = file.modules.get(module_name(outputs.child_by_field_name("object")))
    called = files.get((file.path.parent / module.reference).resolve()) if module else None
    return called.outputs.get(text(node.child_by_field_name("property"))) if called else None


def module_name(node):
    while node.type == "subscript_expression":
        node = node.child_by_field_name("object")
    return text(node).rstrip("!")


def shown(node):
    return string(node) if string(node) is not None else text(node)
