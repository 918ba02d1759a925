//! One queue: what senders and receivers do to its messages. What time does to them is in [`time_passing`].

mod dead_letters;
mod time_passing;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use super::message::{Delivery, Message};
use super::options::{Counters, QueueOptions};

/// Time to live of a message that names none: 14 days, the default of the portal and of most templates.
const DEFAULT_TIME_TO_LIVE: Duration = Duration::from_secs(14 * 24 * 3600);

#[derive(Debug)]
struct Stored {
    message: Message,
    message_id: String,
    enqueued: OffsetDateTime,
    expires: OffsetDateTime,
    deliveries: u32,
    lock: Option<(Uuid, OffsetDateTime)>,
    /// Why the queue gave it up; none in the queue itself.
    given_up: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct Queue {
    options: QueueOptions,
    next_sequence: u64,
    /// Visible and locked messages by sequence number, which is the order of delivery.
    active: BTreeMap<u64, Stored>,
    /// By due time, then by the order sent.
    scheduled: BTreeMap<(OffsetDateTime, u64), Stored>,
    /// MessageIds seen, with the time until which they are remembered.
    seen: BTreeMap<String, OffsetDateTime>,
    /// Sequence numbers of locked messages by lock.
    locks: HashMap<Uuid, u64>,
    /// No lock, message or remembered MessageId expires before this, so the sweep can be left out until then.
    next_expiry: Option<OffsetDateTime>,
    /// The messages that were given up; none for a dead-letter queue, which gives up nothing.
    dead: Option<Box<Queue>>,
    counters: Counters,
}

impl Queue {
    /// A queue with its dead-letter queue.
    pub(super) fn new(options: QueueOptions) -> Self {
        let dead = Self::for_dead_letters(&options);
        Self {
            dead: Some(Box::new(dead)),
            ..Self::alone(options)
        }
    }

    fn alone(options: QueueOptions) -> Self {
        Self {
            options,
            next_sequence: 0,
            active: BTreeMap::new(),
            scheduled: BTreeMap::new(),
            seen: BTreeMap::new(),
            locks: HashMap::new(),
            next_expiry: None,
            dead: None,
            counters: Counters::default(),
        }
    }

    pub(super) fn send(&mut self, message: Message, now: OffsetDateTime) {
        self.settle_time(now);
        let message_id = message
            .message_id
            .clone()
            .unwrap_or_else(|| crate::random::uuid().simple().to_string());
        if let Some(window) = self.options.duplicate_window {
            if self.has_seen(&message_id, now) {
                self.counters.duplicates_dropped += 1;
                return;
            }
            self.seen.insert(message_id.clone(), now + window);
            self.expires_at(now + window);
        }
        self.counters.sent += 1;
        let due = message.scheduled_enqueue_time.filter(|due| *due > now);
        let enqueued = due.unwrap_or(now);
        let stored = Stored {
            expires: enqueued + message.time_to_live.unwrap_or(DEFAULT_TIME_TO_LIVE),
            message,
            message_id,
            enqueued,
            deliveries: 0,
            lock: None,
            given_up: None,
        };
        self.expires_at(stored.expires);
        let sequence = self.sequence();
        match due {
            Some(due) => self.scheduled.insert((due, sequence), stored),
            None => self.active.insert(sequence, stored),
        };
    }

    pub(super) fn has_seen(&self, message_id: &str, now: OffsetDateTime) -> bool {
        self.seen.get(message_id).is_some_and(|until| *until > now)
    }

    pub(super) fn receive(&mut self, now: OffsetDateTime) -> Option<Delivery> {
        self.settle_time(now);
        let (sequence, stored) = self.active.iter_mut().find(|(_, stored)| stored.lock.is_none())?;
        let lock = crate::random::uuid();
        let locked_until = now + self.options.lock_duration;
        stored.lock = Some((lock, locked_until));
        stored.deliveries += 1;
        let delivery = Delivery {
            message: stored.message.clone(),
            message_id: stored.message_id.clone(),
            lock,
            locked_until,
            delivery_count: stored.deliveries,
            sequence_number: *sequence,
            enqueued: stored.enqueued,
            expires: stored.expires,
        };
        self.locks.insert(lock, delivery.sequence_number);
        self.expires_at(locked_until);
        Some(delivery)
    }

    pub(super) fn complete(&mut self, lock: Uuid, now: OffsetDateTime) -> bool {
        self.settle_time(now);
        let Some(sequence) = self.locks.remove(&lock) else {
            return false;
        };
        self.active.remove(&sequence);
        self.counters.completed += 1;
        true
    }

    pub(super) fn abandon(&mut self, lock: Uuid, now: OffsetDateTime) -> bool {
        self.settle_time(now);
        let Some(sequence) = self.locks.remove(&lock) else {
            return false;
        };
        self.counters.abandoned += 1;
        self.release(sequence);
        true
    }

    pub(super) fn renew(&mut self, lock: Uuid, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.settle_time(now);
        let sequence = *self.locks.get(&lock)?;
        let until = now + self.options.lock_duration;
        self.active.get_mut(&sequence)?.lock = Some((lock, until));
        Some(until)
    }

    pub(super) fn len(&mut self, now: OffsetDateTime) -> usize {
        self.settle_time(now);
        self.active.len()
    }

    pub(super) fn scheduled_len(&mut self, now: OffsetDateTime) -> usize {
        self.settle_time(now);
        self.scheduled.len()
    }

    pub(super) fn next_due(&mut self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.settle_time(now);
        let scheduled = self.scheduled.keys().next().map(|(due, _)| *due);
        let unlock = self
            .locks
            .values()
            .filter_map(|sequence| self.active.get(sequence)?.lock.map(|(_, until)| until))
            .min();
        scheduled.into_iter().chain(unlock).min()
    }

    pub(super) fn counters(&mut self, now: OffsetDateTime) -> Counters {
        self.settle_time(now);
        self.counters
    }

    /// True if `lock` is held and belongs to the message with this id or sequence number.
    pub(super) fn holds(&mut self, lock: Uuid, id: &str, now: OffsetDateTime) -> bool {
        self.settle_time(now);
        self.locks.get(&lock).is_some_and(|sequence| {
            sequence.to_string() == id || self.active.get(sequence).is_some_and(|stored| stored.message_id == id)
        })
    }

    fn expires_at(&mut self, at: OffsetDateTime) {
        self.next_expiry = Some(self.next_expiry.map_or(at, |known| known.min(at)));
    }

    fn sequence(&mut self) -> u64 {
        self.next_sequence += 1;
        self.next_sequence
    }
}
