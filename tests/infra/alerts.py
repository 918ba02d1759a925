"""The log lines that alerts look for: each is one that the program writes, with the fields that the query reads."""

import re

from bicep import entry, string, text, walk

LOGGED = re.compile(r"tracing::(?:info|warn|error)!\((.*?)\);", re.DOTALL)


def written_lines(source):
    """Message → fields, over every log line in the source."""
    found = {}
    for path in sorted(source.rglob("*.rs")):
        for call in LOGGED.findall(path.read_text()):
            strings = re.findall(r'"((?:[^"\\]|\\.)*)"', call)
            if strings:
                found.setdefault(strings[-1], set()).update(re.findall(r"[%?]?(\w+)\b(?=\s*[=,])", call))
    return found


def queries(file):
    """Name of a rule → the query, put together from the variables that it is made of."""
    for item in file.variables["rules"].value.named_children:
        name = string(entry(item, "name"))
        parts = [text(node) for node in walk(entry(item, "query")) if node.type == "identifier"]
        yield name, "".join(expand(file, part) for part in parts)


def expand(file, name):
    value = file.variables[name].value
    if value.type == "string":
        return string(value)
    inner = [text(node) for node in walk(value) if node.type == "identifier" and text(node) in file.variables]
    return "".join(expand(file, part) for part in inner)


def check(root, files):
    file = files[(root / "infra/modules/alerts.bicep").resolve()]
    lines = written_lines(root / "src")
    count = 0
    findings = []
    for name, query in queries(file):
        count += 1
        messages = re.findall(r'line\.message\) == "([^"]+)"', query)
        if not messages:
            findings.append(f"alerts.bicep: {name} looks for no message")
        for message in messages:
            if message not in lines:
                findings.append(f"alerts.bicep: {name}: the program writes no line {message!r}")
                continue
            for field in set(re.findall(r"line\.(\w+)", query)) - {"message"} - lines[message]:
                findings.append(f"alerts.bicep: {name}: the line {message!r} has no field {field}")
        if "Value" not in query:
            findings.append(f"alerts.bicep: {name} has no column Value, which the rule reads")
    return findings, f"{count} queries, {len(lines)} lines that the program writes"
