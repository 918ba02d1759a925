//! `audit`: verdicts on registries, real ones or stored ones.

mod baseline;
mod covered;
mod gate;
mod print;
mod source;
mod stored;
mod waive;

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};

use super::options::{SettingArgs, chosen_by, text};
use super::sign_in::ensure_signed_in;
use super::{COMPLETE, FOUND, WITH_PROBLEMS};
use crate::app::App;
use crate::audit::Extra;
use crate::audit::identities::Identity;
use crate::config::settings::Lookup;
use crate::inventory::audit::AuditDocument;
use crate::names::LoginServer;
use crate::posture::formats::sarif::Wanted as Results;
use crate::posture::formats::table::Rows;
use crate::posture::profile::{Profile, tag_pattern};
use crate::telemetry::{LogTo, start};
use source::is_known;
pub(super) use source::{Found, arm, find, identities, last_inventory};
#[cfg(feature = "simulator")]
pub(super) use stored::audit as stored_audits;
pub(super) use stored::saved;

/// Store of the look that an audit takes at the last inventory, when none is named.
const STORE: &str = "inventory";

const EXAMPLES: &str = "\
Examples:
  acr-inventory audit --registry contoso --credential azure-cli
  acr-inventory audit --from ./inventory --all
  acr-inventory audit --from ./inventory --format sarif --waivers waivers.toml
  acr-inventory audit --from ./inventory --fail-on high --baseline audit.ndjson --waivers waivers.toml";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// Judge what was stored: a directory or a container. Nothing is asked of Resource Manager
    #[arg(long, value_name = "DIR|URL", conflicts_with_all = ["output", "store"], value_parser = text)]
    from: Option<String>,
    /// How the findings are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// In the table, also what passes, is not applicable or is waived; it is only counted otherwise
    #[arg(long)]
    all: bool,
    /// In SARIF, what does not fail too: code scanning would show it as alerts
    #[arg(long)]
    all_verdicts: bool,
    /// Which rules count: default, strict, trusted-services-allowed or trusted-services-denied
    #[arg(long, value_parser = profile)]
    profile: Option<Profile>,
    /// Pattern of production tags, which have to be locked; may be given several times
    #[arg(long = "production-tag", value_name = "PATTERN", value_parser = tag_pattern)]
    production_tags: Vec<String>,
    /// Put the audit into the documents of the registries too, in --output or --store
    #[arg(long, conflicts_with = "from")]
    save: bool,
    #[command(flatten)]
    gate: gate::GateArgs,
    #[command(flatten)]
    extras: ExtraArgs,
}

/// What is read only when it is asked for.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct ExtraArgs {
    /// Read every registry's preview properties too: one read more each
    #[arg(long, conflicts_with = "from")]
    pub(super) preview: bool,
    /// Ask where webhooks send to. The answers hold secrets, which are dropped at once
    #[arg(long, conflicts_with = "from")]
    pub(super) callback_addresses: bool,
    /// Ask Microsoft Graph who the principals are. It takes Directory.Read.All
    #[arg(long, conflicts_with = "from")]
    pub(super) names: bool,
}

impl ExtraArgs {
    /// Nothing that is not asked for.
    pub(super) const NONE: Self = Self {
        preview: false,
        callback_addresses: false,
        names: false,
    };

    fn wanted(self) -> BTreeSet<Extra> {
        let all = [
            (self.preview, Extra::PreviewProperties),
            (self.callback_addresses, Extra::CallbackAddresses),
        ];
        let wanted = all.into_iter().filter(|(wanted, _)| *wanted);
        wanted.map(|(_, extra)| extra).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Ndjson,
    Csv,
    Sarif,
    Ocsf,
}

/// A registry and what was found of it.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Audited {
    pub(super) login_server: LoginServer,
    pub(super) audit: AuditDocument,
    /// Principals of whom more is known than the id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    identities: BTreeMap<String, Identity>,
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::named(name).ok_or_else(|| format!("profiles are {}", Profile::NAMES.join(", ")))
}

/// Settings without a store of their own look at the usual one: an audit writes nothing.
pub(super) fn with_store(mut lookup: Lookup, from: Option<&str>) -> Lookup {
    const SETTING: &str = "ACR_INVENTORY_STORE";
    match from {
        Some(from) => lookup.set_by("--from", SETTING, from),
        None if lookup.get(SETTING).is_none() => lookup.set(SETTING, STORE),
        None => {}
    }
    lookup
}

pub(super) async fn run(args: AuditArgs) -> anyhow::Result<u8> {
    let is_sarif = args.format == Format::Sarif;
    anyhow::ensure!(
        is_sarif || !args.all_verdicts,
        "--all-verdicts: the formats other than SARIF have all verdicts"
    );
    let wanted = print::Wanted {
        rows: if args.all { Rows::All } else { Rows::Open },
        results: match args.all_verdicts {
            true => Results::All,
            false => Results::Failures,
        },
    };
    // Before anybody is asked: what is wrong with them is not to be found out at the end of a long audit.
    let gate = args.gate.read()?;
    let mut lookup = args.settings.lookup()?;
    // What is to be saved has a place that somebody named.
    if !args.save {
        lookup = with_store(lookup, args.from.as_deref());
    }
    start(&lookup, LogTo::Stderr)?;
    let config = chosen_by(&lookup)?;
    let is_own = !args.production_tags.is_empty();
    let mut profile = args.profile.unwrap_or_else(|| config.audit.profile.clone());
    profile.production_tag_patterns = match args.production_tags.is_empty() {
        true => config.audit.profile.production_tag_patterns.clone(),
        false => args.production_tags,
    };
    let app = if args.save {
        App::new(config)?
    } else {
        App::reading(config)?
    };
    ensure_signed_in(&app, args.from.is_some()).await?;
    let (mut audited, complete) = match args.from {
        Some(_) => stored::audit(&app, &profile, is_own).await?,
        None => {
            let extras = ExtraArgs {
                names: args.extras.names || app.config.audit.names,
                ..args.extras
            };
            source::audit(&app, profile, extras, args.save).await?
        }
    };
    anyhow::ensure!(
        !audited.is_empty(),
        "no registry could be audited; Reader, at a subscription or at a registry, is the role that shows one"
    );
    waive::waive(&app, &gate.waivers, &mut audited, args.from.is_some()).await;
    print::findings(&audited, args.format, wanted)?;
    print::gaps(&audited);
    let known = audited.iter().all(|registry| is_known(&registry.audit.gaps));
    if gate.finds(&audited) {
        return Ok(FOUND);
    }
    Ok(if complete && known { COMPLETE } else { WITH_PROBLEMS })
}
