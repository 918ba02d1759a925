"""The table of parameters in infra/README.md, made from main.bicep and main.parameters.json."""

import json
import re

from bicep import literal

PAGE = "infra/README.md"
TABLE = re.compile(r"(<!-- parameters -->\n)(.*)(<!-- /parameters -->)", re.DOTALL)


def derive(main):
    given = json.loads(main.path.with_suffix(".parameters.json").read_text())["parameters"]
    rows = ["| `azd env set` | default | meaning | parameter |", "|---|---|---|---|"]
    for name, parameter in main.params.items():
        value = given.get(name, {}).get("value")
        variable = re.match(r"\$\{(\w+)", value)[1] if isinstance(value, str) else ""
        default = "" if parameter.value is None else literal(parameter.value)
        default = str(default).lower() if isinstance(default, bool) else str(default or "")
        meaning = parameter.decorators.get("description", "")
        rows.append(f"| {code(variable)} | {code(default)} | {meaning} | `{name}` |")
    return "\n".join(rows) + "\n"


def code(word):
    return f"`{word}`" if word else ""


def check(root, files, update):
    main = files[(root / "infra/main.bicep").resolve()]
    readme = root / PAGE
    text, table = readme.read_text(), derive(main)
    found = TABLE.search(text)
    if not found:
        return [f"{PAGE} has no table of parameters (<!-- parameters -->)"], PAGE
    if update:
        readme.write_text(TABLE.sub(lambda match: match[1] + table + match[3], text))
    elif found[2] != table:
        return [f"{PAGE}: the table of parameters is not that of main.bicep; tests/infra/run --update writes it"], PAGE
    return [], f"{len(main.params)} parameters"
