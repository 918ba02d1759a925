"""Parameters: main.parameters.json against main.bicep, and the table in README, made from both."""

import json
import re

TABLE = re.compile(r"(<!-- parameters -->\n)(.*)(<!-- /parameters -->)", re.DOTALL)
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?:=(.*))?\}", re.DOTALL)


def check(project, update):
    parameters = project.template["parameters"]
    given = json.loads((project.infra / "main.parameters.json").read_text())["parameters"]
    findings = list(agree(parameters, given))
    findings += readme(project, derive(parameters, given), update)
    return findings, f"{len(parameters)} parameters"


def agree(parameters, given):
    """Every parameter, from a variable of the azd environment of its own, with the default of main.bicep."""
    for name in given.keys() - parameters.keys():
        yield f"main.parameters.json: main.bicep has no parameter {name}"
    variables = {}
    for name, parameter in parameters.items():
        if not parameter.get("metadata", {}).get("description"):
            yield f"main.bicep: {name} has no description"
        if parameter["type"].startswith("secure") and parameter.get("defaultValue", "") != "":
            yield f"main.bicep: {name} is a secret with a default"
        if name not in given:
            yield f"main.parameters.json: the parameter {name} is missing"
            continue
        found = VARIABLE.fullmatch(str(given[name].get("value")))
        if not found:
            yield f"main.parameters.json: {name} does not come from a variable of the environment"
            continue
        if found[1] in variables:
            yield f"main.parameters.json: {name} and {variables[found[1]]} both come from {found[1]}"
        variables[found[1]] = name
        default = written(parameter.get("defaultValue"))
        if found[2] != default:
            yield f"main.parameters.json: {name} is {found[2]!r} where nothing is set, and {default!r} in main.bicep"


def written(default):
    """As azd puts it into the parameters: text stays, everything else is JSON; None: there is no default."""
    if default is None or isinstance(default, str):
        return default
    return json.dumps(default, separators=(",", ":"))


def derive(parameters, given):
    rows = ["| `azd env set` | default | meaning | parameter |", "|---|---|---|---|"]
    for name, parameter in parameters.items():
        found = VARIABLE.fullmatch(str(given.get(name, {}).get("value")))
        meaning = parameter.get("metadata", {}).get("description", "").replace("|", "\\|")
        default = written(parameter.get("defaultValue")) or ""
        rows.append(f"| {code(found[1] if found else '')} | {code(default)} | {meaning} | `{name}` |")
    return "\n".join(rows) + "\n"


def code(word):
    return f"`{word}`" if word else ""


def readme(project, table, update):
    places = [path for path in (project.infra / "README.md", project.root / "README.md") if path.exists()]
    for path in places:
        text = path.read_text()
        if found := TABLE.search(text):
            if found[2] == table:
                return
            if update:
                path.write_text(TABLE.sub(lambda match: match[1] + table + match[3], text))
            else:
                shown = path.relative_to(project.root)
                yield f"{shown}: the table of parameters is not that of main.bicep; tests/infra/run --update writes it"
            return
    yield "no README has a table of parameters (<!-- parameters -->)"
