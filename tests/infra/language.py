"""What the compiler says of the files: no error, no warning, nothing to format; and the rules that it goes by."""

import json
import re

# On beyond the linter's default set: bicepconfig.json says at which level.
RULES = {
    "no-hardcoded-location",
    "use-recent-module-versions",
    "use-resource-id-functions",
    "use-safe-access",
    "use-user-defined-types",
    "what-if-short-circuiting",
}
SUPPRESSION = re.compile(r"\s*#disable-(?:next-line|diagnostics)\b")
COMMENT = re.compile(r"\s*//")
_formatted = {}


def check(project):
    findings = []
    for _, diagnostics in project.entries.values():
        findings += diagnostics
    for path in [*project.files, *project.sets, *project.refused]:
        shown = path.relative_to(project.root)
        text = path.read_text()
        # Most files of most wrong copies have been looked at.
        if text not in _formatted:
            _formatted[text] = project.compiler.format(path)
        if _formatted[text] != text:
            findings.append(f"{shown}: bicep format would change it")
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if SUPPRESSION.match(line) and not (number and COMMENT.match(lines[number - 1])):
                findings.append(f"{shown}:{number + 1}: suppressed, and no comment before it says why")
    used = {file for path in project.infra.glob("*.bicep") for file in project.compiler.files(path)}
    findings += [f"{path.name}: no module uses this file" for path in project.files if str(path) not in used]
    findings += rules(project)
    findings += [f"{name}.bicepparam: {why}" for name, why in project.broken.items()]
    for one in project.deployments.values():
        findings += [f"{one.name}.bicepparam: {said}" for said in one.diagnostics]
    looked_at = f"{len(project.files)} files and {len(project.sets)} parameter sets, Bicep {project.compiler.version}"
    return findings, looked_at


def rules(project):
    text = (project.infra / "bicepconfig.json").read_text()
    written = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))["analyzers"]["core"]["rules"]
    for name in sorted(RULES):
        level = written.get(name, {}).get("level", "off")
        if level not in ("warning", "error"):
            yield f"infra/bicepconfig.json: {name} is {level}"
