//! A laptop that falls asleep when it is about to thin: meanwhile the function app goes on to a newer refresh, is stopped in
//! the middle of it, and days pass before both go on.

use std::time::Duration;

use crate::life::{Due, Life};
use crate::network::SLEEP;
use crate::plan::Action;

/// The clocks go on, and those of programs do not: that is how a machine sleeps.
const DAYS: Duration = Duration::from_secs(3 * 86_400);

impl Life {
    /// Somebody collects and thins, and closes the lid as soon as the thinning begins.
    pub(super) fn collect_and_doze(&mut self) {
        // When it thins the last of them, the run is over for all: whoever comes now begins another.
        let last = self.network.front().world().registries.keys().next_back().cloned();
        let id = self.collect_from_laptop(true);
        self.network.state().dozing = id.zip(last);
    }

    /// The laptop sleeps from now on.
    pub(crate) fn falls_asleep(&mut self, id: u64) {
        self.fired("laptop-asleep");
        self.network.state().line(id, "laptop", "falls asleep");
        let last = self.network.front().world().registries.keys().next_back().cloned();
        // Something new for a pack of its own.
        let world = self.network.front().world();
        let registry = last.as_ref().and_then(|last| world.registries.get(last));
        let names: Vec<String> = registry.map_or_else(Vec::new, |found| found.repositories.keys().cloned().collect());
        drop(world);
        if let (Some(server), Some(name)) = (&last, self.random.pick(&names)) {
            self.schedule(Duration::from_secs(1), Due::Push(server.clone(), name.clone()));
        }
        self.network.state().stop_in_close = last;
        self.schedule(Duration::from_secs(5), Due::Planned(Action::Timer));
        self.schedule(SLEEP - Duration::from_secs(30), Due::DaysPass);
        // So that it publishes its snapshot about when the laptop lists what there is.
        let before = u64::try_from(self.plan.latency.as_micros()).unwrap_or(0) * 24;
        let before = Duration::from_micros(self.random.below(before));
        self.schedule(SLEEP - before, Due::AppStarts);
    }

    /// The function app is stopped: nothing is given out any more, and nobody is there for webhooks and timers.
    pub(crate) fn stop_app(&mut self) {
        self.network.state().line(0, "function app", "stopped");
        self.is_stopped = true;
        let all: Vec<u64> = self.instances.iter().map(|instance| instance.id).collect();
        for id in all {
            self.kill(id);
        }
    }

    pub(super) fn start_app(&mut self) {
        self.network.state().line(0, "function app", "started");
        self.network.state().stop_in_close = None;
        self.is_stopped = false;
    }

    pub(super) fn days_pass(&mut self) {
        self.network.state().line(0, "three days", "pass");
        self.disturbances += 1;
        self.network.front().world().clock.advance(DAYS);
        simulator::lock::lock(&self.blobs).advance(DAYS);
    }
}
