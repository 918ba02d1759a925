//! Questions that join access with the inventory.

use serde_json::{Value, json};

use super::super::audit::drawn;
use super::super::{COMPLETE, WITH_PROBLEMS};
use super::look::{Live, Look};
use super::{Format, holders};
use crate::access::decision::Verdict;
use crate::app::App;
use crate::audit::inventory::Snapshot;
use crate::audit::joined::overwrite::{Lock, Overwrite, Switch, Tagged, overwrite};
use crate::audit::joined::production::{Production, ProductionFold, Writer};
use crate::audit::joined::tokens::{DeletingToken, deleting_tokens};
use crate::audit::joined::unsigned::{Image, Unsigned, UnsignedFold};
use crate::audit::joined::{Basis, in_words};
use crate::inventory::problem::Completeness;
use crate::names::{LoginServer, RepositoryName, Tag};

/// What is asked.
#[derive(Debug)]
pub(super) enum Question {
    Overwrite(RepositoryName, Tag),
    AnonymousUnsigned,
    DeletingTokens,
    ProductionWriters(Vec<String>),
}

/// Answers on stdout, and says on stderr what was missing for it.
pub(super) async fn answer(app: &App, look: &Look, question: &Question, format: Format) -> anyhow::Result<u8> {
    let snapshot = look.snapshot(app).await;
    let mut basis = Basis::of(&look.login_server, &look.audit, snapshot.as_ref());
    basis.unknown.extend(look.identities.gap().as_ref().map(in_words));
    let access = &look.audit.access;
    let (text, answer) = match question {
        Question::Overwrite(repository, tag) => {
            let tagged = tagged(app, look, snapshot.as_ref(), repository, tag).await?;
            let mut answer = overwrite(access, repository.as_str(), &tagged);
            answer
                .holders
                .iter_mut()
                .for_each(|holder| holder.name(&look.identities));
            if let Lock::Unknown { why } = &answer.lock {
                basis.unknown.extend(why.iter().cloned());
            }
            (show_overwrite(repository, tag, &answer), serde_json::to_value(answer)?)
        }
        Question::AnonymousUnsigned => {
            let mut fold = UnsignedFold::new(access);
            if let Some(snapshot) = &snapshot {
                snapshot.lines(|line| fold.line(line)).await?;
            }
            let answer = fold.finish();
            (show_unsigned(&answer), serde_json::to_value(answer)?)
        }
        Question::DeletingTokens => {
            let answer = deleting_tokens(access);
            (show_tokens(&answer), serde_json::to_value(answer)?)
        }
        Question::ProductionWriters(patterns) => {
            let mut fold = ProductionFold::new(patterns);
            if let Some(snapshot) = &snapshot {
                snapshot.lines(|line| fold.line(line)).await?;
            }
            let mut answer = fold.finish(access);
            answer
                .writers
                .iter_mut()
                .for_each(|writer| writer.holder.name(&look.identities));
            (show_production(&answer), serde_json::to_value(answer)?)
        }
    };
    match format {
        Format::Table => println!("{text}"),
        Format::Json => println!(
            "{}",
            serde_json::to_string_pretty(&document(&basis, question, &answer))?
        ),
    }
    for unknown in &basis.unknown {
        eprintln!("{}: {unknown}", basis.login_server);
    }
    Ok(match basis.unknown.is_empty() {
        true => COMPLETE,
        false => WITH_PROBLEMS,
    })
}

fn document(basis: &Basis, question: &Question, answer: &Value) -> Value {
    let asked = match question {
        Question::Overwrite(repository, tag) => json!({"name": "overwrite", "repository": repository, "tag": tag}),
        Question::AnonymousUnsigned => json!({"name": "anonymous-unsigned"}),
        Question::DeletingTokens => json!({"name": "deleting-tokens"}),
        Question::ProductionWriters(patterns) => json!({"name": "production-writers", "productionTags": patterns}),
    };
    json!({"question": asked, "basis": basis, "answer": answer})
}

