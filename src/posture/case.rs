//! One registry before the rules: the evidence, the profile and the time, with the questions that many rules ask.

use serde_json::Value;
use time::OffsetDateTime;

use super::access::AccessSummary;
use super::answer::{Early, Quote, not_applicable, refused, unknown};
use super::body::Body;
use super::evidence::{Evidence, Read};
use super::inventory_summary::InventorySummary;
use super::profile::Profile;
use super::remediation::clean;
use super::source::Source;

/// All that rules look at. Rules do no I/O and read no clock.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub evidence: &'a Evidence,
    /// What was made of role assignments.
    pub access: &'a Read<AccessSummary>,
    /// What was made of the inventory; none when there is none.
    pub inventory: Option<&'a InventorySummary>,
    pub profile: &'a Profile,
    pub now: OffsetDateTime,
}

/// A list that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed<'a> {
    pub(super) items: &'a [Value],
    pub(super) api_version: &'a str,
}

impl Listed<'_> {
    /// A quote to build on.
    pub(super) fn quote(&self) -> Quote {
        Quote::read_with(self.api_version)
    }
}

/// The SKUs that make a difference to rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sku {
    /// Also the retired Classic.
    Basic,
    Standard,
    Premium,
}

/// The value of a read, or the unknown that stands for it.
pub(super) fn known<'a, T>(read: &'a Read<T>, name: &str) -> Result<(&'a T, &'a str), Early> {
    match read {
        Read::Known { value, api_version } => Ok((value, api_version)),
        Read::Refused { permission } => {
            let role = Source::role_with(permission).map(|role| format!(", which the role {role} brings"));
            let sentence = format!(
                "Reading {name} was refused; it takes {}{}.",
                clean(permission),
                role.unwrap_or_default()
            );
            Err(refused(permission, sentence))
        }
        Read::Failed { reason, .. } => Err(unknown(
            Quote::default(),
            format!("Reading {name} failed: {}.", clean(reason.trim_end_matches('.'))),
        )),
        Read::NotAsked { why } => Err(unknown(
            Quote::default(),
            format!("Not asked for {name}: {}.", clean(why.trim_end_matches('.'))),
        )),
    }
}

impl<'a> Case<'a> {
    /// The registry resource.
    pub(super) fn registry(&self) -> Result<Body<'a>, Early> {
        let (value, api_version) = known(&self.evidence.registry, Source::Registry.name())?;
        Ok(Body::new(value, api_version))
    }

    /// The registry resource for a preview property: the preview read when there is one.
    pub(super) fn registry_preview(&self) -> Result<Body<'a>, Early> {
        match &self.evidence.registry_preview {
            Read::Known { value, api_version } => Ok(Body::new(value, api_version)),
            _ => self.registry(),
        }
    }

    /// A list of resources under the registry, or around it.
    pub(super) fn list(&self, source: Source) -> Result<Listed<'a>, Early> {
        let Some(read) = self.evidence.list(source) else {
            return Err(unknown(Quote::default(), format!("{} is not a list.", source.name())));
        };
        let (items, api_version) = known(read, source.name())?;
        Ok(Listed { items, api_version })
    }

    /// The SKU, from the registry or else from the list it was found in.
    pub(super) fn sku(&self) -> Result<(Sku, Quote), Early> {
        let body = self.registry();
        let (name, quote) = match &body {
            Ok(body) => (body.at("sku.name").and_then(Value::as_str), body.quote(&["sku.name"])),
            Err(_) => (
                self.evidence.sku.as_deref(),
                Quote::default().and("sku.name", self.evidence.sku.clone()),
            ),
        };
        match name.map(str::to_ascii_lowercase).as_deref() {
            Some("basic" | "classic") => Ok((Sku::Basic, quote)),
            Some("standard") => Ok((Sku::Standard, quote)),
            Some("premium") => Ok((Sku::Premium, quote)),
            Some(other) => Err(unknown(quote, format!("The SKU {other:?} is not one we know."))),
            None => Err(body.err().unwrap_or_else(|| unknown(quote, "The answer names no SKU."))),
        }
    }

    /// Leaves with not-applicable below Premium.
    pub(super) fn premium_only(&self, what: &str) -> Result<(), Early> {
        match self.sku()? {
            (Sku::Premium, _) => Ok(()),
            (_, quote) => Err(not_applicable(quote, format!("{what} needs the Premium SKU."))),
        }
    }

    /// Whether the public endpoint is open. An absent property means that it is: that is ARM's default.
    pub(super) fn public_access(&self) -> Result<(bool, Quote), Early> {
        // The property came with this version; before it, absence says nothing.
        const SINCE: &str = "2019-12-01";
        let body = self.registry()?;
        let path = "properties.publicNetworkAccess";
        let open = match body.word(path, &["Enabled", "Disabled"])? {
            Some(word) => word == "Enabled",
            None if body.is_older_than(SINCE) => return Err(body.absent(path)),
            None => true,
        };
        Ok((open, body.quote(&[path])))
    }
}
