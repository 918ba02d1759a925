"""Variables of the azd environment: what hooks, scripts and guide set or ask for is a parameter, an output or azd's."""

import json
import re

from parameters import VARIABLE

# Of azd itself, and what the hook after a deployment remembers.
OTHERS = {"AZURE_ENV_NAME", "AZURE_SUBSCRIPTION_ID", "FIRST_REFRESH"}
MENTION = re.compile(r"(?:\bvalue|-Value|\benv set|\benv set-secret)[ (]+['\"]?([A-Z][A-Z_]+)\b")
# What the guide writes for any of them.
ANY = "NAME"


def check(project):
    given = json.loads((project.infra / "main.parameters.json").read_text())["parameters"]
    found = (VARIABLE.fullmatch(str(one.get("value"))) for one in given.values())
    known = {one[1] for one in found if one} | project.template["outputs"].keys() | OTHERS
    paths = [*project.infra.glob("hooks/*"), *project.infra.glob("*.md"), project.root / "azure.yaml"]
    paths += [path for path in project.root.glob("tests/azure/*") if path.is_file()]
    findings, count = [], 0
    for path in sorted(paths):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for name in MENTION.findall(line):
                count += 1
                if name not in known and name != ANY:
                    findings.append(
                        f"{path.relative_to(project.root)}:{number}: no parameter or output is named {name}"
                    )
    return findings, f"{count} mentions of {len(known)} variables"
