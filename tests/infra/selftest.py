"""Shows that every check can fail: a copy of the deployment with one change each, and what has to be found then."""

import argparse
import queue
import shutil
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import check
from compiler import Compiler
from project import Project

ROOT = check.HERE.parent.parent
COPIED = (
    "infra",
    "functions",
    "src",
    "host.json",
    "azure.yaml",
    "README.md",
    "tests/README.md",
    "tests/infra/roles.json",
    "tests/infra/sets",
    "tests/azure",
)
# Machines that build have two cores.
WORKERS = 2


def copy(folder):
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    # What the linter would stop at has to come as far as the check that is to see it.
    config = folder / "infra/bicepconfig.json"
    config.write_text(config.read_text().replace('"error"', '"warning"'))
    return folder


def found_in(change, root, compiler, checks):
    """What the named check says of the copy with this change; the copy is as before then."""
    path = root / change["file"]
    before = path.read_text()
    if change["replace"] not in before:
        return [f"{change['replace']!r} does not stand in {change['file']}"]
    path.write_text(before.replace(change["replace"], change["with"], 1))
    try:
        only = change.get("sets", ["everything"])
        project = Project(root, compiler, only)
        found = checks[change["check"]](project)[0]
        return [*found, *(f"{name} cannot be evaluated: {why}" for name, why in project.broken.items())]
    except Exception as error:  # A check that stumbles over a wrong copy has not said what is wrong.
        return [f"the check ended with {type(error).__name__}: {error}"]
    finally:
        path.write_text(before)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bicep", required=True, help="the compiler")
    arguments.add_argument("--data", type=Path, help="the shared data")
    given = arguments.parse_args()
    changes = tomllib.loads((check.HERE / "changes.toml").read_text())["change"]
    if given.data is None:
        changes = [change for change in changes if not change.get("needs_data")]
    checks = check.checks(given.data)
    with ExitStack() as stack:
        free = queue.SimpleQueue()
        for _ in range(WORKERS):
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            free.put((copy(Path(folder).resolve()), stack.enter_context(Compiler(given.bicep))))

        def one(change):
            worker = free.get()
            try:
                return found_in(change, *worker, checks)
            finally:
                free.put(worker)

        with ThreadPoolExecutor(WORKERS) as pool:
            results = list(pool.map(one, changes))
    failed = 0
    for change, found in zip(changes, results, strict=True):
        if not any(change["finds"] in line for line in found):
            failed += 1
            print(f"  not found in {change['file']} by {change['check']}: {change['finds']}")
            print("".join(f"    but {line}\n" for line in found), end="")
    unproven = checks.keys() - {change["check"] for change in changes} - ({"schemas"} if given.data is None else set())
    for name in sorted(unproven):
        print(f"  no change shows that {name} can fail")
    print(f"wrong copies that the checks have to find: {len(changes) - failed} found, {failed} not")
    sys.exit(1 if failed or unproven else 0)


if __name__ == "__main__":
    main()
