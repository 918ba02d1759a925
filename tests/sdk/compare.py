"""Compares what the SDKs found with what the simulated Azure holds: one line a check, exit code 1 on any difference.

Arguments: the simulator's truth file and the SDKs' documents as NAME=FILE.
"""

import json
import sys

# Must be those of the clients.
PAGE, DETAILED = 3, slice(0, 7, 2)

# What each SDK raises, by status.
ERRORS = {
    "python": {401: "ClientAuthenticationError", 403: "HttpResponseError", 404: "ResourceNotFoundError"},
    "javascript": {401: "RestError", 403: "RestError", 404: "RestError"},
}


def time(text):
    """Cut to milliseconds: the service has seven digits, the SDKs' times have fewer."""
    seconds, _, fraction = text.rstrip("Z").partition(".")
    return f"{seconds}.{fraction[:3].ljust(3, '0')}Z"


def common(item):
    return {
        "created": time(item["created"]),
        "lastUpdate": time(item["lastUpdate"]),
        "attributes": item["attributes"],
    }


def listed(items):
    return {key: item for key, item in sorted(items.items()) if item["attributes"]["listEnabled"]}


def repository(item):
    # Hidden items are counted.
    return {**common(item), "manifestCount": len(item["manifests"]), "tagCount": len(item["tags"])}


def tag(name, item):
    return {**common(item), "name": name, "digest": item["digest"]}


def manifest(digest, repository):
    item = repository["manifests"][digest]
    return {
        **common(item),
        "digest": digest,
        "architecture": item["architecture"],
        "os": item["os"],
        "size": item["size"],
        "tags": sorted(name for name, tag in repository["tags"].items() if tag["digest"] == digest),
    }


class Expected:
    """What one SDK should have found."""

    def __init__(self, sdk, truth):
        self.sdk, self.truth = sdk, truth

    def refusal(self, status, code):
        return {"type": ERRORS[self.sdk][status], "status": status, "code": code}

    def registry(self, registry, anonymous):
        kind = registry["access"]["kind"]
        if kind == "firewall":
            return {"refused": self.refusal(403, "DENIED")}
        if anonymous and not registry["anonymousPull"]:
            return {"refused": self.refusal(401, "UNAUTHORIZED")}
        if kind == "denied":
            return {"refused": self.refusal(403, "DENIED")}
        repositories = listed(registry["repositories"])
        detailed = dict(list(repositories.items())[DETAILED])
        found = {
            "names": list(repositories),
            "repositories": {name: repository(item) for name, item in detailed.items()},
            "tags": {
                name: [tag(key, value) for key, value in listed(item["tags"]).items()]
                for name, item in detailed.items()
            },
            "manifests": {
                name: [manifest(digest, item) for digest in listed(item["manifests"])]
                for name, item in detailed.items()
            },
            "newestFirst": {},
            "one": {},
        }
        for name, item in list(detailed.items())[:1]:
            tags = listed(item["tags"])
            newest = sorted(tags, key=lambda key: (tags[key]["lastUpdate"].rstrip("Z"), key), reverse=True)
            found["newestFirst"][name] = newest
            first = next(iter(tags))
            found["one"][name] = {
                "tag": tag(first, tags[first]),
                "manifest": manifest(tags[first]["digest"], item),
            }
            # The SDK for Python does not show the children of an index.
            if self.sdk == "javascript":
                found["one"][name]["children"] = item["manifests"][tags["latest"]["digest"]]["references"]
            found["refusals"] = self.refusals(registry, anonymous)
        return found

    def refusals(self, registry, anonymous):
        unauthorized = self.refusal(401, "UNAUTHORIZED")
        missing = self.refusal(404, "NAME_UNKNOWN")
        # Where rights end at prefixes, a name outside them is refused whether it exists or not.
        fenced = registry["access"]["kind"] == "prefixes" and not anonymous
        return {
            "missing repository": missing,
            "missing tag": self.refusal(404, "TAG_UNKNOWN"),
            "missing manifest": self.refusal(404, "MANIFEST_UNKNOWN"),
            "outside the prefixes": unauthorized if fenced else missing,
            "write": unauthorized,
            "delete": unauthorized,
        }

    def resources(self):
        subscriptions = self.truth["subscriptions"]
        readable = [id for id, subscription in sorted(subscriptions.items()) if subscription["readable"]]
        registries = {
            server: {
                **{key: registry[key] for key in ("id", "name", "location", "sku", "tags", "mode", "anonymousPull")},
                "created": time(registry["created"]),
            }
            for server, registry in self.truth["registries"].items()
            if registry["subscription"] in readable
        }
        manager = {
            "subscriptions": readable,
            "registries": registries,
            "one": registries,
            "children": {server: self.truth["registries"][server]["children"] for server in registries},
            "refusals": {
                "unreadable subscription": self.refusal(403, "AuthorizationFailed"),
                "missing registry": self.refusal(404, "ResourceNotFound"),
            },
        }
        pages = -(-len(registries) // PAGE)
        return {
            "resourceManager": manager,
            "resourceGraph": {"registries": registries, "total": len(registries), "pages": pages},
        }


def difference(expected, found, path=""):
    """The first place where the two differ; none when they are equal."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in [*expected, *(key for key in found if key not in expected)]:
            missing = "(absent)"
            place = difference(expected.get(key, missing), found.get(key, missing), f"{path}/{key}")
            if place:
                return place
        return None
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        places = (difference(*pair, f"{path}[{index}]") for index, pair in enumerate(zip(expected, found)))
        return next((place for place in places if place), None)
    return None if expected == found else f"{path}: expected {expected}, found {found}"


def main():
    truth = json.load(open(sys.argv[1], encoding="utf-8"))
    checks, wrong = 0, 0
    for argument in sys.argv[2:]:
        sdk, _, file = argument.partition("=")
        found = json.load(open(file, encoding="utf-8"))
        expected = Expected(sdk, truth)
        parts = expected.resources() if sdk == "python" else {}
        for who, anonymous in (("signedIn", False), ("anonymous", True)):
            for server, registry in truth["registries"].items():
                parts[f"{who} {server}"] = expected.registry(registry, anonymous)
                found[f"{who} {server}"] = found[who].pop(server, {})
            assert not found.pop(who), "a registry that the simulator does not have"
        for part in sorted({*parts, *found}):
            inside, seen = parts.get(part, {}), found.get(part, {})
            for key in sorted({*inside, *seen}):
                place = difference(inside.get(key, "(absent)"), seen.get(key, "(absent)"))
                checks, wrong = checks + 1, wrong + bool(place)
                print(f"{'DIFFERS' if place else 'ok     '} {sdk}: {part}: {key}{' ' if place else ''}{place or ''}")
    print(f"{checks} checks, {wrong} differ")
    return 1 if wrong or not checks else 0


sys.exit(main())
