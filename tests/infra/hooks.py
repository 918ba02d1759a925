"""The hooks, run over what a deployment makes: `azd down` takes away what `azd up` made and nothing else, and the first
refresh starts once.

The variants for Windows run where there is a pwsh; elsewhere they are only parsed."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import tree_sitter
import tree_sitter_powershell

import hook_scenarios
from hook_world import Azure, Windows


def check(project):
    findings = list(parsed(project))
    variants = [Azure]
    if shutil.which("pwsh"):
        variants.append(Windows)
    count = 0
    for variant in variants:
        for name, (deployment, scenario) in hook_scenarios.ALL.items():
            if project.only is not None and name not in project.only or "refresh" in name and variant is Windows:
                continue
            count += 1
            with tempfile.TemporaryDirectory() as folder:
                azure = variant(project, project.one(deployment), Path(folder))
                findings += [f"{variant.ending}: {name}: {found}" for found in scenario(azure)]
    windows = "" if len(variants) > 1 else ", no pwsh is here: scripts for Windows only parsed"
    return findings, f"{count} scenarios{windows}"


def parsed(project):
    """Both variants of every hook are there, and each can be parsed."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    folder = project.infra / "hooks"
    for path in sorted(folder.glob("*")):
        other = path.with_suffix({".sh": ".ps1", ".ps1": ".sh"}.get(path.suffix, ".none"))
        if not other.exists():
            yield f"{path.name} has no {other.name}"
        if path.suffix == ".ps1" and parser.parse(path.read_bytes()).root_node.has_error:
            yield f"{path.name} cannot be parsed"
        if path.suffix == ".sh":
            read = subprocess.run(["sh", "-n", path], capture_output=True, text=True)
            if read.returncode:
                yield f"{path.name} cannot be parsed: {read.stderr.strip()}"
