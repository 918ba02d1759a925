"""The Bicep compiler, kept running: one process answers each question in a fifth of the time that a call takes.

It speaks JSON-RPC over its standard streams (`bicep jsonrpc`). `bicep/compile` gives the diagnostics of `bicep build`
and `bicep lint`, which are the same, and `bicep/getSnapshot` what `bicep snapshot` writes."""

import json
import subprocess

# Where the snapshots are evaluated; ids of nobody.
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
TENANT = "99999999-9999-4999-8999-999999999999"
GROUP = "rg-registries"
LOCATION = "westeurope"


class CompilerError(Exception):
    """What the compiler answers instead of a result, such as a parameter set with errors."""


class Compiler:
    def __init__(self, command):
        self.process = subprocess.Popen(
            [command, "jsonrpc", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.calls = 0
        self.version = self.ask("version")["version"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def compile(self, path):
        """The template, or None where it has errors, and the diagnostics as lines."""
        answer = self.ask("compile", path=str(path))
        contents = json.loads(answer["contents"]) if answer["success"] else None
        return contents, [line(found) for found in answer["diagnostics"]]

    def parameters(self, path):
        """Of a parameter set: name → value as given, and name → default of its template. What is wrong with the
        template is not said again."""
        answer = self.ask("compileParams", path=str(path), parameterOverrides={})
        own = [line(found) for found in answer["diagnostics"] if found["source"].endswith(".bicepparam")]
        if own or not answer["success"]:
            raise CompilerError("; ".join(own) or "its template does not compile")
        given, declared = (json.loads(answer[part])["parameters"] for part in ("parameters", "template"))
        return (
            {name: one.get("value") for name, one in given.items()},
            {name: one.get("defaultValue") for name, one in declared.items()},
        )

    def snapshot(self, path, group=None):
        """Every resource that a deployment with a parameter set would make, evaluated."""
        metadata = {
            "tenantId": TENANT,
            "subscriptionId": SUBSCRIPTION,
            "resourceGroup": group,
            "location": LOCATION,
            "deploymentName": "main",
        }
        return json.loads(self.ask("getSnapshot", path=str(path), metadata=metadata)["snapshot"])

    def format(self, path):
        return self.ask("format", path=str(path))["contents"]

    def graph(self, path):
        """Declarations of a file, and which waits for which."""
        return self.ask("getDeploymentGraph", path=str(path))

    def files(self, path):
        """The files that a file is made of, itself included."""
        return self.ask("getFileReferences", path=str(path))["filePaths"]

    def ask(self, method, **params):
        self.calls += 1
        request = {"jsonrpc": "2.0", "id": self.calls, "method": f"bicep/{method}", "params": params}
        body = json.dumps(request).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()
        while (answer := self.read()).get("id") != self.calls:
            pass
        if "error" in answer:
            raise CompilerError(answer["error"].get("message") or str(answer["error"]))
        return answer["result"]

    def read(self):
        length = 0
        while (header := self.process.stdout.readline()) != b"\r\n":
            if not header:
                raise CompilerError(f"the compiler ended with {self.process.wait()}: it may be too old for jsonrpc")
            name, _, value = header.decode().partition(":")
            if name.lower() == "content-length":
                length = int(value)
        return json.loads(self.process.stdout.read(length))


def line(found):
    file = found["source"].rpartition("/infra/")[2]
    return f"{file}:{found['range']['start']['line'] + 1}: {found['level']} {found['code']}: {found['message']}"
