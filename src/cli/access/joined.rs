//! Questions that join access with the inventory.

mod show;

use serde_json::{Value, json};

use super::Format;
use super::look::{Live, Look};
use crate::access::decision::Verdict;
use crate::app::App;
use crate::audit::inventory::{each_of, next_live, summary_of};
use crate::audit::joined::overwrite::overwrite;
use crate::audit::joined::production::ProductionFold;
use crate::audit::joined::tagged::{Lock, Switch, Tagged};
use crate::audit::joined::tokens::deleting_tokens;
use crate::audit::joined::unsigned::UnsignedFold;
use crate::audit::joined::{Basis, in_words};
use crate::audit::questions::not_known;
use crate::azure::acr::Purpose;
use crate::inventory::problem::Completeness;
use crate::names::{LoginServer, RepositoryName, Tag};
use crate::snapshot::{Snapshot, TagPatterns};

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
            match &answer.lock {
                Lock::Unknown { why } => basis.unknown.extend(why.iter().cloned()),
                Lock::Unlocked => basis.unknown.extend(not_known(&answer.holders)),
                // Whether a lock stops an import is not documented, so that nothing was missing.
                Lock::Locked { .. } => {}
            }
            (show::overwrite(repository, tag, &answer), serde_json::to_value(answer)?)
        }
        Question::AnonymousUnsigned => {
            let mut fold = UnsignedFold::new(access);
            if let Some(snapshot) = &snapshot {
                // Front to back: what several repositories share is read once.
                let mut everything = snapshot.everything();
                while let Some(repository) = everything.next_repository().await? {
                    if repository.line.removed_at.is_some() {
                        continue;
                    }
                    while let Some(text) = everything.next_lines().await? {
                        each_of(&text, &mut |line| fold.line(line))?;
                    }
                    fold.repository(&repository.line);
                }
            }
            let answer = fold.finish();
            (show::unsigned(&answer), serde_json::to_value(answer)?)
        }
        Question::DeletingTokens => {
            let answer = deleting_tokens(access);
            let open = answer.iter().filter(|token| token.verdict == Verdict::Unknown);
            let why = open.map(|token| format!("token {}: {}", token.token, token.reasons.join("; ")));
            basis.unknown.extend(why);
            (show::tokens(&answer), serde_json::to_value(answer)?)
        }
        Question::ProductionWriters(patterns) => {
            let (mut fold, patterns) = (ProductionFold::default(), TagPatterns::new(patterns));
            if let Some(snapshot) = &snapshot {
                let mut index = snapshot.index();
                while let Some(repository) = next_live(&mut index).await? {
                    let summary = summary_of(snapshot, &repository, &patterns).await?;
                    fold.repository(&repository.line, &summary);
                }
            }
            let mut answer = fold.finish(access);
            answer
                .writers
                .iter_mut()
                .for_each(|writer| writer.holder.name(&look.identities));
            let writers = answer.writers.iter().map(|writer| &writer.holder);
            basis.unknown.extend(not_known(writers));
            (show::production(&answer), serde_json::to_value(answer)?)
        }
    };
    match format {
        Format::Table => outln!("{text}"),
        Format::Json => outln!(
            "{}",
            serde_json::to_string_pretty(&document(&basis, question, &answer))?
        ),
    }
    Ok(super::say_unknown(&basis))
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
    let stored = match snapshot {
        Some(snapshot) => snapshot.repository(repository).await?.map(|stored| (snapshot, stored)),
        None => None,
    };
    let mut tagged = match stored.filter(|(_, stored)| stored.line.removed_at.is_none()) {
        Some((snapshot, stored)) => Tagged::read(snapshot, &stored, tag).await?,
        None => Tagged::unknown("the inventory does not have the repository"),
    };
    let complete = snapshot.is_some_and(|snapshot| snapshot.manifest().completeness == Completeness::Complete);
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
    let client = app.registry_client(login_server, live.sku.as_deref(), Purpose::Walk, app.deadline());
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
