"""The log lines that alerts look for: each is one of lines.json, with the fields that the query reads; and each rule,
run over such lines by an engine for the query language, raises its alert where it should. That the program writes these
lines is held by tests/it/alert_lines.rs."""

import datetime
import functools
import json
import operator
import re
from pathlib import Path

import duckdb
import duckdb_kql

from bicep import entry, literal, string, text, walk

LINES = Path("tests/infra/lines.json")
# Hours ago, and what was written: message and outcome of a line in lines.json.
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


def sample_line(message, outcome):
    return {"message": message, "outcome": outcome} if outcome else {"message": message}


@functools.cache
def value_of(query, sample):
    """What a query finds over sample lines: its one row's only column."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    database = duckdb.connect()
    database.execute("create table AppTraces (TimeGenerated timestamp, Message varchar)")
    # The Functions host writes lines of its own, which are no JSON.
    rows = [(now, "Host started")]
    for hours, message, outcome in SAMPLES[sample]:
        line = json.dumps(sample_line(message, outcome))
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
    lines = json.loads((root / LINES).read_text())
    samples = [sample_line(*written) for sample in SAMPLES.values() for _, *written in sample]
    findings = [f"lines.json: {line} is in no sample" for line in lines if line not in samples]
    findings += [f"lines.json: it lacks {line}" for line in samples if line not in lines]
    fields = {line["message"]: line.keys() for line in lines}
    count = 0
    for rule, query in queries(file):
        count += 1
        name = string(entry(rule, "name"))
        messages = re.findall(r'line\.message\) == "([^"]+)"', query)
        if not messages:
            findings.append(f"alerts.bicep: {name} looks for no message")
        for message in messages:
            if message not in fields:
                findings.append(f"alerts.bicep: {name}: the program writes no line {message!r}")
                continue
            for field in set(re.findall(r"line\.(\w+)", query)) - fields[message]:
                findings.append(f"alerts.bicep: {name}: the line {message!r} has no field {field}")
        findings += [f"alerts.bicep: {found}" for found in check_raised(rule, query, main)]
    return findings, f"{count} queries over {len(SAMPLES)} samples of {len(lines)} lines"
