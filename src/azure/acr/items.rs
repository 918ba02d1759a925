//! The items of a list answer: all at once where every one can be read, else one by one.
//!
//! A page is read into typed items first, in one pass. Only where that fails are its items taken apart, so that what is
//! wrong with one of them costs that one alone.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::{at_path, object_text};
use crate::inventory::problem_code::ProblemCode;

/// An item as it was read, or why it cannot be used.
pub(super) type Item<W> = Result<W, Unusable>;

/// An item that cannot be used.
#[derive(Debug)]
pub(super) struct Unusable {
    /// Its digest or name; none where that is what cannot be read.
    pub(super) name: Option<String>,
    /// The field, and what is wrong with it.
    pub(super) detail: String,
}

/// Where an item has its name.
#[derive(Debug, Clone, Copy)]
pub(super) enum NamedBy {
    Digest,
    Name,
    /// The item is a name.
    Itself,
}

/// A list answer.
pub(super) struct List<'a, W> {
    /// `imageName`: the repository that the answer says it is about.
    pub(super) owner: Option<String>,
    pub(super) items: Box<dyn Iterator<Item = Item<W>> + 'a>,
}

/// Reads an answer whose list is at `key`. An answer without it is malformed: nothing was listed, which is not the same
/// as nothing. `null` is seen on a registry without repositories.
pub(super) fn read_list<'a, W: Deserialize<'a> + 'a>(
    body: &'a [u8],
    key: &'static str,
    named_by: NamedBy,
) -> Result<List<'a, W>, (ProblemCode, String)> {
    let malformed = |detail: String| (ProblemCode::Malformed, detail);
    let text = object_text(body).map_err(malformed)?;
    if let Ok((owner, items)) = envelope::<W>(text, key) {
        let items = Box::new(items.into_iter().map(Ok));
        return Ok(List { owner, items });
    }
    let (owner, items) = envelope::<&RawValue>(text, key).map_err(|error| malformed(error.to_string()))?;
    let items = Box::new(items.into_iter().map(move |raw| read_item(raw, named_by)));
    Ok(List { owner, items })
}

fn read_item<'a, W: Deserialize<'a>>(raw: &'a RawValue, named_by: NamedBy) -> Item<W> {
    at_path(raw.get()).map_err(|detail| Unusable {
        name: name_of(raw, named_by),
        // Line and column are those of the item, which nobody has before their eyes.
        detail: detail
            .rsplit_once(" at line ")
            .map_or(detail.clone(), |(detail, _)| detail.to_owned()),
    })
}

/// What an item that cannot be read calls itself.
fn name_of(raw: &RawValue, named_by: NamedBy) -> Option<String> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        digest: Option<&'a RawValue>,
        #[serde(borrow)]
        name: Option<&'a RawValue>,
    }
    let named: Named<'_> = serde_json::from_str(raw.get()).ok()?;
    let name = match named_by {
        NamedBy::Digest => named.digest?,
        NamedBy::Name => named.name?,
        NamedBy::Itself => return None,
    };
    serde_json::from_str(name.get()).ok()
}

/// `imageName` and the items of the list.
fn envelope<'a, I: Deserialize<'a>>(
    text: &'a str,
    key: &'static str,
) -> Result<(Option<String>, Vec<I>), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Envelope {
        key,
        item: std::marker::PhantomData,
    }
    .deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(read)
}

struct Envelope<I> {
    key: &'static str,
    item: std::marker::PhantomData<I>,
}

impl<'de, I: Deserialize<'de>> DeserializeSeed<'de> for Envelope<I> {
    type Value = (Option<String>, Vec<I>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, I: Deserialize<'de>> Visitor<'de> for Envelope<I> {
    type Value = (Option<String>, Vec<I>);

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "an object with {}", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut owner, mut items): (Option<Option<String>>, Option<Vec<I>>) = (None, None);
        while let Some(field) = map.next_key::<String>()? {
            if field == self.key {
                if items.is_some() {
                    return Err(A::Error::duplicate_field(self.key));
                }
                items = Some(map.next_value::<Option<Vec<I>>>()?.unwrap_or_default());
            } else if field == "imageName" {
                if owner.is_some() {
                    return Err(A::Error::duplicate_field("imageName"));
                }
                owner = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let items = items.ok_or_else(|| A::Error::missing_field(self.key))?;
        Ok((owner.flatten(), items))
    }
}

#[cfg(test)]
mod tests {
    use super::{NamedBy, read_list};

    fn read(body: &str) -> Result<Vec<String>, String> {
        let list = read_list::<u8>(body.as_bytes(), "list", NamedBy::Itself).map_err(|(_, detail)| detail)?;
        let shown = |item: super::Item<u8>| item.map_or_else(|unusable| unusable.detail, |item| item.to_string());
        Ok(list.items.map(shown).collect())
    }

    #[test]
    fn a_list_is_there_or_the_answer_is_malformed() {
        assert_eq!(read(r#"{"list":[1,2]}"#).unwrap(), ["1", "2"]);
        assert_eq!(read(r#"{"list":[]}"#).unwrap(), [""; 0]);
        assert_eq!(read(r#"{"list":null,"other":[{}]}"#).unwrap(), [""; 0]);
        for malformed in [
            "{}",
            r#"{"errors":[]}"#,
            r#"{"list":{}}"#,
            r#"{"list":"x"}"#,
            r#"{"list":[],"list":[]}"#,
            r#"{"list":[1}"#,
            r#"{"list":[1]} x"#,
            r#"{"list":[],"imageName":5}"#,
            "[[1]]",
            "",
        ] {
            assert!(read(malformed).is_err(), "{malformed}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_item_costs_that_item() {
        let items = read(r#"{"list":[1,256,null,"x",1e999,3]}"#).unwrap();
        assert_eq!(items.len(), 6);
        assert_eq!((items[0].as_str(), items[5].as_str()), ("1", "3"));
        assert_eq!(items[1], "invalid value: integer `256`, expected u8");
    }
}
