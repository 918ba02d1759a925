//! Service Bus of the simulated world: queues with peek-lock, schedules, duplicate detection and dead letters.
//!
//! [`Queues`] is the state, [`handle`] the thin REST view over it. Time is the simulated [`Clock`]: a scheduled message
//! appears and a lock expires when the clock is stepped past them.

mod message;
mod options;
mod queue;
mod receive;
mod reply;
mod send;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use time::OffsetDateTime;
use uuid::Uuid;

pub use self::message::{DeadLetter, Delivery, Message};
pub use self::options::{Counters, QueueOptions};
pub use self::view::handle;

use self::queue::Queue;
use super::clock::Clock;

/// Largest message or batch that the Standard tier takes over HTTP, in bytes (Service Bus quotas: 256 KB).
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// What the identity's roles on the namespace let it do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rights {
    #[default]
    All,
    /// Data Sender.
    Send,
    /// Data Receiver.
    Listen,
    None,
}

/// Below the name of a queue, its dead letters.
const DEAD_LETTER_QUEUE: &str = "/$deadletterqueue";

/// All queues of one namespace. Callers share it as `Arc<Mutex<Queues>>`; no method waits.
#[derive(Debug)]
pub struct Queues {
    clock: Arc<Clock>,
    queues: BTreeMap<String, Queue>,
    /// What the identity may do; to anything else the REST view answers 401 as Service Bus does.
    pub rights: Rights,
    /// True: the REST view answers 503 to everything (the broker is down).
    pub down: bool,
}

impl Queues {
    /// A namespace without queues.
    pub fn new(clock: Arc<Clock>) -> Self {
        Self {
            clock,
            queues: BTreeMap::new(),
            rights: Rights::default(),
            down: false,
        }
    }

    /// Creates a queue, or replaces it with an empty one. Names compare without case, as in Service Bus.
    pub fn create(&mut self, name: &str, options: QueueOptions) {
        self.queues.insert(name.to_lowercase(), Queue::new(options));
    }

    /// True if the queue exists.
    pub fn exists(&self, queue: &str) -> bool {
        let queue = queue.to_lowercase();
        self.queues
            .contains_key(queue.strip_suffix(DEAD_LETTER_QUEUE).unwrap_or(&queue))
    }

    /// Sends a message without HTTP, as Event Grid does. False: no such queue.
    /// A duplicate is dropped silently and still true.
    pub fn send(&mut self, queue: &str, message: Message) -> bool {
        let now = self.clock.now();
        match self.queue(queue) {
            Some(queue) => {
                queue.send(message, now);
                true
            }
            None => false,
        }
    }

    /// Whether duplicate detection remembers a message of this id.
    pub fn has_seen(&mut self, queue: &str, message_id: &str) -> bool {
        let now = self.clock.now();
        self.queue(queue).is_some_and(|queue| queue.has_seen(message_id, now))
    }

    /// Locks the oldest visible message of `queue` for its lock duration; `None` when nothing is due.
    pub fn receive(&mut self, queue: &str) -> Option<Delivery> {
        let now = self.clock.now();
        self.queue(queue)?.receive(now)
    }

    /// Removes the message locked by `lock`. False: the lock expired or never was; the message comes again.
    pub fn complete(&mut self, lock: Uuid) -> bool {
        let now = self.clock.now();
        self.each(now, |queue| queue.complete(lock, now))
    }

    /// Gives the message back at once, to its old place in the queue. False: the lock expired.
    pub fn abandon(&mut self, lock: Uuid) -> bool {
        let now = self.clock.now();
        self.each(now, |queue| queue.abandon(lock, now))
    }

    /// Extends the lock by the queue's lock duration; the new expiry, or `None` when the lock is gone.
    pub fn renew(&mut self, lock: Uuid) -> Option<OffsetDateTime> {
        let now = self.clock.now();
        let mut until = None;
        self.each(now, |queue| {
            until = queue.renew(lock, now);
            until.is_some()
        });
        until
    }

    /// Messages that are visible or locked; scheduled and dead ones are not counted.
    pub fn len(&mut self, queue: &str) -> usize {
        let now = self.clock.now();
        self.queue(queue).map_or(0, |queue| queue.len(now))
    }

    /// True if nothing is visible, locked or scheduled in any queue.
    pub fn is_empty(&mut self) -> bool {
        let now = self.clock.now();
        self.queues
            .values_mut()
            .all(|queue| queue.len(now) + queue.scheduled_len(now) == 0)
    }

    /// Messages that wait for their scheduled time.
    pub fn scheduled_len(&mut self, queue: &str) -> usize {
        let now = self.clock.now();
        self.queue(queue).map_or(0, |queue| queue.scheduled_len(now))
    }

    /// Moves every scheduled message of `queue` by so much, as a broker that is early or late does; how many there were.
    pub fn reschedule(&mut self, queue: &str, by: time::Duration) -> usize {
        let now = self.clock.now();
        self.queue(queue).map_or(0, |queue| queue.reschedule(by, now))
    }

    /// Moves every scheduled message so much nearer; how many there were.
    pub(crate) fn hasten(&mut self, by: time::Duration) -> usize {
        let now = self.clock.now();
        self.queues.values_mut().map(|queue| queue.reschedule(-by, now)).sum()
    }

    /// The next moment at which something becomes visible by itself: a scheduled message or an expiring lock.
    pub fn next_due(&mut self) -> Option<OffsetDateTime> {
        let now = self.clock.now();
        self.queues.values_mut().filter_map(|queue| queue.next_due(now)).min()
    }

    /// The dead-letter queue of `queue`, oldest first.
    pub fn dead_letters(&mut self, queue: &str) -> Vec<DeadLetter> {
        let now = self.clock.now();
        self.queue(queue).map_or_else(Vec::new, |queue| queue.dead_letters(now))
    }

    /// What happened in `queue` since it was created.
    pub fn counters(&mut self, queue: &str) -> Counters {
        let now = self.clock.now();
        self.queue(queue)
            .map_or_else(Counters::default, |queue| queue.counters(now))
    }

    /// Names of all queues, in lower case.
    pub fn names(&self) -> Vec<String> {
        self.queues.keys().cloned().collect()
    }

    /// A queue, or below its name its dead-letter queue.
    fn queue(&mut self, name: &str) -> Option<&mut Queue> {
        let (name, now) = (name.to_lowercase(), self.clock.now());
        match name.strip_suffix(DEAD_LETTER_QUEUE) {
            Some(name) => self.queues.get_mut(name)?.dead_letter_queue(now),
            None => self.queues.get_mut(&name),
        }
    }

    /// Whether something holds of any queue or dead-letter queue.
    fn each(&mut self, now: OffsetDateTime, mut holds: impl FnMut(&mut Queue) -> bool) -> bool {
        self.queues
            .values_mut()
            .any(|queue| holds(queue) || queue.dead_letter_queue(now).is_some_and(&mut holds))
    }

    fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }
}
