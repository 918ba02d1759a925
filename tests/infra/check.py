"""Checks of the deployment: Bicep files, the files of the Functions host, azure.yaml.

Prints every check with what it looked at, and every finding; exits with 1 if there is any. What needs the shared data
says that it was skipped where that is absent."""

import argparse
import sys
import tomllib
from pathlib import Path

from lark.exceptions import LarkError
from pycep import BicepParser

import alerts
import bicep
import limits
import parameters
import resource_types
import roles
import scan
import schemas
import settings
import wiring

PARSER = BicepParser()
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


def parse(files):
    """By two parsers that have nothing in common."""
    findings = []
    for path, file in files.items():
        if file.root.has_error:
            wrong = [node for node in bicep.walk(file.root) if node.is_error or node.is_missing]
            findings += [f"{path.name}:{bicep.line(n)}: cannot be parsed: {bicep.text(n)[:60]!r}" for n in wrong]
        try:
            PARSER.parse(text=path.read_text())
        except LarkError as error:
            findings.append(f"{path.name}: cannot be parsed: {str(error).splitlines()[0]}")
    return findings, f"{len(files)} files"


def read(root):
    return {path.resolve(): bicep.read(path) for path in sorted((root / "infra").rglob("*.bicep"))}


def run(root, data, update=False, slow=True):
    """Every check: its name, and (findings, what it looked at), or None where the shared data is needed and absent."""
    files = read(root)
    reasons = tomllib.loads((HERE / "accepted.toml").read_text())
    about_settings, about_checkov = Accepted(reasons["settings"]), Accepted(reasons["checkov"])
    if slow:
        yield "both parsers", parse(files)
    yield "names, modules, parameters", (wiring.check(files, root / "infra/main.bicep"), f"{len(files)} files")
    yield "parameters in infra/README.md", parameters.check(root, files, update)
    found, looked_at = settings.check(root, files, about_settings)
    yield "settings and bindings", (found + about_settings.findings(), looked_at)
    yield "limits that belong together", (list(limits.check(root, files)), "queues and host.json")
    yield "log lines of alerts", alerts.check(root, files)
    builtin = roles.builtin_roles(data) if data else {}
    yield "role assignments", roles.check(root, files, builtin, root / "tests/infra/roles.json", update)
    folders = [HERE / "types", *([data / "azure-resource-types"] if data else [])]
    yield "resource types", resource_types.check(files, resource_types.read_types(*folders)) if data else None
    yield "schemas", schemas.check(root, files, data) if data else None
    if slow:
        found, looked_at = scan.check(root, about_checkov)
        yield "checkov", (found + about_checkov.findings(), looked_at)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", type=Path, default=HERE.parent.parent)
    arguments.add_argument("--data", type=Path, help="the shared data")
    arguments.add_argument("--update", action="store_true", help="write roles.json and the table in infra/README.md anew")
    given = arguments.parse_args()
    failed = 0
    for name, outcome in run(given.root, given.data, given.update):
        if outcome is None:
            print(f"skipped: {name}: the shared data is not here")
            continue
        findings, looked_at = outcome
        print(f"{name}: {looked_at}, {len(findings)} findings")
        for finding in findings:
            print(f"  {finding}")
        failed += len(findings)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
