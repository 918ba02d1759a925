"""Parameters that cannot be meant are refused before anything is deployed, in words that name the variable."""

import re

from compiler import CompilerError

REFUSED = re.compile(r"^// refused: (.+)$", re.MULTILINE)


def check(project):
    findings = []
    for path in project.refused:
        expected = REFUSED.search(path.read_text())[1]
        try:
            said = "; ".join(project.compiler.snapshot(path)["diagnostics"]) or "nothing"
        except CompilerError as error:
            said = str(error)
        if expected not in said:
            findings.append(f"{path.name}: not refused with {expected!r}: {said[:300]}")
    return findings, f"{len(project.refused)} parameter sets"
