"""The deployment of one root: infra/ compiled, and every parameter set of `sets` evaluated, when it is asked for."""

from functools import cached_property
from pathlib import Path

import compiler as bicep
from deployment import Deployment


class Project:
    # What is compiled and evaluated depends on these files alone, and most wrong copies leave them as they are.
    compiled, evaluated, parameters = {}, {}, {}

    def __init__(self, root, compiler, only=None):
        """`only`: the names of the parameter sets that are enough."""
        self.root, self.compiler, self.only = Path(root), compiler, only

    @property
    def infra(self):
        return self.root / "infra"

    @cached_property
    def files(self):
        return sorted(self.infra.rglob("*.bicep"))

    @cached_property
    def text(self):
        return tuple((path.name, path.read_text()) for path in [*self.files, self.infra / "bicepconfig.json"])

    @cached_property
    def entries(self):
        """What is deployed by itself: name of the file → (template, diagnostics). Everything else is a module."""
        if self.text not in self.compiled:
            compiled = {path.name: self.compiler.compile(path) for path in sorted(self.infra.glob("*.bicep"))}
            self.compiled[self.text] = compiled
        return self.compiled[self.text]

    @property
    def template(self):
        return self.entries["main.bicep"][0]

    @cached_property
    def modules(self):
        """Every template in the compiled ones, by the name of its deployment."""
        found = {}

        def walk(template):
            resources = template.get("resources", [])
            for one in resources.values() if isinstance(resources, dict) else resources:
                inner = one.get("properties", {}).get("template") if isinstance(one.get("properties"), dict) else None
                if one["type"] == "Microsoft.Resources/deployments" and inner:
                    found[one["name"]] = inner
                    walk(inner)

        for template, _ in self.entries.values():
            if template:
                walk(template)
        return found

    @cached_property
    def broken(self):
        """Parameter sets that cannot be evaluated, each with what the compiler says."""
        self.deployments  # noqa: B018
        return self._broken

    @cached_property
    def deployments(self):
        """Parameter sets of main.bicep, evaluated."""
        self._broken, found = {}, {}
        for path in self.sets:
            uses_main = "/main.bicep'" in path.read_text()
            if self.only is None or path.stem in self.only:
                try:
                    found[path.stem] = self.evaluate(path, None if uses_main else bicep.GROUP)
                except bicep.CompilerError as error:
                    self._broken[path.stem] = str(error)
        return found

    @property
    def sets(self):
        return sorted((self.root / "tests/infra/sets").glob("*.bicepparam"))

    def one(self, name):
        """One deployment of main.bicep, by its set."""
        if name not in self.deployments:
            self.deployments[name] = self.evaluate(self.root / f"tests/infra/sets/{name}.bicepparam", None)
        return self.deployments[name]

    @property
    def refused(self):
        """Sets that no deployment may begin with."""
        return sorted((self.root / "tests/infra/sets/refused").glob("*.bicepparam"))

    def evaluate(self, path, group):
        text = path.read_text()
        key = (text, self.text)
        if key not in self.evaluated:
            used = text.partition("using '")[2].partition("'")[0].rpartition("/")[2]
            # These need main.bicep only.
            declared = (text, (self.infra / used).read_text())
            if declared not in self.parameters:
                self.parameters[declared] = self.compiler.parameters(path)
            deployment = Deployment(path.stem, *self.parameters[declared], self.compiler.snapshot(path, group))
            deployment.entry = used
            self.evaluated[key] = deployment
        return self.evaluated[key]

    @property
    def whole(self):
        """Deployments of main.bicep, without what others deploy by themselves."""
        return [one for one in self.deployments.values() if one.entry == "main.bicep"]
