"""Checks of the deployment: the Bicep files as their compiler sees them, what they make for each parameter set, the
files of the Functions host, azure.yaml, the hooks.

Prints every check with what it looked at, and every finding; exits with 1 if there is any. What needs the shared data
says that it was skipped where that is absent."""

import argparse
import datetime
import sys
import tomllib
from pathlib import Path

import alerts
import app
import delivery
import hardening
import hooks
import language
import limits
import names
import networks
import order
import ownership
import parameters
import queries
import refusals
import roles
import schemas
import settings
import variables
from compiler import Compiler
from project import Project

HERE = Path(__file__).resolve().parent


class Accepted:
    """Findings that are meant so, by what they are about; remembers which were needed."""

    def __init__(self, reasons):
        self.reasons, self.needed = reasons, set()

    def takes(self, about):
        self.needed.add(about)
        return bool(self.reasons.get(about))

    def findings(self):
        return [f"accepted.toml: nothing needs {about} any more" for about in self.reasons.keys() - self.needed]


def checks(data, update=False):
    """Every check by its name: project → (findings, what it looked at), or None where the shared data is needed and
    absent."""
    builtin = roles.builtin_roles(data) if data else {}
    return {
        "compiler": language.check,
        "parameters": lambda project: parameters.check(project, update),
        "variables": variables.check,
        "settings": check_settings,
        "refusals": refusals.check,
        "limits": limits.check,
        "names": lambda project: names.check(project, datetime.date.today()),
        "roles": lambda project: roles.check(project, builtin, update),
        "events": delivery.check,
        "networks": networks.check,
        "closed": hardening.check,
        "ownership": ownership.check,
        "app": app.check,
        "order": lambda project: order.check(project, update),
        "queries": queries.check,
        "alerts": alerts.check,
        "hooks": hooks.check,
        "schemas": lambda project: schemas.check(project, data) if data else None,
    }


def check_settings(project):
    accepted = Accepted(tomllib.loads((HERE / "accepted.toml").read_text())["settings"])
    findings, looked_at = settings.check(project, accepted)
    return findings + accepted.findings(), looked_at


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", type=Path, default=HERE.parent.parent)
    arguments.add_argument("--bicep", required=True, help="the compiler")
    arguments.add_argument("--data", type=Path, help="the shared data")
    arguments.add_argument("--update", action="store_true", help="write roles.json, order.json and the table in README anew")
    given = arguments.parse_args()
    failed = 0
    with Compiler(given.bicep) as compiler:
        project = Project(given.root.resolve(), compiler)
        for name, check in checks(given.data, given.update).items():
            outcome = check(project)
            if outcome is None:
                print(f"skipped: {name}: the shared data is not here")
                continue
            findings, looked_at = outcome
            print(f"{name}: {looked_at}, {len(findings)} findings")
            for finding in findings:
                print(f"  {finding}")
            failed += len(findings)
            if name == "compiler" and project.template is None:
                break
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
