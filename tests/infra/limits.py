"""Limits that belong together and stand in different files."""

import json
import re

UNITS = {"D": 86_400, "H": 3_600, "M": 60, "S": 1}


def seconds(duration):
    """Of PT5M or 00:10:00."""
    if ":" in duration:
        hours, minutes, rest = duration.split(":")
        return int(hours) * 3_600 + int(minutes) * 60 + int(rest)
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([DHMS])", duration))


def check(project):
    host = json.loads((project.root / "host.json").read_text())
    timeout = seconds(host["functionTimeout"])
    renewal = seconds(host["extensions"]["serviceBus"]["maxAutoLockRenewalDuration"])
    findings, count = [], 0
    if renewal < timeout:
        findings.append(f"host.json renews a lock for {renewal} s, and an invocation may take {timeout} s")
    findings += of_template(project)
    for deployment in project.whole:
        for one in deployment.of("Microsoft.ServiceBus/namespaces/queues"):
            count += 1
            findings += [f"{deployment.name}: {one.short}: {found}" for found in of_queue(one, timeout)]
    return findings, f"{count} queues and host.json"


# What main.bicep makes several times, as given.bicep counts it: `fitting` refuses what a template does not hold.
COUNTED = ["oldTopics", "reached", "reached", "topicIds", "wholeSubscriptions"]


def of_template(project):
    given = (project.infra / "modules/given.bicep").read_text()
    own, most = (int(re.search(rf"func {name}\(\) int => (\d+)", given)[1]) for name in ("ownResources", "mostResources"))
    if most != 800:
        yield f"given.bicep: a template holds 800 resources, not {most}"
    made = project.template["resources"].values()
    single = sum("copy" not in one for one in made)
    if single > own:
        yield f"main.bicep makes {single} resources beside those of registries, and given.bicep counts {own}"
    several = sorted(re.findall(r"variables\('(\w+)'\)", " ".join(one["copy"]["count"] for one in made if "copy" in one)))
    if several != COUNTED:
        yield f"main.bicep makes one for each of {', '.join(several)}, and given.bicep counts {', '.join(COUNTED)}"


def of_queue(queue, timeout):
    lock = seconds(queue.get("properties.lockDuration"))
    deliveries = queue.get("properties.maxDeliveryCount")
    history = seconds(queue.get("properties.duplicateDetectionHistoryTimeWindow", ""))
    if lock != 300:
        yield f"lockDuration is {lock} s, not 300"
    if deliveries != 10:
        yield f"maxDeliveryCount is {deliveries}, not 10"
    if history < deliveries * (timeout + lock):
        again = deliveries * (timeout + lock)
        yield f"duplicates are known for {history} s, and a message may be given out again for {again} s"
    for name in ("requiresDuplicateDetection", "deadLetteringOnMessageExpiration"):
        if queue.get(f"properties.{name}") is not True:
            yield f"{name} is not true"
