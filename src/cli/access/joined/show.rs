//! The answers as tables, each with a line that sums it up.

use super::super::super::table::{Kind, Table};
use super::super::holders::{self, answer as answered};
use crate::access::decision::Verdict;
use crate::audit::joined::overwrite::Overwrite;
use crate::audit::joined::production::{Production, Writer};
use crate::audit::joined::tagged::Lock;
use crate::audit::joined::tokens::DeletingToken;
use crate::audit::joined::unsigned::{Image, Unsigned};
use crate::names::{RepositoryName, Tag};

pub(super) fn overwrite(repository: &RepositoryName, tag: &Tag, answer: &Overwrite) -> String {
    let lock = match &answer.lock {
        Lock::Locked { by } => format!(
            "locked by writeEnabled of its {}; whoever may change that can unlock it",
            by.join(" and its ")
        ),
        Lock::Unlocked => "not locked".to_owned(),
        Lock::Unknown { .. } => "whether it is locked is not known".to_owned(),
    };
    let table = Table::new(holders::COLUMNS, answer.holders.iter().map(holders::row));
    let counted = holders::counted(&answer.holders);
    format!("{table}\noverwrite {repository}:{tag}: {counted}; {lock}")
}

pub(super) fn unsigned(answer: &Unsigned) -> String {
    let row = |image: &Image| {
        let tags = image.tags.join(", ");
        [
            answered(image.verdict),
            format!("{}@{}", image.repository, image.digest).into(),
            tags.into(),
            image.why.join("\n").into(),
        ]
    };
    let columns = [
        ("answer", Kind::Word),
        ("image", Kind::Name),
        ("tags", Kind::Text),
        ("why it is not known", Kind::Text),
    ];
    let table = Table::new(columns, answer.images.iter().map(row));
    let certain = answer.images.iter().filter(|image| image.verdict == Verdict::Granted);
    let certain = certain.count();
    let left_out = match answer.left_out {
        0 => String::new(),
        more => format!(", {more} more are not listed"),
    };
    format!(
        "{table}\nunsigned images that everybody can pull: {certain}, of {} it is not known{left_out}; {} are signed, {} locked, {} not open to everybody",
        answer.images.len() - certain,
        answer.signed,
        answer.locked,
        answer.closed
    )
}

pub(super) fn tokens(tokens: &[DeletingToken]) -> String {
    let row = |token: &DeletingToken| {
        [
            answered(token.verdict),
            token.token.clone().into(),
            format!("{} ({} repositories)", token.place, token.repositories).into(),
            token.reasons.join("\n").into(),
        ]
    };
    let columns = [
        ("answer", Kind::Word),
        ("token", Kind::Name),
        ("where", Kind::Text),
        ("through, or why it is not known", Kind::Name),
    ];
    let table = Table::new(columns, tokens.iter().map(row));
    let can = tokens.iter().filter(|token| token.verdict == Verdict::Granted).count();
    format!(
        "{table}\nenabled tokens that can delete: {can}, of {} it is not known",
        tokens.len() - can
    )
}

pub(super) fn production(answer: &Production) -> String {
    let row = |writer: &Writer| {
        let [verdict, principal, kind, reasons] = holders::row(&writer.holder);
        let more = writer.tags.repositories - writer.tags.examples.len() as u64;
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let place = format!("{}{more}", writer.tags.examples.join(", "));
        [
            verdict,
            principal,
            kind,
            place.into(),
            writer.tags.unlocked.to_string().into(),
            reasons,
        ]
    };
    let columns = [
        ("answer", Kind::Word),
        ("principal", Kind::Name),
        ("kind", Kind::Word),
        ("repositories", Kind::Text),
        ("unlocked tags", Kind::Number),
        ("through, or why it is not known", Kind::Name),
    ];
    let table = Table::new(columns, answer.writers.iter().map(row));
    let tags = &answer.tags;
    format!(
        "{table}\nproduction tags: {} unlocked and {} locked in {} repositories",
        tags.unlocked, tags.locked, tags.repositories
    )
}
