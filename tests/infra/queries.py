"""Queries of alerts, dashboards and README: what the query language's own analyzer says of them, against the columns of
the tables (tables.json, by the reference of Azure Monitor), and that the log lines they look for are written."""

import functools
import json
import os
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
RULE = "Microsoft.Insights/scheduledQueryRules"
BOOKS = ("Microsoft.Insights/workbooks", "Microsoft.Portal/dashboards")
# Lines that the program writes: tests/it/alert_lines.rs holds them against what it does write.
LINES = HERE / "lines.json"
# A message that a query compares with, and a field of a line that it reads.
MESSAGE = re.compile(r'\bline\.message\) (?:==|has) "([^"]+)"')
FIELD = re.compile(r"\bline\.(\w+)")
# What stands for the deployment's own component, so that the same query of two sets is one.
COMPONENT = "component"
NUMBERS = {"long", "int", "real", "decimal"}
# What a workbook puts in before it asks.
PLACEHOLDER = re.compile(r"\{\w+(?::\w+)?\}")


def check(project):
    lines = written_lines()
    asked = {}
    for deployment in project.whole:
        for where, query, measure in of_deployment(deployment):
            asked.setdefault((where, query), measure)
    for where, query in of_readmes(project):
        asked.setdefault((where, query), None)
    findings = []
    results = analyze(frozenset(query for _, query in asked))
    for (where, query), measure in asked.items():
        diagnostics, columns = results[query]
        findings += [f"{where}: {found}" for found in diagnostics]
        if measure and columns.get(measure) not in NUMBERS:
            findings.append(f"{where}: its result has no number {measure}, only {', '.join(columns) or 'nothing'}")
        findings += [f"{where}: {found}" for found in looks_for(query, lines)]
    if not any(query for (_, query), measure in asked.items() if measure):
        findings.append("no alert has a query")
    return sorted(set(findings)), f"{len(asked)} queries, {len(lines)} lines that the program writes"


def of_deployment(deployment):
    """Where it stands, the query, and the column that a rule measures."""
    for one in deployment.of(RULE):
        for each in one.get("properties.criteria.allOf", []):
            yield (
                one.get("properties.displayName", one.name),
                anonymous(each["query"], deployment),
                each.get("metricMeasureColumn"),
            )
    for kind in BOOKS:
        for one in deployment.of(kind):
            serialized = one.get("properties.serializedData")
            book = json.loads(serialized) if serialized else one.get("properties", {})
            for query in inside(book):
                yield one.get("properties.displayName", one.name), PLACEHOLDER.sub("1d", query), None


def anonymous(query, deployment):
    for one in deployment.of("Microsoft.Insights/components"):
        query = query.replace(one.id, COMPONENT)
    return query


def inside(book):
    """Every property named query, at any depth."""
    if isinstance(book, dict):
        for name, value in book.items():
            if name.lower() == "query" and isinstance(value, str):
                yield value
            else:
                yield from inside(value)
    elif isinstance(book, list):
        for value in book:
            yield from inside(value)


def of_readmes(project):
    for path in sorted([*project.root.glob("*.md"), *project.infra.glob("*.md"), *project.root.glob("tests/*.md")]):
        text = path.read_text()
        shown = path.relative_to(project.root)
        for query in re.findall(r"^\s*```(?:kusto|kql)\n(.*?)^\s*```", text, re.DOTALL | re.MULTILINE):
            yield shown, query
        for query in re.findall(r"--analytics-query '([^']+)'", text):
            yield shown, query.replace("\\|", "|")


_known = {}


def analyze(queries):
    """Query → (diagnostics, columns of its result)."""
    new = sorted(queries - _known.keys())
    if new:
        request = {"tables": json.loads((HERE / "tables.json").read_text()), "queries": new}
        done = subprocess.run(
            ["node", str(HERE / "analyze.js")],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            env={**os.environ, "NODE_PATH": os.environ.get("INFRA_NODE_MODULES", "")},
        )
        if done.returncode:
            # The library is one long line, which node shows first.
            raise RuntimeError(f"analyze.js ended with {done.returncode}: {done.stderr[-1500:]}")
        for query, result in zip(new, json.loads(done.stdout), strict=True):
            _known[query] = (result["diagnostics"], result["columns"])
    return _known


def looks_for(query, lines):
    messages = MESSAGE.findall(query)
    for message in messages:
        if message not in lines:
            yield f"the program writes no line {message!r}"
    fields = set(FIELD.findall(query)) - {"message"}
    known = set().union(*(lines.get(message, set()) for message in messages)) if messages else None
    if known is not None:
        for field in sorted(fields - known - {"level", "target", "timestamp"}):
            if all(message in lines for message in messages):
                yield f"the line {messages[0]!r} has no field {field}"


@functools.cache
def written_lines():
    """Message → fields."""
    found = {}
    for line in json.loads(LINES.read_text()):
        found.setdefault(line["message"], set()).update(line.keys() - {"message"})
    return found
