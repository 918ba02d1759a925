//! The little of the query language that is simulated: one table, one type filter, projection, order by id, limit.

use serde_json::{Map, Value};

/// A query that was understood.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// Output column and the path it comes from; none: every column.
    columns: Option<Vec<(String, Vec<String>)>>,
    pub(super) limit: Option<usize>,
}

/// Why a query is not answered.
#[derive(Debug)]
pub(super) enum Unusable {
    /// The service would answer 400: the part of the query that it stumbles over.
    Invalid(String),
    /// The service may know it, the simulator does not.
    Unknown(String),
}

const COLUMNS: &[&str] = &[
    "id",
    "name",
    "type",
    "tenantId",
    "kind",
    "location",
    "resourceGroup",
    "subscriptionId",
    "managedBy",
    "sku",
    "plan",
    "properties",
    "tags",
    "identity",
    "zones",
    "extendedLocation",
];

/// Understands a query over registries.
pub(super) fn parse(text: &str) -> Result<Query, Unusable> {
    let mut stages = text.split('|').map(str::trim);
    let table = stages.next().unwrap_or("");
    if !table.eq_ignore_ascii_case("resources") {
        return Err(Unusable::Invalid(table.to_owned()));
    }
    let mut query = Query::default();
    let mut filtered = false;
    for stage in stages {
        let (verb, rest) = stage.split_once(char::is_whitespace).unwrap_or((stage, ""));
        let rest = rest.trim();
        match verb {
            "where" => {
                let wanted = "type=~'microsoft.containerregistry/registries'";
                let given: String = rest.chars().filter(|letter| !letter.is_whitespace()).collect();
                if given.replace('"', "'").to_lowercase() != wanted {
                    return Err(Unusable::Unknown(format!(
                        "Resource Graph filter is not simulated: {rest}"
                    )));
                }
                filtered = true;
            }
            "project" => query.columns = Some(columns(rest)?),
            "limit" | "take" => {
                let limit = rest.parse().map_err(|_| Unusable::Invalid(rest.to_owned()))?;
                query.limit = Some(limit);
            }
            "order" | "sort" if matches!(rest, "by id" | "by id asc") => {}
            _ => {
                return Err(Unusable::Unknown(format!(
                    "Resource Graph stage is not simulated: {stage}"
                )));
            }
        }
    }
    match filtered {
        true => Ok(query),
        false => Err(Unusable::Unknown("Resource Graph query has no type filter".to_owned())),
    }
}

/// `a, b = path, c = tostring(path)`.
fn columns(text: &str) -> Result<Vec<(String, Vec<String>)>, Unusable> {
    text.split(',')
        .map(|column| {
            let (name, path) = match column.split_once('=') {
                Some((name, path)) => (name.trim(), path.trim()),
                None => (column.trim(), column.trim()),
            };
            let path = path
                .strip_prefix("tostring(")
                .and_then(|path| path.strip_suffix(')'))
                .unwrap_or(path);
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            let first = path.first().map_or("", String::as_str);
            match COLUMNS.contains(&first) {
                true => Ok((name.to_owned(), path)),
                false => Err(Unusable::Invalid(first.to_owned())),
            }
        })
        .collect()
}

impl Query {
    /// Whether the answer has this column.
    pub(super) fn projects(&self, column: &str) -> bool {
        let columns = self.columns.as_ref();
        columns.is_none_or(|columns| columns.iter().any(|(name, _)| name == column))
    }

    /// The columns that the query asks for.
    pub(super) fn project(&self, row: &Value) -> Map<String, Value> {
        let Some(columns) = &self.columns else {
            return row.as_object().cloned().unwrap_or_default();
        };
        let pick = |path: &Vec<String>| path.iter().fold(row, |value, key| &value[key.as_str()]).clone();
        columns.iter().map(|(name, path)| (name.clone(), pick(path))).collect()
    }
}
