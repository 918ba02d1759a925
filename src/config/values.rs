//! Reading one value of a setting.

use std::str::FromStr;

use super::ConfigError;
use super::settings::Lookup;
use crate::collect::selection::Patterns;

pub(super) fn required(lookup: &Lookup, setting: &'static str) -> Result<String, ConfigError> {
    lookup.get(setting).ok_or_else(|| ConfigError::new(setting, "not set"))
}

pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(
    lookup: &Lookup,
    setting: &'static str,
) -> Result<Option<T>, ConfigError> {
    let text = lookup.get(setting);
    text.map(|text| text.parse().map_err(|error| ConfigError::new(setting, error)))
        .transpose()
}

pub(super) fn one_of<T: clap::ValueEnum>(lookup: &Lookup, setting: &'static str) -> Result<Option<T>, ConfigError> {
    let names = || {
        let names = T::value_variants()
            .iter()
            .filter_map(|value| Some(value.to_possible_value()?.get_name().to_owned()));
        names.collect::<Vec<_>>().join(", ")
    };
    let text = lookup.get(setting);
    text.map(|text| T::from_str(&text, true).map_err(|_| ConfigError::new(setting, format!("not one of {}", names()))))
        .transpose()
}

pub(super) fn flag(lookup: &Lookup, setting: &'static str) -> Result<bool, ConfigError> {
    Ok(parsed(lookup, setting)?.unwrap_or(false))
}

/// The items of a setting; none when it is not set. One that is set and has none is an error: as "not set" it would
/// stand for everything.
pub(super) fn list(lookup: &Lookup, setting: &'static str) -> Result<Vec<String>, ConfigError> {
    let Some(text) = lookup.get(setting) else {
        return Ok(Vec::new());
    };
    let items: Vec<String> = items(&text).map(str::to_owned).collect();
    match items.is_empty() {
        true => Err(ConfigError::new(setting, "nothing but separators")),
        false => Ok(items),
    }
}

/// What stands between commas, semicolons and spaces.
pub fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', ';'])
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

pub(super) fn patterns(lookup: &Lookup, setting: &'static str) -> Result<Patterns, ConfigError> {
    let patterns = list(lookup, setting)?;
    Patterns::parse(patterns.iter().map(String::as_str)).map_err(|error| ConfigError::new(setting, error))
}
