//! Findings on stdout, what could not be known on stderr.

use super::{Audited, Format};
use crate::audit::joined::in_words;
use crate::cli::table::{Cell, Kind, Table, Tone};
use crate::posture::formats::sarif::Wanted as Results;
use crate::posture::formats::table::Rows;
use crate::posture::formats::{csv, json, ocsf, sarif, table};
use crate::posture::verdict::{Finding, Verdict};

/// What of the findings is printed where the format leaves a choice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) rows: Rows,
    pub(super) results: Results,
}

/// Prints the findings of all registries in one document.
pub(super) fn findings(audited: &[Audited], format: Format, wanted: Wanted) -> anyhow::Result<()> {
    let findings: Vec<Finding> = audited
        .iter()
        .flat_map(|registry| registry.audit.findings.clone())
        .collect();
    let at = crate::clock::now();
    match format {
        Format::Table => {
            let rows = table::rows(&findings, wanted.rows);
            if !rows.is_empty() {
                outln!("{}", Table::new(COLUMNS, rows.into_iter().map(cells)));
            }
            outln!("{}", counted(audited.len(), &findings));
        }
        // The only one with the table of access and the gaps in it.
        Format::Json => outln!("{}", serde_json::to_string_pretty(audited)?),
        Format::Ndjson => out!("{}", json::lines(&findings, at)?),
        Format::Csv => out!("{}", String::from_utf8_lossy(&csv::document(&findings, at)?)),
        Format::Sarif => outln!(
            "{}",
            serde_json::to_string_pretty(&sarif::document(&findings, at, wanted.results))?
        ),
        Format::Ocsf => outln!("{}", serde_json::to_string_pretty(&ocsf::events(&findings, at))?),
    }
    Ok(())
}

const COLUMNS: [(&str, Kind); 5] = [
    ("verdict", Kind::Word),
    ("severity", Kind::Word),
    ("rule", Kind::Name),
    ("registry", Kind::Name),
    ("why", Kind::Text),
];

fn cells((finding, row): (&Finding, [String; 5])) -> [Cell; 5] {
    let tone = match finding.is_waived() {
        true => Tone::Quiet,
        false => Tone::of(finding.verdict, finding.severity),
    };
    let [verdict, severity, rule, registry, why] = row;
    let [verdict, severity] = [verdict, severity].map(|word| Cell::toned(word, tone));
    [verdict, severity, rule.into(), registry.into(), why.into()]
}

/// How many there are of each verdict.
fn counted(registries: usize, findings: &[Finding]) -> String {
    let count = |verdict, word| {
        let of = || findings.iter().filter(|found| found.verdict == verdict);
        let waived = match of().filter(|found| found.is_waived()).count() {
            0 => String::new(),
            waived => format!(" ({waived} of them waived)"),
        };
        format!("{} {word}{waived}", of().count())
    };
    let counts = [
        count(Verdict::Fail, "fail"),
        count(Verdict::Unknown, "unknown"),
        count(Verdict::Pass, "pass"),
        count(Verdict::NotApplicable, "not applicable"),
    ];
    let registries = match registries {
        1 => "1 registry".to_owned(),
        registries => format!("{registries} registries"),
    };
    format!("{registries}: {}", counts.join(", "))
}

/// Says what could not be known and which role would tell it, and what the reading cost.
pub(super) fn gaps(audited: &[Audited]) {
    for Audited {
        login_server, audit, ..
    } in audited
    {
        errln!(
            "{login_server}: {} reads of Resource Manager, and {} of its subscription",
            audit.registry_reads,
            audit.subscription_reads
        );
        for gap in &audit.gaps {
            let role = gap.role.as_ref().map(|role| format!(", which the role {role} brings"));
            errln!("{login_server}: {}{}", in_words(gap), role.unwrap_or_default());
        }
    }
}
