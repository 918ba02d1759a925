//! What is shown on a terminal that has no room for everything: columns that matter less are left out before the others
//! are cut to ruins, and that is said.

use std::collections::BTreeSet;

use console::measure_text_width;

use crate::cli::table::Kind;
use crate::query::row::{Columns, Field, Row};

/// What is left out first.
const ORDER: [&str; 6] = [
    "lastUpdateTime",
    "mediaType",
    "snapshot",
    "registry",
    "createdTime",
    "locked",
];
/// Has a column only where a row says something under it.
const WHERE_SAID: [&str; 1] = ["goneSince"];
/// A text or a name is readable in so many places.
const TEXT: usize = 14;
const NAME: usize = 20;
/// Lines and blanks beside every column, and the line at the end.
const BESIDE: usize = 3;
const AT_THE_END: usize = 1;

/// What kind of column it is, by its name and what stands in it.
pub(super) fn kind(name: &str, field: Option<&Field>) -> Kind {
    match (name, field) {
        (_, Some(Field::Number(_) | Field::Bytes(_))) => Kind::Number,
        ("registry" | "repository" | "tag" | "subject", _) => Kind::Name,
        ("kind", _) => Kind::Term,
        ("completeness" | "locked" | "platform", _) => Kind::Word,
        _ => Kind::Text,
    }
}

/// A time to the second, which is enough for people; anything else as it is.
pub(super) fn to_the_second(text: &str) -> String {
    let is_time = text.len() > 20 && text.ends_with('Z') && text.get(10..11) == Some("T");
    match text.get(..19) {
        Some(seconds) if is_time && text.get(19..20) == Some(".") => format!("{seconds}Z"),
        _ => text.to_owned(),
    }
}

/// What login servers all end with, from the first dot on: it tells none from another. Empty where they do not.
pub(super) fn common_end<'t>(mut login_servers: impl Iterator<Item = &'t str>) -> &'t str {
    let end = |server: &'t str| server.find('.').and_then(|dot| server.get(dot..)).unwrap_or_default();
    let first = login_servers.next().map(end).unwrap_or_default();
    match login_servers.all(|server| end(server) == first) {
        true => first,
        false => "",
    }
}

/// Names of the columns that are left out of a table that is at most so wide. `texts`: what is shown, row after row.
pub(super) fn left_out(columns: Columns, rows: &[Row], texts: &[Vec<String>], width: usize) -> BTreeSet<&'static str> {
    let needed = |place: usize, name: &str| {
        let longest = texts
            .iter()
            .filter_map(|row| row.get(place))
            .map(|text| measure_text_width(text))
            .max();
        let longest = longest.unwrap_or_default();
        let whole = longest.max(measure_text_width(name));
        let mut fields = rows.iter().filter_map(|row| row.get(place));
        match kind(name, fields.find(|field| **field != Field::Absent)) {
            Kind::Text => whole.min(TEXT),
            Kind::Name => whole.min(NAME),
            Kind::Word | Kind::Term => whole,
            Kind::Number => longest,
        }
    };
    let unsaid = unsaid(columns, rows);
    let mut wishes: Vec<(&'static str, usize)> = columns
        .iter()
        .enumerate()
        .filter(|(_, name)| !unsaid.contains(*name))
        .map(|(place, name)| (*name, needed(place, name) + BESIDE))
        .collect();
    let mut out = BTreeSet::new();
    for name in ORDER {
        if wishes.iter().map(|(_, needed)| needed).sum::<usize>() + AT_THE_END <= width {
            break;
        }
        // What tells rows apart stays.
        if name == "registry" && !is_the_same(columns, rows, name) {
            continue;
        }
        if wishes.iter().any(|(wished, _)| *wished == name) {
            wishes.retain(|(wished, _)| *wished != name);
            out.insert(name);
        }
    }
    out
}

/// Names of the columns that are for rows that say something under them, where none does.
pub(super) fn unsaid(columns: Columns, rows: &[Row]) -> BTreeSet<&'static str> {
    let is_said = |place: usize| {
        rows.iter()
            .any(|row| row.get(place).is_some_and(|field| *field != Field::Absent))
    };
    let named = columns.iter().enumerate().filter(|(_, name)| WHERE_SAID.contains(name));
    let unsaid = named.filter(|(place, _)| !is_said(*place));
    unsaid.map(|(_, name)| *name).collect()
}

/// Whether all rows say the same under a column.
fn is_the_same(columns: Columns, rows: &[Row], name: &str) -> bool {
    let place = columns.iter().position(|column| *column == name);
    let fields = rows.iter().map(|row| place.and_then(|place| row.get(place)));
    fields.collect::<BTreeSet<_>>().len() < 2
}

#[cfg(test)]
mod tests {
    use super::{common_end, left_out, to_the_second};
    use crate::query::row::Field;

    #[test]
    fn what_matters_less_goes_first_and_a_registry_only_where_there_is_one() {
        let columns = &["registry", "repository", "mediaType", "locked"];
        let row = |registry: &str| {
            let texts = [registry, "team/a-long-name-of-one", "application/json", "no"];
            (
                texts.map(|text| Field::Text(text.to_owned())).to_vec(),
                texts.map(str::to_owned).to_vec(),
            )
        };
        let out = |registries: &[&str], width| {
            let (rows, texts): (Vec<_>, Vec<_>) = registries.iter().map(|registry| row(registry)).unzip();
            left_out(columns, &rows, &texts, width).into_iter().collect::<Vec<_>>()
        };
        let one = "contosoproducts.azurecr.io";
        assert_eq!(out(&[one], 80), [""; 0]);
        assert_eq!(out(&[one], 60), ["mediaType"]);
        assert_eq!(out(&[one], 40), ["mediaType", "registry"]);
        assert_eq!(out(&[one, "contosolab.azurecr.io"], 40), ["locked", "mediaType"]);
    }

    #[test]
    fn login_servers_have_an_end_in_common_or_none() {
        assert_eq!(common_end(["a.azurecr.io", "b.azurecr.io"].into_iter()), ".azurecr.io");
        assert_eq!(common_end(["a.azurecr.io", "b.azurecr.cn"].into_iter()), "");
        assert_eq!(common_end(["localhost"].into_iter()), "");
        assert_eq!(common_end([].into_iter()), "");
    }

    #[test]
    fn times_are_told_to_the_second() {
        assert_eq!(to_the_second("2025-05-15T00:40:37.5999283Z"), "2025-05-15T00:40:37Z");
        for other in ["2025-05-15T00:40:37Z", "sha256:0000000000000000000Z", "–", ""] {
            assert_eq!(to_the_second(other), other);
        }
    }
}
