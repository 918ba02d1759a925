"""App settings: those that the deployment sets, those that the program and the host know, those that bindings name."""

import json
import re

# The program's own list, which its README and its configuration are made of.
SETTING = re.compile(r"\bsetting\(\s*\"(\w+)\"")
# Of the Functions host and of the C library; the program does not read them.
OF_THE_HOST = re.compile(r"MALLOC_ARENA_MAX$|AzureWebJobsStorage__|AzureWebJobs\.|AzureFunctionsJobHost__|APPLICATIONINSIGHTS_")
# Must not be set on the Flex Consumption plan.
FORBIDDEN = re.compile(
    r"FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT|WEBSITE_TIME_ZONE"
    r"|TZ$|SCM_DO_BUILD_DURING_DEPLOYMENT|ENABLE_ORYX_BUILD"
)
# What an environment variable of Linux may be called.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


def known(root):
    return SETTING.findall((root / "src/config/settings.rs").read_text())


def check(project, accepted):
    program = known(project.root)
    paths = project.root.glob("functions/*/function.json")
    functions = {path.parent.name: json.loads(path.read_text()) for path in paths}
    findings = [] if functions else ["no function.json was found"]
    for deployment in project.whole:
        found = list(of_deployment(deployment, program, accepted)) + list(bindings(deployment, functions))
        findings += [f"{deployment.name}: {one}" for one in found]
    count = {name for deployment in project.whole for name in deployment.settings}
    return findings, f"{len(count)} settings, {len(program)} that the program knows, {len(functions)} functions"


def of_deployment(deployment, program, accepted):
    settings, further = deployment.settings, deployment.param("furtherSettings") or {}
    further = json.loads(further) if isinstance(further, str) else further
    for name, value in settings.items():
        if not NAME.fullmatch(name):
            yield f"{name} cannot be the name of a setting on Linux"
        if FORBIDDEN.match(name):
            yield f"{name} must not be set on the Flex Consumption plan"
        elif name not in program and name not in further and not OF_THE_HOST.match(name):
            yield f"{name} is set, and neither the program nor the host knows it"
        if name.endswith("__credential") and value != "managedidentity":
            yield f"{name} is {value}"
    for name in program:
        if name not in settings and not accepted.takes(name):
            yield f"{name} is a setting of the program, and the deployment does not set it"
    for name, value in further.items():
        if settings.get(name) != value and name not in program:
            yield f"{name} of furtherSettings does not arrive"


def bindings(deployment, functions):
    """What the bindings name: settings, connections, queues."""
    settings = deployment.settings
    queues = {one.short for one in deployment.of("Microsoft.ServiceBus/namespaces/queues")}
    for function, written in functions.items():
        where = f"{function}/function.json"
        for binding in written["bindings"]:
            for name in re.findall(r"%([^%]+)%", json.dumps(binding)):
                if name not in settings:
                    yield f"{where}: the deployment does not set {name}"
            if "connection" in binding:
                for part in ("fullyQualifiedNamespace", "credential", "clientId"):
                    if f"{binding['connection']}__{part}" not in settings:
                        yield f"{where}: the deployment does not set {binding['connection']}__{part}"
            if "queueName" in binding:
                name = binding["queueName"].strip("%")
                if settings.get(name) not in queues:
                    yield f"{where}: no queue {settings.get(name) or name} is made"
