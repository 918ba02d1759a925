"""checkov's rules for Bicep; what it finds has to be accepted, with a reason."""

import json
import subprocess
import sys


def scan(folder):
    """Findings as (rule, file, resource, text), and how many checks passed."""
    # Without --skip-download it would ask a service for descriptions.
    command = [sys.executable, "-m", "checkov.main", "--directory", str(folder), "--framework", "bicep"]
    command += ["--output", "json", "--skip-download"]
    done = subprocess.run(command, capture_output=True, text=True)
    report = json.loads(done.stdout)
    if "results" not in report:
        raise RuntimeError(f"checkov found nothing to look at in {folder}: {done.stdout[:300]}{done.stderr[-300:]}")
    if report["summary"]["parsing_errors"]:
        raise RuntimeError(f"checkov cannot read {report['results']['parsing_errors']}")
    found = [
        (check["check_id"], check["file_path"].lstrip("/"), check["resource"], check["check_name"])
        for check in report["results"]["failed_checks"]
    ]
    return found, report["summary"]["passed"]


def check(root, accepted):
    found, passed = scan(root / "infra")
    findings = [
        f"{file}: {rule} at {resource}: {what}"
        for rule, file, resource, what in found
        if not accepted.takes(f"{rule} {file}")
    ]
    return findings, f"{passed} passed, {len(found) - len(findings)} accepted"
