"""Holds every resource body against what Bicep knows of its type: names of properties, their types, allowed values,
and what is required."""

import functools

from bicep import UNKNOWN, line, named, properties, string, text
from values import leaves, literals, type_of

# Of Bicep itself, in every resource.
OF_THE_LANGUAGE = {"parent", "scope", "dependsOn"}


class Rows:
    """The list of one type: property paths, each with its type and flags.

    Where a property decides about others (a discriminator), the rows of its variants follow one another, and a row that
    several of them have is there once, in the first. So what stands in a later variant only is certainly not of an
    earlier one."""

    def __init__(self, lines):
        self.rows = {}
        # Property that decides → the object that it is in.
        self.folders = {}
        # Property that decides → its values, in the order of the list; row → how many variants were over before it.
        self.variants = {}
        self.since = {}
        for line in lines:
            path, kind, flags = line.split("\t")
            flags = set(flags.split(","))
            if "discriminator" in flags:
                self.folders[path] = path.removesuffix(".odata.type") if path.endswith(".odata.type") else (
                    path.rpartition(".")[0]
                )
                self.variants[path] = []
                self.rows.setdefault(path, (kind, {"required"}))
            elif path in self.variants:
                self.variants[path].append(kind.strip("'"))
            elif path not in self.rows:
                self.rows[path] = (kind, flags)
                self.since[path] = {name: self.over(name) for name in self.variants if self.inside(path, name)}

    def over(self, discriminator):
        # The row with the value is a variant's last, but in a whole resource, where it is its name, the first.
        return max(len(self.variants[discriminator]) - (not self.folders[discriminator]), 0)

    def inside(self, path, discriminator):
        folder = self.folders[discriminator]
        return not folder or path.startswith(f"{folder}.")

    def at(self, path, chosen):
        """Type and flags of a property, if the variants that were chosen have it; else None. Required is only what is
        certainly of that variant."""
        if path not in self.rows:
            return None
        kind, flags = self.rows[path]
        for discriminator, over in self.since.get(path, {}).items():
            variants = self.variants[discriminator]
            value = chosen.get(discriminator)
            if value not in variants or over > variants.index(value):
                return None
            if over != variants.index(value):
                flags = flags - {"required"}
        return kind, flags

    def children(self, path, chosen):
        prefix = f"{path}." if path else ""
        for name in self.rows:
            rest = name.removeprefix(prefix)
            if name.startswith(prefix) and rest and ("." not in rest or rest == "odata.type"):
                row = self.at(name, chosen)
                if row:
                    yield rest, row


@functools.cache
def read_types(*folders):
    types = {}
    for folder in folders:
        for path in sorted(folder.glob("*.tsv")):
            kind = path.stem.replace(".", "/").replace("/", ".", 1)
            types[kind.lower()] = Rows(path.read_text().splitlines())
    return types


class Checker:
    def __init__(self, files, file, types):
        self.files, self.file, self.types, self.findings = files, file, types, []
        self.decided = self.undecided = 0

    def finding(self, node, message):
        self.findings.append(f"{self.file.path.name}:{line(node)}: {message}")

    def resource(self, resource):
        kind = resource.reference.lower()
        if kind not in self.types:
            known = [name for name in self.types if name.split("@")[0] == kind.split("@")[0]]
            self.finding(resource.node, f"{resource.reference} is not a known type and version ({known or 'none'})")
            return
        if not resource.existing:
            self.rows = self.types[kind]
            self.object(resource.value, "", {})

    def object(self, node, path, chosen):
        chosen = dict(chosen)
        for discriminator, folder in self.rows.folders.items():
            if folder == path:
                for name, _, value in properties(node):
                    if self.join(path, name) == discriminator:
                        chosen[discriminator] = string(value)
        given = set()
        for name, key, value in properties(node):
            given.add(name)
            if not path and name in OF_THE_LANGUAGE:
                continue
            row = self.rows.at(self.join(path, name), chosen) if name is not None else None
            below = self.join(path, name)
            if row is None:
                below = self.join(path, "*")
                row = self.rows.at(below, chosen)
            if row is None:
                self.finding(key, f"no property {self.join(path, name)} in this type")
                continue
            self.value(value, below, row[0], chosen)
        for name, (_, flags) in self.rows.children(path, chosen):
            if "required" in flags and name not in given:
                self.finding(node, f"{self.join(path, name)} is required and not there")

    @staticmethod
    def join(path, name):
        return f"{path}.{name}" if path else str(name)

    def value(self, node, path, kind, chosen):
        if kind == "any":
            return
        for leaf in leaves(self.file, node):
            if leaf.type == "null":
                continue
            leaf_type = type_of(self.files, self.file, leaf)
            if kind.endswith("[]"):
                self.array(leaf, path, kind.removesuffix("[]"), chosen)
            elif kind == "object" and leaf.type == "object":
                self.decided += 1
                self.object(leaf, path, chosen)
            elif kind == leaf_type == "object" and leaf.type == "call_expression":
                for argument in named(leaf.child_by_field_name("arguments")):
                    self.value(argument, path, kind, chosen)
            else:
                self.scalar(leaf, path, kind)

    def array(self, leaf, path, kind, chosen):
        if leaf.type == "array":
            for item in named(leaf):
                self.value(item, f"{path}[]", kind, chosen)
        elif leaf.type == "for_statement":
            self.value(leaf.child_by_field_name("body"), f"{path}[]", kind, chosen)
        else:
            self.scalar(leaf, path, "array")

    def scalar(self, leaf, path, kind):
        allowed = [word.strip("'") for word in kind.split("|") if word.startswith("'")]
        for value in literals(self.file, leaf):
            if value is not UNKNOWN and allowed and value not in allowed:
                self.finding(leaf, f"{path}: {value!r} is not one of {', '.join(allowed)}")
        expected = "string" if allowed else kind
        got = type_of(self.files, self.file, leaf)
        self.decided += got is not None
        self.undecided += got is None
        if got is not None and got != expected:
            self.finding(leaf, f"{path} is of type {expected}, and {text(leaf)[:40]} is of type {got}")


def check(files, types):
    findings, decided, undecided = [], 0, 0
    for file in files.values():
        checker = Checker(files, file, types)
        for resource in file.resources:
            checker.resource(resource)
        findings += checker.findings
        decided, undecided = decided + checker.decided, undecided + checker.undecided
    return findings, f"{decided} values, and {undecided} that only a deployment knows"
