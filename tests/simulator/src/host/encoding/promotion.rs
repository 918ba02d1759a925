//! Promotion: fields of a JSON object in a text body overwrite metadata of the same name.

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::dates::invariant;
use super::{Fields, quoted};

/// Copies the top-level fields of `body` into `metadata`, if it is a JSON object.
///
/// Names compare without case and keep the spelling that was there; arrays and nulls are left out; nested objects stay
/// objects; other values become texts. A text that is a date is rewritten in the invariant culture.
pub(super) fn promote(metadata: &mut Fields, body: &str) {
    let Ok(Value::Object(members)) = serde_json::from_str::<Value>(body) else {
        return;
    };
    for (key, value) in members {
        let value = match value {
            Value::Null | Value::Array(_) => continue,
            Value::Object(_) => value,
            Value::String(text) => quoted(&rewrite_date(&text)),
            // .NET writes booleans with a capital.
            Value::Bool(true) => quoted("True"),
            Value::Bool(false) => quoted("False"),
            Value::Number(number) => quoted(&number.to_string()),
        };
        let known = metadata.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(&key));
        match known {
            Some(field) => field.1 = value,
            None => metadata.push((key, value)),
        }
    }
}

fn rewrite_date(text: &str) -> String {
    let zoned = OffsetDateTime::parse(text, &Rfc3339).ok();
    let local = || {
        let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second][optional [.[subsecond]]]");
        PrimitiveDateTime::parse(text, form)
            .ok()
            .map(PrimitiveDateTime::assume_utc)
    };
    zoned.or_else(local).map_or_else(|| text.to_owned(), invariant)
}
