"""Checks the samples that the test `samples_for_validators` writes: SARIF against its schema, OCSF against its models.

Arguments: the schema and the folder of the samples; `tests/formats/run` makes both.
"""

import json
import pathlib
import sys

import jsonschema
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

# The rule of the one finding that is waived in the samples.
WAIVED = "admin-user-disabled"
KINDS = {"pass", "fail", "notApplicable", "open"}


def check_sarif(schema: pathlib.Path, sample: pathlib.Path, kinds: set[str]) -> None:
    log = json.loads(sample.read_text())
    rules = json.loads(schema.read_text())
    validator = jsonschema.validators.validator_for(rules)(rules, format_checker=jsonschema.FormatChecker())
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]
    assert not errors, "\n".join(errors)
    run = log["runs"][0]
    known = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    results = run["results"]
    for result in results:
        assert (result["kind"] == "fail") == (result["level"] != "none"), result
        assert "ruleIndex" not in result or known[result["ruleIndex"]] == result["ruleId"], result
    assert {result["kind"] for result in results} == kinds
    # Section 3.27.23 of the specification: on all results of a run or on none.
    assert all("suppressions" in result for result in results)
    suppressed = [result for result in results if result["suppressions"]]
    assert [result["ruleId"] for result in suppressed] == [WAIVED], suppressed
    for suppression in suppressed[0]["suppressions"]:
        assert (suppression["kind"], suppression["status"]) == ("external", "accepted") and suppression["justification"]
    fingerprints = {result["partialFingerprints"]["primaryLocationLineHash"] for result in results}
    assert len(fingerprints) == len(results)
    print(f"SARIF: {len(known)} rules, {len(results)} results, {len(suppressed)} suppressed, valid")


def check_ocsf(sample: pathlib.Path) -> None:
    events = json.loads(sample.read_text())
    suppressed = [event["metadata"]["event_code"] for event in events if event["status_id"] == 3]
    assert suppressed == [WAIVED], suppressed
    for event in events:
        model = ComplianceFinding.model_validate(event)
        assert model.class_uid == 2003 and model.type_uid == model.class_uid * 100 + model.activity_id
        # The model names the status after its number.
        assert model.status_id.name == event["status"], (model.status_id, event["status"])
        assert (model.status_id.name == "Suppressed") == bool(model.comment)
        # Attributes that the model does not know would be dropped without a word.
        extra = set(event) - set(ComplianceFinding.model_fields) - {"cloud"}
        assert not extra, extra
    print(f"OCSF: {len(events)} events, valid, compliance.status_id {sorted({e['compliance']['status_id'] for e in events})}")


if __name__ == "__main__":
    schema, samples = map(pathlib.Path, sys.argv[1:])
    check_sarif(schema, samples / "sample.sarif", {"fail"})
    check_sarif(schema, samples / "all.sarif", KINDS)
    check_ocsf(samples / "sample.ocsf.json")
