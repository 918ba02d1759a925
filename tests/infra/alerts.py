"""Alerts: each rule's query, run over sample log lines by an engine for the query language, raises where it should; and
what nobody would see otherwise is watched: dead letters, events that do not arrive."""

import datetime
import functools
import json
import operator

import duckdb
import duckdb_kql

from places import topics
from queries import COMPONENT, RULE, anonymous

# Hours ago, and what was written; a workspace may hold the lines of other apps, too.
OTHER = "other"
SAMPLES = {
    "nothing": [],
    "all well": [(1, "refresh ended", "complete"), (2, "refresh ended", "complete"), (20, "refresh ended", "partial")],
    "stopped": [(20, "refresh ended", "complete"), (1, "run opened", "")],
    "problems": [(1, "refresh ended", "complete"), (2, "refresh ended", "partial"), (3, "refresh ended", "complete")],
    "quarantine": [(1, "refresh ended", "complete"), (2, "message put into quarantine", "")],
    "another app": [
        (1, "refresh ended", "complete", OTHER),
        (1, "refresh ended", "failed", OTHER),
        (1, "message put into quarantine", "", OTHER),
    ],
}
RAISED = {
    "no-completed-refresh": {"nothing", "stopped", "another app"},
    "refreshes-with-problems": {"problems"},
    "messages-in-quarantine": {"quarantine"},
}
COMPARE = {"LessThan": operator.lt, "GreaterThan": operator.gt}
# Of the documentation: what each kind of resource measures, as far as it says that something was lost.
LOST = {
    "Microsoft.ServiceBus/namespaces": {"DeadletteredMessages"},
    "Microsoft.EventGrid/systemTopics": {"DeliveryAttemptFailCount", "DeadLetteredCount", "DroppedEventCount"},
}


def check(project):
    findings = []
    for deployment in project.whole:
        rules = {one.get("properties.displayName"): one for one in deployment.of(RULE)}
        for name in RAISED.keys() ^ rules.keys():
            where = "no rule is" if name in RAISED else "no sample is for a rule"
            findings.append(f"{deployment.name}: {where} named {name}")
        for name, rule in rules.items():
            findings += [f"{deployment.name}: {name} {found}" for found in raised(name, rule, deployment)]
        findings += [f"{deployment.name}: {found}" for found in watched(deployment)]
    return findings, f"{len(RAISED)} rules over {len(SAMPLES)} samples, {len(project.whole)} sets"


def raised(name, rule, deployment):
    [criterion] = rule.get("properties.criteria.allOf")
    query = anonymous(criterion["query"], deployment)
    for sample in SAMPLES:
        try:
            value = value_of(query, criterion["metricMeasureColumn"], sample)
        except (duckdb.Error, duckdb_kql.KqlError, ValueError) as error:
            yield f"cannot be run: {str(error).splitlines()[0]}"
            return
        is_raised = value is not None and COMPARE[criterion["operator"]](value, criterion["threshold"])
        if is_raised != (sample in RAISED.get(name, ())):
            yield f"is {'' if is_raised else 'not '}raised on {sample!r}, with {value}"


@functools.cache
def value_of(query, column, sample):
    """What a query finds over sample lines, in the column that its rule measures; None: no row."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    database = duckdb.connect()
    database.execute("create table AppTraces (TimeGenerated timestamp, Message varchar, _ResourceId varchar)")
    # The Functions host writes lines of its own, which are no JSON.
    rows = [(now, "Host started", COMPONENT)]
    for hours, message, outcome, *other in SAMPLES[sample]:
        line = json.dumps({"level": "INFO", "message": message, "outcome": outcome})
        rows.append((now - datetime.timedelta(hours=hours), line, *(other or [COMPONENT])))
    database.executemany("insert into AppTraces values (?, ?, ?)", rows)
    answer = database.execute(duckdb_kql.to_sql(query))
    names = [each[0] for each in answer.description]
    values = [row[names.index(column)] for row in answer.fetchall()]
    return max(values, default=None)


def watched(deployment):
    """A metric alert for whatever is lost, at each queue's namespace and each topic; each alert reaches somebody."""
    seen = {}
    for one in deployment.of("Microsoft.Insights/metricAlerts"):
        for each in one.get("properties.criteria.allOf", []):
            kind, metric = each.get("metricNamespace"), each.get("metricName")
            if metric not in LOST.get(kind, ()):
                yield f"{one.name}: {kind} has no metric {metric} that is known here"
            for scope in one.get("properties.scopes", []):
                seen.setdefault(str(scope).lower(), set()).add(metric)
    namespaces = [one.id.lower() for one in deployment.of("Microsoft.ServiceBus/namespaces")]
    for id in [*namespaces, *topics(deployment)]:
        kind = next(kind for kind in LOST if f"/providers/{kind}/".lower() in id)
        for metric in sorted(LOST[kind] - seen.get(id, set())):
            yield f"nothing watches {metric} of {id.rpartition('/')[2]}"
    groups = [one.id for one in deployment.of("Microsoft.Insights/actionGroups")]
    if bool(deployment.param("alertEmails")) != bool(groups):
        yield f"alertEmails is {deployment.param('alertEmails')!r}, and {len(groups)} action groups are made"
    for one in [*deployment.of(RULE), *deployment.of("Microsoft.Insights/metricAlerts")]:
        actions = json.dumps(one.get("properties.actions", []))
        if groups and groups[0] not in actions:
            yield f"{one.name} reaches nobody"
