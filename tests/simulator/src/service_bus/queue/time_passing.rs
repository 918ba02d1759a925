//! What time does to the messages of a queue: schedules come due, locks and messages expire.

use time::OffsetDateTime;

use super::Queue;
impl Queue {
    /// Everything that the passing of time does: schedules come due, locks and messages expire.
    pub(super) fn settle_time(&mut self, now: OffsetDateTime) {
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

    pub(in crate::service_bus) fn reschedule(&mut self, by: time::Duration, now: OffsetDateTime) -> usize {
        self.settle_time(now);
        let moved = std::mem::take(&mut self.scheduled);
        let count = moved.len();
        let shifted = moved
            .into_iter()
            .map(|((due, sequence), stored)| ((due + by, sequence), stored));
        self.scheduled = shifted.collect();
        count
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
            // Dead letters do not expire.
            .filter(|(_, stored)| stored.lock.is_none() && stored.expires <= now && stored.given_up.is_none())
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
        let messages = self.active.values();
        let messages = messages.filter(|stored| stored.lock.is_none() && stored.given_up.is_none());
        self.next_expiry = locks
            .chain(messages.map(|stored| stored.expires))
            .chain(self.scheduled.values().map(|stored| stored.expires))
            .chain(self.seen.values().copied())
            .min();
    }

    pub(super) fn release(&mut self, sequence: u64) {
        let Some(stored) = self.active.get_mut(&sequence) else {
            return;
        };
        if let Some((lock, _)) = stored.lock.take() {
            self.locks.remove(&lock);
        }
        self.next_expiry = Some(
            self.next_expiry
                .map_or(stored.expires, |known| known.min(stored.expires)),
        );
        if stored.deliveries >= self.options.max_delivery_count {
            self.bury(sequence, "MaxDeliveryCountExceeded");
        }
    }
}
