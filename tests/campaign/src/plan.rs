//! What happens in a life, and when: everything follows from the seed.

mod days;
mod world;

use std::time::Duration;

pub(super) use self::days::Days;
pub(super) use self::world::push;

use super::CrashPoint;
use super::kind::{KINDS, Kind, State};
use simulator::random::seeded::Random;

/// Between two timers.
const PERIOD: Duration = Duration::from_secs(3_600);
/// How many lives last for days.
const DAYS: f64 = 0.25;
/// No repository of a life has so many bytes of lines.
pub(super) const NONE_IS_LONG: usize = 1 << 20;
/// Items in both lists of the longest of them: multi-platform, with attestations.
pub(crate) const LONGEST_LISTS: u64 = 150;

/// A life, planned.
#[derive(Debug)]
pub struct Plan {
    pub seed: u64,
    pub(super) settings: Vec<(&'static str, String)>,
    pub(super) instances: usize,
    /// Messages of one queue that one instance works on at a time.
    pub(super) calls: usize,
    /// A request takes up to so long there, and up to so long back.
    pub(super) latency: Duration,
    /// A repository with more bytes of lines than this is a long one.
    pub(super) long: usize,
    /// A repository with more lines than this has them in snapshots alone.
    pub(super) document_lines: u64,
    /// What happens by the clock.
    pub(super) actions: Vec<(Duration, Action)>,
    pub(super) registries: u64,
    pub(super) repositories: u64,
    /// Days pass between the refreshes, and few snapshots are kept.
    pub(super) days: Option<Days>,
    /// The clock of the storage is so far behind everybody else's.
    pub(super) storage_behind: Duration,
    /// What happens to a process, and at which request.
    pub(super) inject_at: Option<(u64, CrashPoint)>,
}

/// Something that happens at a time.
#[derive(Debug, Clone)]
pub(super) enum Action {
    Timer,
    Change,
    /// An image and a repository come, and are gone a few seconds later.
    ComeAndGo,
    /// Somebody collects from a laptop, into the same container.
    Laptop,
    /// The same with `--keep`; and the laptop falls asleep as soon as it begins to thin.
    Doze,
    /// Somebody reads a snapshot from beginning to end.
    Read,
    /// From now on the tenant is in this state, or not any more.
    Set(State, bool),
    Begin(&'static Kind),
    End(&'static Kind),
}

impl Plan {
    /// The life of a seed.
    pub fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let random = &mut random;
        let days = random.chance(DAYS).then(|| Days::draw(random));
        let (periods, length) = match &days {
            Some(days) => (random.between(4, 8), days.period),
            None => (random.between(1, 3), PERIOD),
        };
        let mut actions = Vec::new();
        for period in 0..periods {
            let timer = length * u32::try_from(period).unwrap_or(0) + seconds(random, 60, 70);
            actions.push((timer, Action::Timer));
            // Most of what happens happens while a refresh runs.
            for _ in 0..random.between(1, 8) {
                let spread = if random.chance(0.7) { 40 } else { 3_000 };
                actions.push((timer + seconds(random, 0, spread), Action::Change));
            }
            if days.is_some() || random.chance(0.1) {
                actions.extend(days::visitors(random, timer));
            }
        }
        for _ in 0..random.between(4, 16) {
            let kinds = random.pick(KINDS);
            let of_days = days.is_some() && random.chance(0.15);
            let Some(kind) = kinds.filter(|_| !of_days).or_else(|| days::kind(random)) else {
                continue;
            };
            let around = actions
                .iter()
                .filter(|(_, action)| matches!(action, Action::Timer | Action::Change))
                .map(|(at, _)| *at)
                .collect::<Vec<_>>();
            let near = random.pick(&around).copied().unwrap_or_default();
            let begin = near.saturating_sub(seconds(random, 0, 50)) + seconds(random, 0, 60);
            let longest = random.pick(&[20, 120, 1_500]).copied().unwrap_or(20);
            actions.push((begin, Action::Begin(kind)));
            actions.push((begin + seconds(random, 5, longest), Action::End(kind)));
        }
        actions.sort_by_key(|(at, _)| *at);
        // What has to be done in one go (a merge, a close) is some dozen requests: the slower they are, the more time.
        let (latency, soft) = random
            .pick(&[(5, 4), (60, 15), (60, 180), (700, 180)])
            .copied()
            .unwrap_or((5, 4));
        let hard = soft + random.pick(&[6, 60]).copied().unwrap_or(60);
        let mut one_of = |values: &[u64]| random.pick(values).copied().unwrap_or(1);
        let page_size = one_of(&[1, 2, 3, 1_000]);
        let settings = vec![
            ("ACR_INVENTORY_PAGE_SIZE", page_size.to_string()),
            ("ACR_INVENTORY_CONCURRENCY", one_of(&[1, 2, 4, 8]).to_string()),
            ("ACR_INVENTORY_SOFT_LIMIT_SECONDS", soft.to_string()),
            ("ACR_INVENTORY_HARD_LIMIT_SECONDS", hard.to_string()),
            ("ACR_INVENTORY_READ_ATTRIBUTES", (one_of(&[0, 1]) == 1).to_string()),
        ];
        let mut plan = Self {
            seed,
            settings,
            instances: usize::try_from(one_of(&[1, 2, 3])).unwrap_or(1),
            calls: usize::try_from(one_of(&[1, 4])).unwrap_or(1),
            latency: Duration::from_millis(latency),
            long: usize::try_from(one_of(&[500, 2_000, 1 << 20])).unwrap_or(NONE_IS_LONG),
            document_lines: one_of(&[4, 10, 100_000, 100_000, 100_000]),
            actions,
            registries: one_of(if days.is_some() { &[1, 2] } else { &[1, 2, 3] }),
            repositories: one_of(&[2, 5, 8]),
            storage_behind: Duration::from_secs(86_400 * one_of(&[0, 0, 0, 365])),
            days,
            inject_at: None,
        };
        // An event may use a tenth, which has to be enough for the longest repository. None: what follows from the SKU,
        // which no life uses up.
        let budget = one_of(&[0, 0, 1, 3]) * 10 * (LONGEST_LISTS / page_size + 5);
        if budget > 0 {
            plan.settings
                .push(("ACR_INVENTORY_READS_PER_MINUTE", budget.to_string()));
        }
        plan
    }

    /// What one process may ask of one registry in any 60 s.
    pub(super) fn reads_per_minute(&self) -> Option<usize> {
        let mut settings = self.settings.iter();
        let (_, reads) = settings.find(|(name, _)| *name == "ACR_INVENTORY_READS_PER_MINUTE")?;
        reads.parse().ok()
    }

    /// Three refreshes without faults but for one crash point.
    pub(super) fn injected_at(request: u64, point: CrashPoint) -> Self {
        let settings = [("ACR_INVENTORY_PAGE_SIZE", "2"), ("ACR_INVENTORY_CONCURRENCY", "2")];
        let mut plan = Self {
            seed: 7,
            settings: settings.map(|(name, value)| (name, value.to_owned())).into(),
            // Somebody else who is given its message.
            instances: if point == CrashPoint::HeldUp { 2 } else { 1 },
            calls: 1,
            latency: Duration::from_millis(5),
            long: 1_500,
            document_lines: 100_000,
            actions: vec![
                (Duration::from_secs(1), Action::Timer),
                (Duration::from_secs(1_000), Action::Change),
                (Duration::from_secs(1_001), Action::Change),
                // Their webhooks go into the spool, which the next timer empties.
                (Duration::from_secs(1_100), Action::Set(State::BrokerDown, true)),
                (Duration::from_secs(1_101), Action::Change),
                (Duration::from_secs(1_102), Action::Change),
                (Duration::from_secs(1_120), Action::Set(State::BrokerDown, false)),
                (Duration::from_secs(2_000), Action::Timer),
                // Twice: what the first leaves is what the second finds again.
                (Duration::from_secs(2_400), Action::ComeAndGo),
                (Duration::from_secs(2_500), Action::ComeAndGo),
                // What was never listed nobody misses; this has been.
                (Duration::from_secs(2_900), Action::Set(State::ItemsHidden, true)),
                (Duration::from_secs(3_000), Action::Timer),
                (Duration::from_secs(3_900), Action::Set(State::ItemsHidden, false)),
            ],
            registries: 1,
            repositories: 2,
            days: None,
            storage_behind: Duration::ZERO,
            inject_at: Some((request, point)),
        };
        // Where the first refresh may never come to its end, they have not been.
        let is_hidden = |action: &Action| matches!(action, Action::Set(State::ItemsHidden, _));
        plan.actions
            .retain(|(_, action)| point != CrashPoint::KilledAgain || !is_hidden(action));
        plan
    }
}

fn seconds(random: &mut Random, low: u64, high: u64) -> Duration {
    Duration::from_millis(random.between(low * 1_000, high * 1_000))
}
