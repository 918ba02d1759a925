"""A world for the hooks: what a snapshot makes, what others have beside it, and the commands that see it."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import jmespath

import parameters
import places
import roles
from compiler import SUBSCRIPTION

FAKE = Path(__file__).resolve().parent / "fakes/azure.py"
APP, OTHER = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
KEY = "the-master-key-of-the-app"


class Azure:
    """A world in a file, and the commands that see it."""

    def __init__(self, project, deployment, folder):
        self.project, self.file = project, folder / "world.json"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in ("az", "azd", "curl"):
            (self.bin / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E -B "{FAKE}" {name} "$@"\n')
            (self.bin / name).chmod(0o755)
        self.world = world(project, deployment)
        self.before = json.loads(json.dumps(self.world))
        self.own = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{self.world['env']['AZURE_RESOURCE_GROUP']}"

    def run(self, hook, *arguments, answer=None, by_hand=False):
        """Runs a hook as azd does, with the environment's values; what it said, and how it ended."""
        self.file.write_text(json.dumps(self.world))
        env = {
            "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin",
            "FAKE_WORLD": str(self.file),
            "FAKE_SITE": str(Path(jmespath.__file__).parent.parent),
            "FIRST_REFRESH_TRIES": "3",
            "FIRST_REFRESH_PAUSE": "0",
            **({} if by_hand else self.world["env"]),
        }
        script = self.project.infra / "hooks" / f"{hook}.{self.ending}"
        command = [*self.shell, str(script), *map(self.argument, arguments)]
        given, terminal = subprocess.DEVNULL, None
        if answer is not None:
            terminal, given = pty.openpty()
            os.write(terminal, f"{answer}\n".encode())
        done = subprocess.run(command, env=env, cwd=self.project.root, stdin=given, capture_output=True, text=True)
        if terminal is not None:
            os.close(given)
            os.close(terminal)
        self.world = json.loads(self.file.read_text())
        return done.returncode, done.stdout + done.stderr

    def add(self, id, **properties):
        """Something of others."""
        for one in (self.world, self.before):
            one["resources"].append(resource(id, False, True, {}, properties))

    shell, ending = ["sh"], "sh"

    def argument(self, word):
        return word

    def left(self, kind="resources"):
        return {each["id"].lower() for each in self.world[kind]}

    def gone(self, kind="resources"):
        return {each["id"].lower() for each in self.before[kind]} - self.left(kind)

    def outside(self, kind="resources"):
        """What the environment made outside of its own group, by the snapshot."""
        return {
            each["id"].lower()
            for each in self.before[kind]
            if each["mine"] and not each["id"].lower().startswith(f"{self.own}/".lower())
        }


class Windows(Azure):
    shell, ending = ["pwsh", "-NoProfile", "-File"], "ps1"

    def argument(self, word):
        return "-" + "".join(part.capitalize() for part in word[2:].split("-")) if word.startswith("--") else word


def world(project, deployment):
    env = {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION, "AZURE_ENV_NAME": deployment.param("environmentName")}
    given = json.loads((project.infra / "main.parameters.json").read_text())["parameters"]
    for name, value in deployment.given.items():
        found = parameters.VARIABLE.fullmatch(str(given.get(name, {}).get("value")))
        if found and isinstance(value, (str, bool, int)):
            env[found[1]] = value if isinstance(value, str) else json.dumps(value)
    env |= {name: value for name, value in deployment.outputs.items() if isinstance(value, str) and value[0] != "["}
    env["IDENTITY_PRINCIPAL_ID"] = APP
    resources, assigned = [], []
    for one in deployment.resources:
        if one.type == roles.KIND:
            mine = roles.identity(deployment, one.get("properties.principalId")) == "app"
            assigned.append(assignment(one.id, APP if mine else OTHER, one.belongs_to, mine))
        elif one.id.startswith("/") and one.type != "Microsoft.Resources/resourceGroups":
            tracked = one.get("location") is not None
            resources.append(resource(one.id, True, tracked, one.get("tags", {}), one.raw.get("properties", {})))
    # What others have there: registries, their own topics, another environment at the same registries, other roles.
    named = [*places.registries(deployment, "legacy"), *places.registries(deployment, "abac")]
    resources += [resource(id, False, True) for id in named]
    for registry, topic in places.existing_topics(deployment).items():
        resources.append(resource(topic, False, True, {}, {"source": registry}))
    for topic in places.topics(deployment)[:1] if deployment.param("tags") else []:
        group = topic.partition("/providers/")[0]
        resources.append(resource(f"{topic}/eventSubscriptions/repository-refresh-othertoken", False))
        alert = f"{group}/providers/Microsoft.Insights/metricAlerts/acr-inventory-events-failed-x-othertoken"
        resources.append(resource(alert, False, True, {}, {"scopes": [topic]}))
    for id in named:
        assigned.append(assignment(f"{id}/providers/{roles.KIND}/{OTHER}", OTHER, id, False))
    resources.append(
        resource(
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{env['AZURE_RESOURCE_GROUP']}"
            "/providers/Microsoft.KeyVault/vaults/theirs",
            False,
            True,
        )
    )
    return {
        "env": env,
        "resources": resources,
        "roles": assigned,
        "principal": APP,
        "host": "func.example.com",
        "key": KEY,
        "calls": [],
        "gone": [],
        "fails": [],
        "posts": 0,
        "refusals": 0,
    }


def resource(id, mine, tracked=False, tags=(), properties=None):
    parts = id.rpartition("/providers/")[2].split("/")
    kind = "/".join([parts[0], *parts[1::2]])
    name = "/".join(parts[2::2])
    found = {"id": id, "type": kind, "name": name, "mine": mine, "tracked": tracked, "tags": dict(tags)}
    if kind.lower() == "microsoft.insights/metricalerts":
        found |= {"type": "Microsoft.Insights/metricAlerts", "scopes": properties["scopes"]}
    if kind.lower() == "microsoft.eventgrid/systemtopics":
        found |= {"type": "Microsoft.EventGrid/systemTopics", "source": properties["source"]}
    if "/eventsubscriptions" in kind.lower():
        found["name"] = parts[-1]
    if kind.lower().endswith("/diagnosticsettings"):
        found["name"] = parts[-1]
    return found


def assignment(id, principal, scope, mine):
    return {"id": id, "principalId": principal, "scope": scope, "mine": mine}
