//! One queue: every transition of a message between scheduled, visible, locked, dead and gone.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use super::message::{DeadLetter, Delivery, Message};

/// Time to live of a message that names none: 14 days, the default of the portal and of most templates.
const DEFAULT_TIME_TO_LIVE: Duration = Duration::from_secs(14 * 24 * 3600);

/// Settings of a queue.
#[derive(Debug, Clone)]
pub struct QueueOptions {
    /// How long a received message stays invisible to others (Service Bus: at most 5 minutes).
    pub lock_duration: Duration,
    /// Deliveries before a message is dead-lettered.
    pub max_delivery_count: u32,
    /// Window of duplicate detection by MessageId; `None` turns it off.
    pub duplicate_window: Option<Duration>,
    /// Expired messages go to the dead letters instead of vanishing.
    pub dead_letter_on_expiration: bool,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            lock_duration: Duration::from_secs(5 * 60),
            max_delivery_count: 10,
            duplicate_window: Some(Duration::from_secs(24 * 3600)),
            dead_letter_on_expiration: true,
        }
    }
}

/// What happened in a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages accepted, without dropped duplicates.
    pub sent: u64,
    pub duplicates_dropped: u64,
    pub completed: u64,
    pub abandoned: u64,
    pub expired_locks: u64,
    pub dead_lettered: u64,
}

#[derive(Debug)]
struct Stored {
    message: Message,
    message_id: String,
    enqueued: OffsetDateTime,
    expires: OffsetDateTime,
    deliveries: u32,
    lock: Option<(Uuid, OffsetDateTime)>,
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
    dead: Vec<DeadLetter>,
    counters: Counters,
}

impl Queue {
    pub(super) fn new(options: QueueOptions) -> Self {
        Self {
            options,
            next_sequence: 0,
            active: BTreeMap::new(),
            scheduled: BTreeMap::new(),
            seen: BTreeMap::new(),
            locks: HashMap::new(),
            next_expiry: None,
            dead: Vec::new(),
            counters: Counters::default(),
        }
    }

    pub(super) fn send(&mut self, message: Message, now: OffsetDateTime) {
        self.settle_time(now);
        let message_id = message
            .message_id
            .clone()
            .unwrap_or_else(|| Uuid::new_v4().simple().to_string());
        if let Some(window) = self.options.duplicate_window {
            if self.seen.get(&message_id).is_some_and(|until| *until > now) {
                self.counters.duplicates_dropped += 1;
                return;
            }
            self.seen.insert(message_id.clone(), now + window);
            self.expires_at(now + window);
        }
        self.counters.sent += 1;
        let due = message
            .scheduled_enqueue_time
            .filter(|due| *due > now);
        let enqueued = due.unwrap_or(now);
        let stored = Stored {
            expires: enqueued + message.time_to_live.unwrap_or(DEFAULT_TIME_TO_LIVE),
            message,
            message_id,
            enqueued,
            deliveries: 0,
            lock: None,
        };
        self.expires_at(stored.expires);
        let sequence = self.sequence();
        match due {
            Some(due) => self.scheduled.insert((due, sequence), stored),
            None => self.active.insert(sequence, stored),
        };
    }

    pub(super) fn receive(&mut self, now: OffsetDateTime) -> Option<Delivery> {
        self.settle_time(now);
        let (sequence, stored) = self
            .active
            .iter_mut()
            .find(|(_, stored)| stored.lock.is_none())?;
        let lock = Uuid::new_v4();
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

    pub(super) fn dead_letters(&mut self, now: OffsetDateTime) -> Vec<DeadLetter> {
        self.settle_time(now);
        self.dead.clone()
    }

    pub(super) fn counters(&mut self, now: OffsetDateTime) -> Counters {
        self.settle_time(now);
        self.counters
    }

    /// True if `lock` is held and belongs to the message with this id or sequence number.
    pub(super) fn holds(&mut self, lock: Uuid, id: &str, now: OffsetDateTime) -> bool {
        self.settle_time(now);
        self.locks.get(&lock).is_some_and(|sequence| {
            sequence.to_string() == id
                || self
                    .active
                    .get(sequence)
                    .is_some_and(|stored| stored.message_id == id)
        })
    }

    fn expires_at(&mut self, at: OffsetDateTime) {
        self.next_expiry = Some(self.next_expiry.map_or(at, |known| known.min(at)));
    }

    fn sequence(&mut self) -> u64 {
        self.next_sequence += 1;
        self.next_sequence
    }

    /// Everything that the passing of time does: schedules come due, locks and messages expire.
    fn settle_time(&mut self, now: OffsetDateTime) {
        while let Some(entry) = self.scheduled.first_entry() {
            if entry.key().0 > now {
                break;
            }
            // A scheduled message gets a new sequence number when it becomes active (Service Bus, "Scheduled messages").
            let stored = entry.remove();
            let sequence = self.sequence();
            self.active.insert(sequence, stored);
        }
        if self.next_expiry.is_some_and(|at| at <= now) {
            self.expire(now);
        }
    }

    fn expire(&mut self, now: OffsetDateTime) {
        let unlocked: Vec<u64> = self
            .active
            .iter()
            .filter(|(_, stored)| stored.lock.is_some_and(|(_, until)| until <= now))
            .map(|(sequence, _)| *sequence)
            .collect();
        for sequence in unlocked {
            self.counters.expired_locks += 1;
            self.release(sequence);
        }
        let expired: Vec<u64> = self
            .active
            .iter()
            .filter(|(_, stored)| stored.lock.is_none() && stored.expires <= now)
            .map(|(sequence, _)| *sequence)
            .collect();
        for sequence in expired {
            if self.options.dead_letter_on_expiration {
                self.bury(sequence, "TTLExpiredException");
            } else {
                self.active.remove(&sequence);
            }
        }
        self.seen.retain(|_, until| *until > now);
        let locks = self
            .active
            .values()
            .filter_map(|stored| stored.lock.map(|(_, until)| until));
        let messages = self.active.values().filter(|stored| stored.lock.is_none());
        self.next_expiry = locks
            .chain(messages.map(|stored| stored.expires))
            .chain(self.scheduled.values().map(|stored| stored.expires))
            .chain(self.seen.values().copied())
            .min();
    }

    fn release(&mut self, sequence: u64) {
        let Some(stored) = self.active.get_mut(&sequence) else {
            return;
        };
        if let Some((lock, _)) = stored.lock.take() {
            self.locks.remove(&lock);
        }
        self.next_expiry = Some(self.next_expiry.map_or(stored.expires, |known| known.min(stored.expires)));
        if stored.deliveries >= self.options.max_delivery_count {
            self.bury(sequence, "MaxDeliveryCountExceeded");
        }
    }

    fn bury(&mut self, sequence_number: u64, reason: &'static str) {
        if let Some(stored) = self.active.remove(&sequence_number) {
            self.counters.dead_lettered += 1;
            self.dead.push(DeadLetter {
                message: stored.message,
                message_id: stored.message_id,
                reason,
                delivery_count: stored.deliveries,
                sequence_number,
            });
        }
    }
}
