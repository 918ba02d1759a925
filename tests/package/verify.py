"""Holds a package, zip or folder, against this repository and against what the Functions host asks of it.

One line for each difference, exit code 1 on any. With --into, the zip is unpacked there and stays.
"""

import argparse
import json
import pathlib
import re
import stat
import sys
import zipfile

from binary import check_binary

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUNCTIONS = sorted(path for path in (ROOT / "functions").iterdir() if path.is_dir())


def unpack(archive, folder):
    """With the modes that the zip stores, which Python's own extractall drops."""
    with zipfile.ZipFile(archive) as package:
        for entry in package.infolist():
            place = pathlib.Path(package.extract(entry, folder))
            place.chmod(stat.S_IMODE(entry.external_attr >> 16))


def settings():
    """The table of settings in functions/README.md, which a test keeps equal to the code: default by name."""
    table = (ROOT / "functions/README.md").read_text().split("<!-- settings -->")[1].split("<!-- /settings -->")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*)\|", table, re.MULTILINE)
    return {name: default.strip("` ") for name, default in rows}


def bicep():
    """All of it as one text, without comments."""
    text = "\n".join(file.read_text() for file in sorted((ROOT / "infra").rglob("*.bicep")))
    return re.sub(r"(?<!:)//.*", "", text)


def check_files(folder, program):
    expected = {program: 0o755, "host.json": 0o644} | {f"{function.name}/function.json": 0o644 for function in FUNCTIONS}
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    for name in expected.keys() ^ found.keys():
        yield f"{name} is {'missing' if name in expected else 'not a part of the package'}"
    for name in expected.keys() & found.keys():
        path = found[name]
        if path.is_symlink() or stat.S_IMODE(path.lstat().st_mode) != expected[name]:
            yield f"{name} has mode {stat.filemode(path.lstat().st_mode)}, not {expected[name]:o}"
        source = ROOT / name if name == "host.json" else ROOT / "functions" / name
        if name != program and path.read_bytes() != source.read_bytes():
            yield f"{name} is another than in the repository"
    for path in folder.iterdir():
        if path.is_dir() and (path.name.lower() == "host" or not re.fullmatch(r"(?i)[a-z][a-z0-9_-]{0,127}", path.name)):
            yield f"{path.name} is no name that the host takes for a function"


def check_settings(folder, known, deployed):
    """What the functions name has to be a setting, and where there is Bicep, to be set and deployed by it."""
    used, queues = set(), set()
    for file in sorted(folder.glob("*/function.json")):
        for binding in json.loads(file.read_text())["bindings"]:
            texts = [value for value in binding.values() if isinstance(value, str)]
            used |= {name for text in texts for name in re.findall("%([^%]*)%", text)}
            if "connection" in binding:
                used.add(binding["connection"] + "__fullyQualifiedNamespace")
            if queue := binding.get("queueName"):
                # Until it is set otherwise, a queue has the name that the code takes by default.
                queues.add(known.get(queue.strip("%"), queue) or queue)
    for name in sorted(used):
        if name not in known:
            yield f"{name} is no setting"
        if deployed and not re.search(rf"^\s*'?{re.escape(name)}'?\s*:", deployed, re.MULTILINE):
            yield f"{name} is not set in Bicep"
    for queue in sorted(queues):
        if deployed and f"'{queue}'" not in deployed:
            yield f"the queue {queue} is not in Bicep"


def check(folder, without_bicep):
    host = json.loads((folder / "host.json").read_text())
    program = host["customHandler"]["description"]["defaultExecutablePath"]
    yield from check_files(folder, program)
    deployed = bicep()
    if not deployed and not without_bicep:
        yield "there is no Bicep in infra/"
    yield from check_settings(folder, settings(), deployed)
    if (folder / program).is_file():
        yield from check_binary(folder / program)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("package", type=pathlib.Path)
    arguments.add_argument("--into", type=pathlib.Path)
    arguments.add_argument("--without-bicep", action="store_true")
    arguments = arguments.parse_args()
    folder = arguments.into or arguments.package
    if arguments.into:
        unpack(arguments.package, folder)
    differences = list(check(folder, arguments.without_bicep))
    for difference in differences:
        print(f"FAILED  {difference}")
    sys.exit(bool(differences))


main()
