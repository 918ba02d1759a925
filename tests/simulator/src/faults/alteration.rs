//! A JSON answer with something in it altered, as raw text: numbers that no type holds, fields that are missing, items
//! that stand in a list twice.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

type Fields = BTreeMap<String, Box<RawValue>>;

/// What is altered, and where.
#[derive(Debug, Clone)]
pub struct Alteration {
    /// The list that is altered; none: the answer's own fields are.
    list: Option<&'static str>,
    /// Position in the list; none: every item.
    item: Option<usize>,
    change: Change,
}

/// How an object (the answer, or an item of a list) is altered.
#[derive(Debug, Clone)]
pub enum Change {
    /// This JSON text takes its place.
    Raw(String),
    /// The field has this JSON text as its value, whether it was there or not.
    Set(&'static str, String),
    /// It does not have these fields.
    Without(&'static [&'static str]),
    /// It is there twice, the second time with this field changed if one is given.
    Twice(Option<(&'static str, String)>),
}

impl Alteration {
    /// The answer itself.
    pub fn answer(change: Change) -> Self {
        let (list, item) = (None, None);
        Self { list, item, change }
    }

    /// One item of a list, counted from 0. A list that is shorter stays as it is.
    pub fn item(list: &'static str, at: usize, change: Change) -> Self {
        let (list, item) = (Some(list), Some(at));
        Self { list, item, change }
    }

    /// Every item of a list.
    pub fn items(list: &'static str, change: Change) -> Self {
        let (list, item) = (Some(list), None);
        Self { list, item, change }
    }

    /// The altered body; none if there is nothing in it to alter.
    pub(super) fn apply(&self, body: &[u8]) -> Option<String> {
        let Some(list) = self.list else {
            let whole: Box<RawValue> = serde_json::from_slice(body).ok()?;
            return self
                .change
                .apply(whole)
                .into_iter()
                .next()
                .map(|value| value.get().to_owned());
        };
        let mut answer: Fields = serde_json::from_slice(body).ok()?;
        let items: Vec<Box<RawValue>> = serde_json::from_str(answer.get(list)?.get()).ok()?;
        let altered = items.into_iter().enumerate().flat_map(|(at, item)| {
            if self.item.is_none_or(|wanted| wanted == at) {
                self.change.apply(item)
            } else {
                vec![item]
            }
        });
        let altered: Vec<Box<RawValue>> = altered.collect();
        answer.insert(list.to_owned(), serde_json::value::to_raw_value(&altered).ok()?);
        serde_json::to_string(&answer).ok()
    }
}

impl Change {
    fn apply(&self, value: Box<RawValue>) -> Vec<Box<RawValue>> {
        let with = |field: &str, text: &str| {
            edit(&value, |fields| {
                fields.extend(raw(text).map(|text| (field.to_owned(), text)));
            })
        };
        match self {
            Self::Raw(text) => raw(text).into_iter().collect(),
            Self::Set(field, text) => vec![with(field, text)],
            Self::Without(absent) => vec![edit(&value, |fields| {
                fields.retain(|field, _| !absent.contains(&field.as_str()));
            })],
            Self::Twice(None) => vec![value.clone(), value],
            Self::Twice(Some((field, text))) => vec![value.clone(), with(field, text)],
        }
    }
}

/// An object with its fields changed; anything else stays as it is.
fn edit(value: &RawValue, change: impl FnOnce(&mut Fields)) -> Box<RawValue> {
    let Ok(mut fields) = serde_json::from_str::<Fields>(value.get()) else {
        return value.to_owned();
    };
    change(&mut fields);
    serde_json::value::to_raw_value(&fields).unwrap_or_else(|_| value.to_owned())
}

fn raw(text: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(text.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::{Alteration, Change};

    const BODY: &[u8] = br#"{"tags":[{"name":"a","n":1},{"name":"b","n":2}],"registry":"x"}"#;

    #[test]
    fn alters_items_and_the_answer() {
        let set = Change::Set("n", "18446744073709551616".to_owned());
        let altered = |alteration: Alteration| alteration.apply(BODY).unwrap();
        assert_eq!(
            altered(Alteration::item("tags", 1, set)),
            r#"{"registry":"x","tags":[{"name":"a","n":1},{"n":18446744073709551616,"name":"b"}]}"#
        );
        assert_eq!(
            altered(Alteration::items("tags", Change::Without(&["n"]))),
            r#"{"registry":"x","tags":[{"name":"a"},{"name":"b"}]}"#
        );
        assert_eq!(
            altered(Alteration::item("tags", 0, Change::Twice(None))),
            r#"{"registry":"x","tags":[{"name":"a","n":1},{"name":"a","n":1},{"name":"b","n":2}]}"#
        );
        let twice = Change::Twice(Some(("n", "9".to_owned())));
        assert_eq!(
            altered(Alteration::item("tags", 1, twice)),
            r#"{"registry":"x","tags":[{"name":"a","n":1},{"name":"b","n":2},{"n":9,"name":"b"}]}"#
        );
        assert_eq!(
            altered(Alteration::answer(Change::Without(&["tags"]))),
            r#"{"registry":"x"}"#
        );
        assert_eq!(altered(Alteration::answer(Change::Raw("null".to_owned()))), "null");
        let none = Alteration::items("manifests", Change::Twice(None));
        assert_eq!(none.apply(BODY), None);
    }
}
