//! `access`: who holds what, who can do something with a repository, what a switch of the registry's mode would change,
//! and questions that join access with the inventory.

mod holders;
mod joined;
mod look;
mod overview;
mod switch;

use clap::{Args, ValueEnum};

use super::audit::{identities, last_inventory, with_store};
use super::options::{Format, SettingArgs, chosen_by, text};
use super::sign_in::ensure_signed_in;
use super::{COMPLETE, WITH_PROBLEMS};
use crate::access::action::Action;
use crate::access::effective::Memberships;
use crate::app::App;
use crate::audit::joined::{Basis, in_words};
use crate::audit::{gaps, grants};
use crate::collect::timestamp;
use crate::names::{RepositoryName, Tag};
use crate::posture::profile::{Profile, tag_pattern};
use crate::telemetry::{LogTo, start};
use joined::Question;

const EXAMPLES: &str = "\
Examples:
  acr-inventory access --registry contoso
  acr-inventory access --registry contoso --repository team/app --action push
  acr-inventory access --registry contoso --question overwrite --repository team/app --tag 1.4.0
  acr-inventory access --registry contoso --simulate-abac";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct AccessArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// Repository that is asked about
    #[arg(long, value_name = "NAME", value_parser = text)]
    repository: Option<String>,
    /// What somebody wants to do: pull, push, delete, list-catalog, configure, … Without: everything that anybody holds
    #[arg(long)]
    action: Option<Action>,
    /// A question that takes the inventory too
    #[arg(long, value_enum, conflicts_with_all = ["action", "simulate_abac"])]
    question: Option<QuestionName>,
    /// Tag that is asked about, for --question overwrite
    #[arg(long, requires = "question", value_parser = text)]
    tag: Option<String>,
    /// Pattern of production tags, for --question production-writers; may be given several times. There is no default
    #[arg(long = "production-tag", value_name = "PATTERN", requires = "question", value_parser = tag_pattern)]
    production_tags: Vec<String>,
    /// Who would lose or gain what if the registry switched its role assignment mode
    #[arg(long, conflicts_with_all = ["action", "repository", "from"])]
    simulate_abac: bool,
    /// Answer from what was stored: a directory or a container. Nothing is asked of Resource Manager or the registry
    #[arg(long, value_name = "DIR|URL", conflicts_with_all = ["output", "store"], value_parser = text)]
    from: Option<String>,
    /// Ask Microsoft Graph who the principals are. It takes Directory.Read.All
    #[arg(long, conflicts_with_all = ["simulate_abac", "from"])]
    names: bool,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum QuestionName {
    /// Who can overwrite the tag --tag of --repository
    Overwrite,
    /// Which images can everybody pull without signing in, though nobody signed them
    AnonymousUnsigned,
    /// Which repository tokens can delete
    DeletingTokens,
    /// Who writes to repositories with tags of the patterns --production-tag
    ProductionWriters,
}

impl AccessArgs {
    fn question(&self, repository: Option<&RepositoryName>) -> anyhow::Result<Option<Question>> {
        let Some(name) = self.question else {
            return Ok(None);
        };
        Ok(Some(match name {
            QuestionName::Overwrite => {
                let (Some(repository), Some(tag)) = (repository, &self.tag) else {
                    anyhow::bail!("which tag is meant? Name it with --repository and --tag");
                };
                Question::Overwrite(repository.clone(), Tag::parse(tag)?)
            }
            QuestionName::AnonymousUnsigned => Question::AnonymousUnsigned,
            QuestionName::DeletingTokens => Question::DeletingTokens,
            QuestionName::ProductionWriters => {
                anyhow::ensure!(
                    !self.production_tags.is_empty(),
                    "which tags are production tags? Name their patterns with --production-tag"
                );
                Question::ProductionWriters(self.production_tags.clone())
            }
        }))
    }
}

pub(super) async fn run(args: AccessArgs) -> anyhow::Result<u8> {
    let lookup = with_store(args.settings.lookup()?, args.from.as_deref());
    start(&lookup, LogTo::Stderr)?;
    let repository = args.repository.as_deref().map(RepositoryName::parse).transpose()?;
    if let Some(action) = args.action.filter(|action| action.per_repository()) {
        anyhow::ensure!(
            repository.is_some(),
            "{action} is done to a repository: name it with --repository"
        );
    }
    let question = args.question(repository.as_ref())?;
    let app = App::reading(chosen_by(&lookup)?)?;
    let name = repository.as_ref().map(RepositoryName::as_str);
    let stored = args.from.is_some();
    ensure_signed_in(&app, stored).await?;
    if let Some(question) = question {
        let look = match stored {
            true => look::stored(&app).await?,
            false => look::live(&app, name, args.names).await?,
        };
        return joined::answer(&app, &look, &question, args.format).await;
    }
    if args.action.is_none() && !args.simulate_abac {
        let look = match stored {
            true => look::stored(&app).await?,
            false => look::live(&app, name, args.names).await?,
        };
        return overview::answer(&look, name, args.format);
    }
    if let (true, Some(action)) = (stored, args.action) {
        let look = look::stored(&app).await?;
        let mut basis = Basis::of_audit(&look.login_server, &look.audit);
        holders::print_stored(&look, (action, name), &mut basis, args.format)?;
        return Ok(say_unknown(&basis));
    }
    let (login_server, reads) = look::read(&app).await?;
    // Groups are shown as such: who is a member is not known here.
    let now = crate::clock::now();
    let grants = grants(&reads, Memberships::Apart, now);
    let identities = identities(&app, &reads, args.names).await;
    let mut basis = Basis::of_access(&login_server, grants.mode(), timestamp(now), &gaps(&reads));
    basis.unknown.extend(identities.gap().as_ref().map(in_words));
    match args.action {
        Some(action) => holders::print(&grants, &identities, (action, name), &mut basis, args.format)?,
        None => {
            let inventory = last_inventory(&app, &login_server, &Profile::default()).await;
            if inventory.is_none() {
                errln!("{login_server}: without an inventory, repositories are told apart by no name");
            }
            let names = inventory.map(|stored| stored.repositories).unwrap_or_default();
            switch::print(&grants, &names, &basis, args.format)?;
        }
    }
    Ok(say_unknown(&basis))
}

/// Says what could not be known.
fn say_unknown(basis: &Basis) -> u8 {
    for unknown in &basis.unknown {
        errln!("{}: {unknown}", basis.login_server);
    }
    if basis.unknown.is_empty() {
        COMPLETE
    } else {
        WITH_PROBLEMS
    }
}
