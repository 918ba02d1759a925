//! The registries of the demo, judged: how many rules of each verdict, and what fails worst.

use crate::app::App;
use crate::cli::audit::{Audited, stored_audits};
use crate::cli::table::{Kind, Table};
use crate::config::Config;
use crate::config::settings::Lookup;
use crate::inventory::audit::AuditDocument;
use crate::posture::profile::Profile;
use crate::posture::verdict::{Finding, Verdict};
use simulator::tenant::Tenant;

/// Failures named per registry.
const WORST: usize = 3;

/// The audits that the refreshes have put into the inventory in `output`.
pub(super) async fn audited(tenant: &Tenant, output: &str) -> anyhow::Result<Vec<Audited>> {
    let config = Config::read(&Lookup::new(tenant.application_settings(output)))?;
    let app = App::reading(config)?;
    let (audited, _) = stored_audits(&app, &Profile::default(), false).await?;
    Ok(audited)
}

/// One row a registry.
pub(super) fn table(audited: &[Audited]) -> Table {
    let columns = [
        ("registry", Kind::Name),
        ("pass", Kind::Number),
        ("fail", Kind::Number),
        ("unknown", Kind::Number),
        ("not applicable", Kind::Number),
        ("fails worst", Kind::Name),
    ];
    let row = |registry: &Audited| {
        let count = |verdict| of(&registry.audit, verdict).count().to_string();
        [
            registry.login_server.to_string(),
            count(Verdict::Pass),
            count(Verdict::Fail),
            count(Verdict::Unknown),
            count(Verdict::NotApplicable),
            worst(&registry.audit),
        ]
    };
    Table::new(columns, audited.iter().map(row))
}

fn of(audit: &AuditDocument, verdict: Verdict) -> impl Iterator<Item = &Finding> {
    audit.findings.iter().filter(move |found| found.verdict == verdict)
}

/// The failures of the highest severity, in the order of the rules.
fn worst(audit: &AuditDocument) -> String {
    let mut failures: Vec<&Finding> = of(audit, Verdict::Fail).collect();
    failures.sort_by_key(|found| found.severity);
    let rules = failures.iter().take(WORST).map(|found| found.rule.as_str());
    rules.collect::<Vec<_>>().join("\n")
}
