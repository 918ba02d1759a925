"""App settings: those of the Bicep files, those that the program knows, and those that bindings name."""

import json
import re

from bicep import properties, string
from values import leaves, shown

TABLE = re.compile(r"<!-- settings -->(.*)<!-- /settings -->", re.DOTALL)
# Of the Functions host; the program does not read them.
OF_THE_HOST = re.compile(r"AzureWebJobsStorage__|AzureFunctionsJobHost__|APPLICATIONINSIGHTS_")
# Must not be set on the Flex Consumption plan.
FORBIDDEN = re.compile(
    r"FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT|WEBSITE_TIME_ZONE"
    r"|TZ$|SCM_DO_BUILD_DURING_DEPLOYMENT|ENABLE_ORYX_BUILD"
)


def known(readme):
    """Names of the settings table in functions/README.md, which a test of the program keeps in step with the code."""
    return re.findall(r"^\| `(\w+)` \|", TABLE.search(readme)[1], re.MULTILINE)


def deployed(app):
    """Settings of the function app: name → node of the value."""
    return {name: value for name, _, value in properties(app.variables["settings"].value)}


def check(root, files, accepted):
    app = files[(root / "infra/modules/function-app.bicep").resolve()]
    main = files[(root / "infra/main.bicep").resolve()]
    settings, program = deployed(app), known((root / "functions/README.md").read_text())
    findings = []
    for name in settings:
        if FORBIDDEN.match(name):
            findings.append(f"{name} must not be set on the Flex Consumption plan")
        elif name not in program and not OF_THE_HOST.match(name):
            findings.append(f"{name} is set, and neither the program nor the host knows it")
    for name in program:
        if name not in settings and not accepted.takes(name):
            findings.append(f"{name} is a setting of the program, and the deployment does not set it")
    for name, value in settings.items():
        if name.endswith("__credential") and string(value) != "managedidentity":
            findings.append(f"{name} is {shown(value)}")
    findings += check_bindings(root, app, main, settings)
    return findings, f"{len(settings)} settings, {len(program)} that the program knows"


def check_bindings(root, app, main, settings):
    """What the bindings name: settings, connections, queues."""
    queues = {shown(leaf) for item in named_queues(main) for leaf in leaves(main, item)}
    functions = sorted(root.glob("functions/*/function.json"))
    for path in functions:
        for binding in json.loads(path.read_text())["bindings"]:
            where = f"{path.parent.name}/function.json"
            for name in re.findall(r"%([^%]+)%", json.dumps(binding)):
                if name not in settings:
                    yield f"{where}: the deployment does not set {name}"
            if "connection" in binding:
                for part in ("fullyQualifiedNamespace", "credential", "clientId"):
                    if f"{binding['connection']}__{part}" not in settings:
                        yield f"{where}: the deployment does not set {binding['connection']}__{part}"
            if "queueName" in binding:
                name = binding["queueName"].strip("%")
                value = queue_of(app, main, settings.get(name))
                if value not in queues:
                    yield f"{where}: no queue {value or name} is made"
    if not functions:
        yield "no function.json was found"


def named_queues(main):
    queues = next(value for name, _, value in properties(params(main, "serviceBus")) if name == "queues")
    return queues.named_children


def queue_of(app, main, value):
    """The name that a queue's setting comes to: a parameter of the app's module, given by main.bicep."""
    if value is None:
        return None
    given = next((node for name, _, node in properties(params(main, "app")) if name == shown(value)), value)
    return shown(leaves(main, given)[0])


def params(main, module):
    return next(value for name, _, value in properties(main.modules[module].value) if name == "params")
