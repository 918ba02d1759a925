//! What a switch of the role assignment mode would change.

use anyhow::Context as _;
use serde_json::json;

use super::super::table::{Cell, Kind, Table};
use super::Format;
use crate::access::effective::Grants;
use crate::audit::joined::Basis;
use crate::audit::questions::{SwitchChange, switched};

pub(super) fn print(grants: &Grants, names: &[String], basis: &Basis, format: Format) -> anyhow::Result<()> {
    let (to, changes) = switched(grants, names).context("the registry's role assignment mode could not be read")?;
    if format == Format::Json {
        let answer = json!({"registryId": grants.facts().registry, "from": grants.mode(), "to": to, "basis": basis, "changes": changes});
        outln!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    let count = changes.len();
    let row = |change: SwitchChange| {
        let actions: Vec<&str> = change.actions.iter().map(|action| action.as_str()).collect();
        let turn = format!("{} → {}", change.before.as_str(), change.after.as_str());
        let tone = change.after.into();
        [
            change.principal.into(),
            actions.join(", ").into(),
            change.place.into(),
            Cell::toned(turn, tone),
        ]
    };
    let columns = [
        ("principal", Kind::Name),
        ("actions", Kind::Text),
        ("where", Kind::Text),
        ("before → after", Kind::Word),
    ];
    outln!("{}", Table::new(columns, changes.into_iter().map(row)));
    outln!("switching to {}: {count} changes", to.arm());
    Ok(())
}