/// What is known of the tag: from the inventory, and of the repository's own switch from the registry, which lists it
/// nowhere.
async fn tagged(
    app: &App,
    look: &Look,
    snapshot: Option<&Snapshot<'_>>,
    repository: &RepositoryName,
    tag: &Tag,
) -> anyhow::Result<Tagged> {
    let packed = match snapshot {
        Some(snapshot) => snapshot.repository(repository).await?,
        None => None,
    };
    let mut tagged = match &packed {
        Some(packed) => Tagged::read(packed, tag)?,
        None => Tagged::unknown("the inventory does not have the repository"),
    };
    let complete = snapshot.is_some_and(|snapshot| snapshot.completeness() == Completeness::Complete);
    anyhow::ensure!(
        tagged.digest.is_some() || !complete,
        "{}: {repository} has no tag {tag} in the inventory, which is complete",
        look.login_server
    );
    if let Some(live) = &look.live {
        match repository_switch(app, &look.login_server, live, repository).await {
            Ok(switch) => tagged.repository = switch,
            Err(why) => {
                if let Switch::NotKnown(reason) = &mut tagged.repository {
                    *reason = why;
                }
            }
        }
    }
    Ok(tagged)
}

async fn repository_switch(
    app: &App,
    login_server: &LoginServer,
    live: &Live,
    repository: &RepositoryName,
) -> Result<Switch, String> {
    let client = app.registry_client(login_server, live.sku.as_deref(), app.deadline());
    let read = async {
        let access = client.access(std::slice::from_ref(repository)).await?;
        client.attributes(&access, repository).await
    };
    let attributes = read.await.map_err(|failure| failure.problem().message)?;
    Ok(Switch::told(
        attributes.changeable_attributes.write_enabled,
        "the registry did not say whether the repository may be written",
    ))
}

fn show_overwrite(repository: &RepositoryName, tag: &Tag, answer: &Overwrite) -> String {
    let lock = match &answer.lock {
        Lock::Locked { by } => format!(
            "locked by writeEnabled of its {}; whoever may change that can unlock it",
            by.join(" and its ")
        ),
        Lock::Unlocked => "not locked".to_owned(),
        Lock::Unknown { .. } => "whether it is locked is not known".to_owned(),
    };
    let table = drawn(&holders::COLUMNS, answer.holders.iter().map(holders::row));
    let counted = holders::counted(&answer.holders);
    format!("{table}\noverwrite {repository}:{tag}: {counted}; {lock}")
}

fn show_unsigned(answer: &Unsigned) -> String {
    let row = |image: &Image| {
        let tags = image.tags.join(", ");
        [
            image.verdict.as_str().to_owned(),
            format!("{}@{}", image.repository, image.digest),
            tags,
            image.why.join("\n"),
        ]
    };
    let table = drawn(
        &["answer", "image", "tags", "why it is not known"],
        answer.images.iter().map(row),
    );
    let certain = answer.images.iter().filter(|image| image.verdict == Verdict::Granted);
    let certain = certain.count();
    let left_out = match answer.left_out {
        0 => String::new(),
        more => format!(", {more} more are not listed"),
    };
    format!(
        "{table}\nunsigned images that everybody can pull: {certain}, of {} it is not known{left_out}; {} are signed, {} locked, {} not open to everybody",
        answer.images.len() - certain,
        answer.signed,
        answer.locked,
        answer.closed
    )
}

fn show_tokens(tokens: &[DeletingToken]) -> String {
    let row = |token: &DeletingToken| {
        [
            token.verdict.as_str().to_owned(),
            token.token.clone(),
            format!("{} ({} repositories)", token.place, token.repositories),
            token.reasons.join("\n"),
        ]
    };
    let table = drawn(
        &["answer", "token", "where", "through, or why it is not known"],
        tokens.iter().map(row),
    );
    let can = tokens.iter().filter(|token| token.verdict == Verdict::Granted).count();
    format!(
        "{table}\nenabled tokens that can delete: {can}, of {} it is not known",
        tokens.len() - can
    )
}

fn show_production(answer: &Production) -> String {
    let row = |writer: &Writer| {
        let [verdict, principal, kind, reasons] = holders::row(&writer.holder);
        let more = writer.tags.repositories - writer.tags.examples.len() as u64;
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let place = format!("{}{more}", writer.tags.examples.join(", "));
        [
            verdict,
            principal,
            kind,
            place,
            writer.tags.unlocked.to_string(),
            reasons,
        ]
    };
    let table = drawn(
        &[
            "answer",
            "principal",
            "kind",
            "repositories",
            "unlocked tags",
            "through, or why it is not known",
        ],
        answer.writers.iter().map(row),
    );
    let tags = &answer.tags;
    format!(
        "{table}\nproduction tags: {} unlocked and {} locked in {} repositories",
        tags.unlocked, tags.locked, tags.repositories
    )
}
