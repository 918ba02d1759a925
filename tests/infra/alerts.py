"""The log lines that alerts look for: each is one that the program writes, with the fields that the query reads; and
each rule, run over sample lines by an engine for the query language, raises its alert where it should."""

import datetime
import functools
import json
import operator
import re

import duckdb
import duckdb_kql

from bicep import entry, literal, string, text, walk

LOGGED = re.compile(r"tracing::(?:info|warn|error)!\((.*?)\);", re.DOTALL)
# Hours ago, and what was written.
SAMPLES = {
    "nothing": [],
    "all well": [(1, "refresh ended", "complete"), (2, "refresh ended", "complete"), (20, "refresh ended", "partial")],
    "stopped": [(20, "refresh ended", "complete"), (1, "run opened", "")],
    "problems": [(1, "refresh ended", "complete"), (2, "refresh ended", "partial"), (3, "refresh ended", "complete")],
    "quarantine": [(1, "refresh ended", "complete"), (2, "message put into quarantine", "")],
}
RAISED = {
    "no-completed-refresh": {"nothing", "stopped"},
    "refreshes-with-problems": {"problems"},
    "messages-in-quarantine": {"quarantine"},
}
COMPARE = {"LessThan": operator.lt, "GreaterThan": operator.gt}


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
    """Each rule, and its query, put together from the variables that it is made of."""
    for item in file.variables["rules"].value.named_children:
        parts = [text(node) for node in walk(entry(item, "query")) if node.type == "identifier"]
        yield item, "".join(expand(file, part) for part in parts)


def expand(file, name):
    value = file.variables[name].value
    if value.type == "string":
        return string(value)
    inner = [text(node) for node in walk(value) if node.type == "identifier" and text(node) in file.variables]
    return "".join(expand(file, part) for part in inner)


@functools.cache
def value_of(query, sample):
    """What a query finds over sample lines: its one row's only column."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    database = duckdb.connect()
    database.execute("create table AppTraces (TimeGenerated timestamp, Message varchar)")
    # The Functions host writes lines of its own, which are no JSON.
    rows = [(now, "Host started")]
    for hours, message, outcome in SAMPLES[sample]:
        line = json.dumps({"level": "INFO", "message": message, "outcome": outcome})
        rows.append((now - datetime.timedelta(hours=hours), line))
    database.executemany("insert into AppTraces values (?, ?)", rows)
    [(value,)] = database.execute(duckdb_kql.to_sql(query)).fetchall()
    return value


def check_raised(rule, query, main):
    """Over the defaults of main.bicep."""
    name = string(entry(rule, "name"))
    minutes = 2 * literal(main.params["refreshPeriodMinutes"].value)
    threshold = entry(rule, "threshold")
    threshold = literal(main.params[text(threshold)].value if threshold.type == "identifier" else threshold)
    for sample in SAMPLES:
        try:
            value = value_of(query.replace("{minutes}", str(minutes)), sample)
        except (duckdb.Error, duckdb_kql.KqlError, ValueError) as error:
            yield f"{name} cannot be run: {str(error).splitlines()[0]}"
            return
        raised = COMPARE[string(entry(rule, "operator"))](value, threshold)
        if raised != (sample in RAISED.get(name, ())):
            yield f"{name} is {'' if raised else 'not '}raised on {sample!r}, with {value}"


def check(root, files):
    file = files[(root / "infra/modules/alerts.bicep").resolve()]
    main = files[(root / "infra/main.bicep").resolve()]
    lines = written_lines(root / "src")
    count = 0
    findings = []
    for rule, query in queries(file):
        count += 1
        name = string(entry(rule, "name"))
        messages = re.findall(r'line\.message\) == "([^"]+)"', query)
        if not messages:
            findings.append(f"alerts.bicep: {name} looks for no message")
        for message in messages:
            if message not in lines:
                findings.append(f"alerts.bicep: {name}: the program writes no line {message!r}")
                continue
            for field in set(re.findall(r"line\.(\w+)", query)) - {"message"} - lines[message]:
                findings.append(f"alerts.bicep: {name}: the line {message!r} has no field {field}")
        findings += [f"alerts.bicep: {found}" for found in check_raised(rule, query, main)]
    return findings, f"{count} queries over {len(SAMPLES)} samples, {len(lines)} lines that the program writes"
