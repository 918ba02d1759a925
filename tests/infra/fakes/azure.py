"""`az`, `azd` and `curl` as the hooks call them, over a small world in a file: what they list, take away and remember.

Ids come back in other letters, as from Azure. A command that is not known here fails, so that a hook cannot call what
nobody has looked at. The first argument is the name that it was called by; FAKE_WORLD is the file."""

import json
import os
import sys

sys.path.append(os.environ["FAKE_SITE"])
import jmespath  # noqa: E402

WORLD = os.environ["FAKE_WORLD"]


class Failed(Exception):
    pass


def parse(words):
    """Words of the command, and options: name → values."""
    command, options, last = [], {}, None
    for word in words:
        if word.startswith("--"):
            last = options.setdefault(word[2:], [])
        elif last is None:
            command.append(word)
        else:
            last.append(word)
    return " ".join(command), options


def under(id, parent):
    return id.lower() == parent.lower() or id.lower().startswith(f"{parent.lower()}/")


def az(world, command, options):
    def one(name):
        return options[name][0]

    if command in world["fails"]:
        raise Failed(f"({command}) AuthorizationFailed")
    group = ""
    if "resource-group" in options:
        group = f"/subscriptions/{one('subscription')}/resourceGroups/{one('resource-group')}"
    within = [each for each in world["resources"] if group and under(each["id"], group)]
    if command == "group exists":
        id = f"/subscriptions/{one('subscription')}/resourceGroups/{one('name')}"
        return any(under(each["id"], id) for each in world["resources"])
    if command == "eventgrid system-topic list":
        topics = [each for each in within if each["type"] == "Microsoft.EventGrid/systemTopics"]
        return [{"id": each["id"], "name": each["name"], "source": each["source"].lower()} for each in topics]
    if command == "eventgrid system-topic event-subscription list":
        topic = f"{group}/providers/Microsoft.EventGrid/systemTopics/{one('system-topic-name')}"
        if not any(under(each["id"], topic) for each in within):
            raise Failed(f"ResourceNotFound: {topic}")
        return [each for each in within if under(each["id"], f"{topic}/eventSubscriptions")]
    if command == "monitor diagnostic-settings list":
        kind = "microsoft.insights/diagnosticSettings"
        return [each for each in world["resources"] if under(each["id"], f"{one('resource')}/providers/{kind}")]
    if command == "monitor metrics alert list":
        return [each for each in within if each["type"] == "Microsoft.Insights/metricAlerts"]
    if command == "resource list":
        # Resource Manager lists what has a place, and neither settings nor entities of others.
        scope = f"/subscriptions/{one('subscription')}"
        listed = [each for each in world["resources"] if each["tracked"] and under(each["id"], scope)]
        if group:
            listed = [each for each in listed if under(each["id"], group)]
        if "tag" in options:
            name, _, value = one("tag").partition("=")
            listed = [each for each in listed if each["tags"].get(name) == value]
        return listed
    if command == "role assignment list":
        scope = f"/subscriptions/{one('subscription')}"
        roles = [each for each in world["roles"] if under(each["scope"], scope)]
        return [each for each in roles if each["principalId"] == one("assignee")]
    if command == "identity show":
        if not any(under(each["id"], one("ids")) for each in world["resources"]):
            raise Failed("ResourceNotFound")
        return {"principalId": world["principal"]}
    if command in ("resource delete", "role assignment delete"):
        kind = "resources" if command == "resource delete" else "roles"
        for id in options["ids"]:
            there = any(under(each["id"], id) for each in world[kind])
            if not there and not any(under(id, gone) for gone in world["gone"]):
                raise Failed(f"ResourceNotFound: {id}")
            world["gone"].append(id)
            world[kind] = [each for each in world[kind] if not under(each["id"], id)]
        return None
    if command == "functionapp show":
        return {"defaultHostName": world["host"]}
    if command == "functionapp keys list":
        return {"masterKey": world["key"]}
    raise Failed(f"nobody has looked at: az {command} {options}")


def tsv(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "\n".join("\t".join(map(str, each)) if isinstance(each, list) else str(each) for each in value)
    return str(value)


def azd(world, command, options):
    words = command.split(" ", 3)
    if words[:2] == ["env", "get-value"]:
        if words[2] not in world["env"]:
            raise Failed(f"ERROR: key not found in environment values: {words[2]}")
        return world["env"][words[2]]
    if words[:2] == ["env", "set"]:
        world["env"][words[2]] = words[3]
        return None
    raise Failed(f"nobody has looked at: azd {command} {options}")


def curl(world, words):
    """One POST with the key of the app, which stands on no command line."""
    config = sys.stdin.read()
    world["posts"] += 1
    if words[-1] != f"https://{world['host']}/admin/functions/schedule-refresh" or "{}" not in words:
        raise Failed(f"curl: nobody has looked at {words}")
    if world["posts"] <= world["refusals"] or config.strip() != f'header = "x-functions-key: {world["key"]}"':
        raise Failed("curl: (22) The requested URL returned error: 401")


def main():
    name, *words = sys.argv[1:]
    with open(WORLD) as file:
        world = json.load(file)
    world["calls"].append([name, *words])
    try:
        if name == "curl":
            answer = curl(world, words)
        else:
            command, options = parse(words)
            answer = (azd if name == "azd" else az)(world, command, options)
            if "query" in options:
                answer = jmespath.search(options["query"][0], answer)
    except Failed as error:
        print(error, file=sys.stderr)
        answer, code = None, 22 if name == "curl" else 1
    else:
        code = 0
    with open(WORLD, "w") as file:
        json.dump(world, file)
    if answer not in (None, []):
        print(tsv(answer))
    sys.exit(code)


if __name__ == "__main__":
    main()
