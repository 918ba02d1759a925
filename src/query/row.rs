//! A row of an answer: named fields, whatever they are printed as.

use serde_json::{Map, Value};

/// What stands in a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The service did not say it.
    Absent,
    Flag(bool),
    Number(u64),
    /// A size: IEC units for people, bytes for programs.
    Bytes(u64),
    Text(String),
    List(Vec<String>),
}

/// Names of the fields, as a program reads them.
pub type Columns = &'static [&'static str];

/// The fields, in the order of their columns.
pub type Row = Vec<Field>;

impl Field {
    /// A text that may be absent.
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Absent, |text| Self::Text(text.into()))
    }

    /// As JSON has it.
    pub fn json(&self) -> Value {
        match self {
            Self::Absent => Value::Null,
            Self::Flag(flag) => (*flag).into(),
            Self::Number(number) | Self::Bytes(number) => (*number).into(),
            Self::Text(text) => text.clone().into(),
            Self::List(items) => items.clone().into(),
        }
    }

    /// As a cell of CSV has it.
    pub fn text(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) | Self::Bytes(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(" "),
        }
    }
}

/// A row as an object; what is absent is left out.
pub fn object(columns: Columns, row: &Row) -> Value {
    let fields = columns.iter().zip(row).filter(|(_, field)| **field != Field::Absent);
    let fields: Map<String, Value> = fields.map(|(name, field)| ((*name).to_owned(), field.json())).collect();
    fields.into()
}
