//! Who can do one thing.

use serde_json::json;

use super::super::table::{Cell, Kind, Table};
use super::Format;
use super::look::Look;
use crate::access::action::Action;
use crate::access::decision::Verdict;
use crate::access::effective::Grants;
use crate::audit::identities::Identities;
use crate::audit::joined::{Basis, holders_of};
use crate::audit::questions::{Holder, not_known, who_can};

/// Columns of [`row`].
pub(super) const COLUMNS: [(&str, Kind); 4] = [
    ("answer", Kind::Word),
    ("principal", Kind::Name),
    ("kind", Kind::Word),
    ("through, or why it is not known", Kind::Name),
];

/// What is asked: an action, and the repository where it is one of a repository.
type Asked<'a> = (Action, Option<&'a str>);

/// By what was read now.
pub(super) fn print(
    grants: &Grants,
    identities: &Identities,
    asked: Asked<'_>,
    basis: &mut Basis,
    format: Format,
) -> anyhow::Result<()> {
    let mut holders = who_can(grants, asked.0, asked.1);
    holders.iter_mut().for_each(|holder| holder.name(identities));
    show(&grants.facts().registry, asked, &holders, basis, format)
}

/// By what was stored.
pub(super) fn print_stored(look: &Look, asked: Asked<'_>, basis: &mut Basis, format: Format) -> anyhow::Result<()> {
    let holders = holders_of(&look.audit.access, asked.0, asked.1.unwrap_or_default());
    let id = look
        .document
        .as_ref()
        .and_then(|document| document.registry_id.as_ref());
    let registry = id.map(ToString::to_string).unwrap_or_default();
    show(&registry, asked, &holders, basis, format)
}

/// Those of whom it is not known are in the basis too.
fn show(
    registry: &str,
    (action, repository): Asked<'_>,
    holders: &[Holder],
    basis: &mut Basis,
    format: Format,
) -> anyhow::Result<()> {
    basis.unknown.extend(not_known(holders));
    if format == Format::Json {
        let answer = json!({
            "registryId": registry, "mode": basis.mode, "action": action, "repository": repository, "basis": basis,
            "holders": holders,
        });
        outln!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    outln!("{}", Table::new(COLUMNS, holders.iter().map(row)));
    let place = repository.map(|name| format!(" {name}")).unwrap_or_default();
    outln!("{action}{place}: {}", counted(holders));
    Ok(())
}

/// A holder for people.
pub(super) fn row(holder: &Holder) -> [Cell; 4] {
    let more = match holder.more_reasons {
        0 => String::new(),
        more => format!("\nand {more} more"),
    };
    let kind = holder.kind.and_then(|kind| kind.arm()).unwrap_or("–");
    let workload = holder
        .identity
        .workload
        .map(|workload| format!("\n{}", workload.as_str()));
    let name = holder.identity.name.as_ref().map(|name| format!("{name}\n"));
    [
        answer(holder.verdict),
        (name.unwrap_or_default() + &holder.principal).into(),
        (kind.to_owned() + &workload.unwrap_or_default()).into(),
        (holder.reasons.join("\n") + &more).into(),
    ]
}

/// The cell of an answer.
pub(super) fn answer(verdict: Verdict) -> Cell {
    Cell::toned(verdict.as_str(), verdict.into())
}

/// How many can, and of how many it is not known.
pub(super) fn counted(holders: &[Holder]) -> String {
    let count = |verdict| holders.iter().filter(|holder| holder.verdict == verdict).count();
    format!(
        "{} can, of {} it is not known",
        count(Verdict::Granted),
        count(Verdict::Unknown)
    )
}
