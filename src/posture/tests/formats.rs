use serde_json::json;

use super::super::audit::audit;
use super::super::formats::sarif::Wanted;
use super::super::formats::table::Rows;
use super::super::formats::{csv, json as as_json, ocsf, sarif, table};
use super::super::profile::Profile;
use super::super::remediation::Remediation;
use super::super::verdict::{Finding, Severity, Verdict};
use super::super::waiver::Waiver;
use super::bench::{ID, NOW, bench};

/// One audit with every verdict, and a finding by a version that knew other rules, with a hostile text.
fn findings() -> Vec<Finding> {
    let mut bench = bench(json!({"properties": {"adminUserEnabled": true}}));
    bench.profile = Profile::strict();
    let mut findings = audit(&bench.case());
    findings.reverse();
    for finding in findings
        .iter_mut()
        .filter(|finding| finding.rule == "admin-user-disabled")
    {
        finding.waivers = vec![waiver()];
    }

    findings.push(Finding {
        rule: "rule-of-tomorrow".to_owned(),
        verdict: Verdict::Fail,
        severity: Severity::Critical,
        resource_id: ID.replace("lagoon", "=cmd"),
        evidence: json!({"text": "a,b\"c\nd"}),
        api_version: None,
        sentence: "@SUM(1+1)*cmd|' /C calc'!A0".to_owned(),
        remediation: Some(Remediation {
            az: vec!["az version".to_owned()],
            portal: "+portal".to_owned(),
        }),
        missing_permission: Some("-x".to_owned()),
        waivers: Vec::new(),
    });
    findings
}

fn waiver() -> Waiver {
    Waiver {
        registry: "lag*".to_owned(),
        repository: None,
        reason: "=It is rebuilt every night.".to_owned(),
        owner: "platform team".to_owned(),
        expires: "2026-12-31".to_owned(),
    }
}

#[test]
fn order_does_not_depend_on_the_order_of_findings() {
    let (one, mut other) = (findings(), findings());
    other.rotate_left(7);
    assert_eq!(
        sarif::document(&one, NOW, Wanted::All),
        sarif::document(&other, NOW, Wanted::All)
    );
    assert_eq!(ocsf::events(&one, NOW), ocsf::events(&other, NOW));
    assert_eq!(csv::document(&one, NOW).unwrap(), csv::document(&other, NOW).unwrap());
    assert_eq!(
        as_json::document(&one, NOW).unwrap(),
        as_json::document(&other, NOW).unwrap()
    );
    let texts = |findings| {
        table::rows(findings, Rows::All)
            .into_iter()
            .map(|(_, row)| row)
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&one), texts(&other));
}

#[test]
fn json_is_read_back() {
    let text = as_json::document(&findings(), NOW).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut back: Vec<Finding> = serde_json::from_value(document["findings"].clone()).unwrap();
    let mut before = findings();
    back.sort_by(|a, b| a.rule.cmp(&b.rule));
    before.sort_by(|a, b| a.rule.cmp(&b.rule));
    assert_eq!(back, before);
    for line in as_json::lines(&findings(), NOW).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["auditedAt"], "2026-11-22T12:00:00Z");
    }
}

#[test]
fn csv_is_read_back_and_holds_no_formula() {
    let bytes = csv::document(&findings(), NOW).unwrap();
    let mut reader = ::csv::Reader::from_reader(bytes.as_slice());
    assert_eq!(reader.headers().unwrap(), csv::HEADER.as_slice());
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), findings().len());
    for cell in records.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
    }
    let hostile: Vec<_> = records
        .iter()
        .find(|record| &record[3] == "rule-of-tomorrow")
        .unwrap()
        .iter()
        .collect();
    assert_eq!(hostile[1], "'=cmd");
    assert_eq!(hostile[6], "'@SUM(1+1)*cmd|' /C calc'!A0");
    assert_eq!(hostile[7], r#"{"text":"a,b\"c\nd"}"#);
}

#[test]
fn formats_look_like_this() {
    let some: Vec<_> = findings()
        .into_iter()
        .filter(|finding| {
            let few = [
                "admin-user-disabled",
                "anonymous-pull-disabled",
                "key-rotation-automatic",
                "resource-lock",
                "rule-of-tomorrow",
            ];
            few.contains(&finding.rule.as_str())
        })
        .collect();
    let sarif = sarif::document(&some, NOW, Wanted::All);
    insta::assert_json_snapshot!("sarif_results", sarif["runs"][0]["results"]);
    insta::assert_json_snapshot!("sarif_rule", sarif["runs"][0]["tool"]["driver"]["rules"][0]);
    insta::assert_json_snapshot!("ocsf", ocsf::events(&some, NOW));
    insta::assert_snapshot!("ndjson", as_json::lines(&some, NOW).unwrap());
    let texts = |rows| {
        table::rows(&some, rows)
            .into_iter()
            .map(|(_, row)| row)
            .collect::<Vec<_>>()
    };
    insta::assert_json_snapshot!("table", texts(Rows::All));
    insta::assert_json_snapshot!("table_open", texts(Rows::Open));
    insta::assert_snapshot!("csv", String::from_utf8(csv::document(&some, NOW).unwrap()).unwrap());
}

/// Writes the two formats that have validators of their own where those are to look for them.
#[test]
fn samples_for_validators() {
    let Ok(folder) = std::env::var("POSTURE_SAMPLES") else {
        println!("skipped: POSTURE_SAMPLES names no folder");
        return;
    };
    let findings = findings();
    for (name, wanted) in [("sample", Wanted::Failures), ("all", Wanted::All)] {
        let sarif = serde_json::to_string_pretty(&sarif::document(&findings, NOW, wanted)).unwrap();
        std::fs::write(format!("{folder}/{name}.sarif"), sarif).unwrap();
    }
    let ocsf = serde_json::to_string_pretty(&ocsf::events(&findings, NOW)).unwrap();
    std::fs::write(format!("{folder}/sample.ocsf.json"), ocsf).unwrap();
}
