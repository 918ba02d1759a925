"""What a deployment would make: the resources of a snapshot, as the checks ask for them."""

import re
from dataclasses import dataclass
from functools import cached_property

# What only Azure can work out stands in a snapshot as an expression: [reference('ID', 'VERSION').property].
REFERENCE = re.compile(r"reference\('([^']+)'")
# An extension of a resource: its name is worked out in Azure, and what it belongs to is the first argument.
EXTENSION = re.compile(r"\[(?:extensionResourceId|subscriptionResourceId|resourceId)\('([^']+)'")
MISSING = object()


@dataclass
class Resource:
    raw: dict

    @property
    def id(self):
        return self.raw["id"]

    @property
    def type(self):
        return self.raw["type"]

    @property
    def name(self):
        return self.raw["name"]

    @property
    def is_named(self):
        """Whether its name is known before Azure works it out."""
        return not self.name.startswith("[")

    @property
    def short(self):
        """The last part of its name."""
        return self.name.rpartition("/")[2] if self.is_named else self.name

    @property
    def version(self):
        return self.raw["apiVersion"]

    def get(self, path, default=None):
        """A property by its path, such as properties.sku.name; a number picks from a list."""
        value = self.raw
        for part in path.split("."):
            if isinstance(value, list) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            elif isinstance(value, dict) and part in value:
                value = value[part]
            else:
                return default
        return value

    @property
    def belongs_to(self):
        """Id of what it extends (a role assignment, a diagnostic setting), without a trailing slash."""
        found = EXTENSION.match(self.id)
        if found:
            scope = found[1]
            return scope if scope.startswith("/") else f"/subscriptions/{scope}"
        return self.id.rpartition("/providers/")[0]


class Deployment:
    """One parameter set, evaluated."""

    def __init__(self, name, given, defaults, snapshot):
        self.name, self.given, self.defaults = name, given, defaults
        self.resources = [Resource(raw) for raw in snapshot["predictedResources"]]
        self.diagnostics, self.outputs = snapshot["diagnostics"], snapshot["outputs"]

    def param(self, name):
        """What the set gives, or the default."""
        return self.given.get(name, self.defaults.get(name))

    def of(self, type):
        """All of one type; a type that ends with / means everything below it."""
        return [one for one in self.resources if one.type == type or type.endswith("/") and one.type.startswith(type)]

    @cached_property
    def by_id(self):
        return {one.id.lower(): one for one in self.resources}

    def referred(self, expression):
        """The resource that an expression is about, by the first reference in it; its id where it is not made here."""
        found = REFERENCE.search(expression) if isinstance(expression, str) else None
        return found and self.by_id.get(found[1].lower(), found[1])

    @property
    def app(self):
        return next(iter(self.of("Microsoft.Web/sites")), None)

    @cached_property
    def settings(self):
        """App settings by name."""
        for one in self.of("Microsoft.Web/sites/config"):
            if one.short == "appsettings":
                return one.get("properties", {})
        listed = self.app.get("properties.siteConfig.appSettings", []) if self.app else []
        return {item["name"]: item["value"] for item in listed}


def ids(list_of_ids):
    """Of a parameter that is a list, or one text with commas."""
    given = list_of_ids if isinstance(list_of_ids, list) else (list_of_ids or "").split(",")
    return [one.strip() for one in given if one.strip()]
