"""Shows that every check can fail: wrong files and wrong changes to the real ones, each with what has to be found."""

import argparse
import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

import bicep
import check
import resource_types
import scan
import wiring

ROOT = check.HERE.parent.parent
READ = ("tests/infra/lines.json", "tests/infra/roles.json")
COPIED = ("infra", "functions", "host.json", "azure.yaml", "README.md", *READ)


def wrong_files(data):
    """Expected and actual findings of each file in `wrong`."""
    folder = check.HERE / "wrong"
    files = {path.resolve(): bicep.read(path) for path in sorted(folder.glob("*.bicep"))}
    types = resource_types.read_types(data / "azure-resource-types")
    for path, file in files.items():
        expected = re.findall(r"^// finds: (.+)$", path.read_text(), re.MULTILINE)
        if path.stem == "syntax":
            found = check.parse({path: file})[0]
        elif path.stem == "open":
            with tempfile.TemporaryDirectory() as alone:
                shutil.copy(path, alone)
                found = [f"{rule} at {resource}" for rule, _, resource, _ in scan.scan(Path(alone))[0]]
        else:
            found = [f"{path.name}:{place}: {what}" for place, what in wiring.check_file(files, file)]
            found += resource_types.check({path: file}, types)[0] if path.stem == "types" else []
        yield path.name, expected, found


def wrong_changes(data):
    """The same for each change; made to a copy, one at a time."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source, target = ROOT / name, copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        for change in tomllib.loads((check.HERE / "changes.toml").read_text())["change"]:
            path = copy / change["file"]
            before = path.read_text()
            if change["replace"] not in before:
                yield change["file"], [f"{change['replace']!r} in it"], []
                continue
            path.write_text(before.replace(change["replace"], change["with"], 1))
            outcomes = check.run(copy, data, slow=False)
            yield change["file"], [change["finds"]], [found for _, outcome in outcomes for found in outcome[0]]
            path.write_text(before)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="the shared data")
    data = arguments.parse_args().data
    passed = failed = 0
    for name, expected, found in [*wrong_files(data), *wrong_changes(data)]:
        missed = [what for what in expected if not any(what in line for line in found)]
        passed, failed = passed + len(expected) - len(missed), failed + len(missed)
        for what in missed:
            print(f"  not found in {name}: {what}")
        if missed:
            print("".join(f"    but {line}\n" for line in found), end="")
    print(f"mistakes that the checks have to find: {passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
