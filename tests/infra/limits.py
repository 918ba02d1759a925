"""Limits that belong together and stand in different files."""

import json
import re

from bicep import entry, literal, string

UNITS = {"D": 86_400, "H": 3_600, "M": 60, "S": 1}


def seconds(duration):
    """Of PT5M or 00:10:00."""
    if ":" in duration:
        hours, minutes, rest = duration.split(":")
        return int(hours) * 3_600 + int(minutes) * 60 + int(rest)
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([DHMS])", duration))


def check(root, files):
    host = json.loads((root / "host.json").read_text())
    file = files[(root / "infra/modules/service-bus.bicep").resolve()]
    queue = entry(file.resource("queue").value, "properties")
    timeout = seconds(host["functionTimeout"])
    renewal = seconds(host["extensions"]["serviceBus"]["maxAutoLockRenewalDuration"])
    lock = seconds(string(entry(queue, "lockDuration")))
    deliveries = literal(entry(queue, "maxDeliveryCount"))
    history = seconds(string(entry(queue, "duplicateDetectionHistoryTimeWindow")))
    if renewal < timeout:
        yield f"host.json renews a lock for {renewal} s, and an invocation may take {timeout} s"
    if lock != 300:
        yield f"service-bus.bicep: lockDuration is {lock} s, not 300"
    if deliveries != 10:
        yield f"service-bus.bicep: maxDeliveryCount is {deliveries}, not 10"
    if history < deliveries * (timeout + lock):
        yield (
            f"service-bus.bicep: duplicates are known for {history} s, and a message may be given out again for "
            f"{deliveries * (timeout + lock)} s"
        )
    for name in ("requiresDuplicateDetection", "deadLetteringOnMessageExpiration"):
        if entry(queue, name) is None or literal(entry(queue, name)) is not True:
            yield f"service-bus.bicep: {name} is not true"
