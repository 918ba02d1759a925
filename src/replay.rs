//! Dead letters and quarantined messages, sent again once what they died of is mended.
//!
//! Each is sent first and taken away only then, so that a process killed anywhere loses none. Killed in between, it sends
//! one a second time when it is run again; duplicate detection drops that one within its window, and after it the work
//! is done twice, which does no harm: a message asks for something to be read again. Its attempts are counted anew: what
//! they died of is mended, and the next passing fault must not be the last.

mod about;
mod quarantine;

pub use quarantine::{QuarantineError, quarantined};

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use crate::azure::Failure;
use crate::azure::service_bus::{DeadLetter, DeadLetters, Sender};
use crate::inventory::message::begun_anew;
use crate::inventory::problem::sanitize;

/// How much, and whether for real.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Messages of one queue, or of the quarantine, at most.
    pub most: usize,
    /// Send and delete nothing.
    pub dry_run: bool,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Sent again and taken away.
    Replayed,
    /// Would be.
    Found,
    /// Still where it was, for this reason.
    Left(String),
}

/// One message.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replayed {
    /// The queue whose dead letter it is, or the document that it lies in.
    pub from: String,
    /// What it asks for.
    pub about: String,
    /// Why it was given up.
    pub reason: String,
    /// When it was sent, or put into quarantine.
    pub since: String,
    pub outcome: Outcome,
}

/// Sends the dead letters of one queue again, oldest first. On an error what was done before it is done.
pub async fn dead_letters(
    letters: &DeadLetters,
    sender: &Sender,
    limits: Limits,
    done: &mut Vec<Replayed>,
) -> Result<(), Failure> {
    if limits.dry_run {
        return look(letters, limits.most, done).await;
    }
    let mut sent = BTreeSet::new();
    for _ in 0..limits.most {
        let Some(letter) = letters.lock().await? else {
            break;
        };
        // What is given up again at once would go round and round.
        if sent.contains(&letter.message_id) {
            letters.unlock(&letter).await?;
            done.push(replayed(letters, &letter, Outcome::Left("given up again".to_owned())));
            break;
        }
        let given_up = format!("{} {} {}", letters.queue(), letter.sequence_number, letter.enqueued);
        let body = begun_anew(&letter.body);
        let sending = sender.send_again(&body, letter.content_type.as_deref(), &given_up, Duration::ZERO);
        match sending.await {
            Ok(id) => sent.insert(id),
            Err(failure) => {
                // Its lock would end by itself.
                let _ = letters.unlock(&letter).await;
                return Err(failure);
            }
        };
        let outcome = match letters.delete(&letter).await {
            Ok(()) => Outcome::Replayed,
            Err(Failure::NotFound { .. }) => {
                Outcome::Left("sent, but its lock had ended: it may come again".to_owned())
            }
            Err(failure) => return Err(failure),
        };
        done.push(replayed(letters, &letter, outcome));
    }
    Ok(())
}

/// Locks what is there, so that each is seen once, and gives it all back.
async fn look(letters: &DeadLetters, most: usize, done: &mut Vec<Replayed>) -> Result<(), Failure> {
    let mut locked = Vec::new();
    let mut ended = Ok(());
    while locked.len() < most {
        match letters.lock().await {
            Ok(Some(letter)) => locked.push(letter),
            Ok(None) => break,
            Err(failure) => {
                ended = Err(failure);
                break;
            }
        }
    }
    for letter in locked {
        done.push(replayed(letters, &letter, Outcome::Found));
        // One whose lock has ended is given back already.
        match letters.unlock(&letter).await {
            Ok(()) | Err(Failure::NotFound { .. }) => {}
            Err(failure) => ended = ended.and(Err(failure)),
        }
    }
    ended
}

fn replayed(letters: &DeadLetters, letter: &DeadLetter, outcome: Outcome) -> Replayed {
    let reason = match letter.description.as_str() {
        "" => letter.reason.clone(),
        description => format!("{}: {description}", letter.reason),
    };
    Replayed {
        from: letters.queue().to_owned(),
        about: about::of(&letter.body),
        reason: sanitize(&reason),
        since: sanitize(&letter.enqueued),
        outcome,
    }
}
