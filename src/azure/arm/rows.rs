//! Rows of a list, read one by one: one that cannot be used costs itself alone.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::inventory::problem::Problem;
use crate::inventory::problem_code::ProblemCode;
use crate::names::RegistryId;

/// A row that cannot be used.
#[derive(Debug, Clone)]
pub struct UnusableRow {
    /// The registry that it is about, if that can be told.
    pub id: Option<RegistryId>,
    pub problem: Problem,
}

/// Why a row cannot be used.
pub(in crate::azure) type Why = (ProblemCode, String);

/// Reads the rows of an answer. Each is parsed by itself: one can hold what no reader takes, a number beyond all range or
/// half a character.
pub(in crate::azure) fn read_rows<T>(
    target: &str,
    rows: &[Box<RawValue>],
    read: impl Fn(Value) -> Result<T, Why>,
) -> (Vec<T>, Vec<UnusableRow>) {
    let (mut found, mut unusable) = (Vec::new(), Vec::new());
    for row in rows {
        let value = serde_json::from_str(row.get());
        let read = value
            .map_err(|error| (ProblemCode::Malformed, without_place(&error)))
            .and_then(&read);
        match read {
            Ok(row) => found.push(row),
            Err((code, why)) => unusable.push(unusable_row(target, row, code, &why)),
        }
    }
    (found, unusable)
}

/// Line and column are those of the row, which nobody has before their eyes.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(what, _)| what.to_owned())
}

fn unusable_row(target: &str, row: &RawValue, code: ProblemCode, why: &str) -> UnusableRow {
    #[derive(Deserialize)]
    struct Row<'a> {
        #[serde(borrow)]
        id: Option<&'a RawValue>,
    }
    let row: Option<Row<'_>> = serde_json::from_str(row.get()).ok();
    let id = row.and_then(|row| serde_json::from_str::<String>(row.id?.get()).ok());
    let shown = id.as_deref().unwrap_or("a row without id");
    let problem = Problem::new(code, format!("{target}: {shown}: {why}"));
    UnusableRow {
        id: id.and_then(|id| RegistryId::parse(&id).ok()),
        problem,
    }
}
