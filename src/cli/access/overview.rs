//! Who holds what at the registry, whatever it is for.

use serde_json::json;

use super::super::table::{Cell, Kind, Table, Tone};
use super::Format;
use super::look::Look;
use crate::access::action::Action;
use crate::access::scope::Level;
use crate::audit::joined::{Basis, in_words};
use crate::audit::overview::{Held, condition_in_short, overview};

/// Prints it; says on stderr what could not be read.
pub(super) fn answer(look: &Look, repository: Option<&str>, format: Format) -> anyhow::Result<u8> {
    let mut basis = Basis::of_audit(&look.login_server, &look.audit);
    basis.unknown.extend(look.identities.gap().as_ref().map(in_words));
    let held = overview(&look.audit.access, repository);
    let is_open = |held: &&Held| held.condition.is_some() && !held.unknown.is_empty();
    if look.audit.access.groups.is_empty() && held.iter().any(|held| is_open(&held)) {
        let why = "no repository is known, so that what conditions on their names leave is not known: collect it, or name one with --repository";
        basis.unknown.push(why.to_owned());
    }
    match format {
        Format::Json => {
            let answer = json!({"mode": basis.mode, "repository": repository, "basis": basis, "held": held});
            outln!("{}", serde_json::to_string_pretty(&answer)?);
        }
        Format::Table => {
            let columns = [
                ("principal", Kind::Name),
                ("through", Kind::Name),
                ("at", Kind::Text),
                ("can", Kind::Text),
                ("condition", Kind::Text),
            ];
            outln!("{}", Table::new(columns, held.iter().map(row)));
            let mut principals: Vec<&str> = held.iter().map(|held| held.principal.as_str()).collect();
            principals.dedup();
            outln!(
                "{}: {} principals, {} grants",
                look.login_server,
                principals.len(),
                held.len()
            );
        }
    }
    Ok(super::say_unknown(&basis))
}

fn row(held: &Held) -> [Cell; 5] {
    let name = held.identity.name.as_ref().or(held.identity.resource.as_ref());
    let name = name.map(|name| format!("{name}\n")).unwrap_or_default();
    let condition = held.condition.as_deref().map(condition_in_short).unwrap_or_default();
    let can = can(held);
    let tone = match (
        held.actions.is_empty() && held.in_new.is_empty(),
        held.unknown.is_empty(),
    ) {
        (true, true) => Tone::Quiet,
        (_, false) => Tone::Doubtful,
        (false, true) => Tone::Plain,
    };
    [
        (name + &held.principal).into(),
        held.through.clone().into(),
        at(held).into(),
        Cell::toned(can, tone),
        condition.into(),
    ]
}

/// Where a role is assigned, without the ids that all have.
fn at(held: &Held) -> String {
    let last = held.scope.rsplit('/').next().unwrap_or_default();
    match held.level {
        None => held.scope.clone(),
        Some(Level::Root) => "tenant".to_owned(),
        Some(Level::ManagementGroup) => format!("management group {last}"),
        Some(Level::Subscription) => "subscription".to_owned(),
        Some(Level::ResourceGroup) => format!("resource group {last}"),
        Some(Level::Registry) => "registry".to_owned(),
        Some(Level::Below) => format!("below the registry: {last}"),
    }
}

/// What can be done, in repositories that are there and in others that its condition names.
fn can(held: &Held) -> String {
    let mut words = in_short(&held.actions);
    words.extend(held.unknown.iter().map(|action| format!("{action}?")));
    let here = match words.is_empty() {
        true => "nothing".to_owned(),
        false => words.join(", "),
    };
    match held.in_new.is_empty() {
        true => here,
        false => format!("{here}; in new repositories {}", in_short(&held.in_new).join(", ")),
    }
}

/// Without what goes without saying: who pulls reads metadata, who pushes can sign.
fn in_short(actions: &[Action]) -> Vec<String> {
    let goes_without = |action: &Action| match action {
        Action::ReadMetadata => actions.contains(&Action::Pull),
        Action::Sign => actions.contains(&Action::Push),
        _ => false,
    };
    let shown = actions.iter().filter(|action| !goes_without(action));
    shown.map(|action| action.as_str().to_owned()).collect()
}
