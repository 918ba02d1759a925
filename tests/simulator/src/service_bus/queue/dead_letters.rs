//! What a queue gave up, and its dead-letter queue: a queue of its own, from which nothing expires and to which nobody
//! sends.

use serde_json::json;
use time::OffsetDateTime;

use super::{Queue, QueueOptions};
use crate::service_bus::message::DeadLetter;

impl Queue {
    pub(super) fn for_dead_letters(of: &QueueOptions) -> Self {
        Self::alone(QueueOptions {
            lock_duration: of.lock_duration,
            max_delivery_count: u32::MAX,
            duplicate_window: None,
            dead_letter_on_expiration: false,
        })
    }

    /// Moves a message to the dead letters, where it keeps its number and says why it is there.
    pub(super) fn bury(&mut self, sequence_number: u64, reason: &'static str) {
        let (Some(mut stored), Some(dead)) = (self.active.remove(&sequence_number), &mut self.dead) else {
            return;
        };
        let description = match reason {
            "TTLExpiredException" => "The message expired and was dead lettered.".to_owned(),
            _ => format!(
                "Message could not be consumed after {} delivery attempts.",
                stored.deliveries
            ),
        };
        let properties = &mut stored.message.properties;
        properties.insert("DeadLetterReason".to_owned(), json!(reason));
        properties.insert("DeadLetterErrorDescription".to_owned(), json!(description));
        stored.given_up = Some(reason);
        dead.active.insert(sequence_number, stored);
        self.counters.dead_lettered += 1;
    }

    pub(in crate::service_bus) fn dead_letters(&mut self, now: OffsetDateTime) -> Vec<DeadLetter> {
        self.settle_time(now);
        let Some(dead) = &mut self.dead else {
            return Vec::new();
        };
        dead.settle_time(now);
        let letters = dead.active.iter().map(|(sequence_number, stored)| DeadLetter {
            message: stored.message.clone(),
            message_id: stored.message_id.clone(),
            reason: stored.given_up.unwrap_or_default(),
            delivery_count: stored.deliveries,
            sequence_number: *sequence_number,
        });
        letters.collect()
    }

    /// The dead-letter queue as it is at `now`; none of a dead-letter queue.
    pub(in crate::service_bus) fn dead_letter_queue(&mut self, now: OffsetDateTime) -> Option<&mut Queue> {
        self.settle_time(now);
        self.dead.as_deref_mut()
    }
}
