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
        let id = self.collect_from_laptop(true);
        self.network.state().dozing = id;
    }

    /// The laptop sleeps from now on.
    pub(crate) fn falls_asleep(&mut self, id: u64) {
        self.fired("laptop-asleep");
        self.network.state().line(id, "laptop", "falls asleep");
        self.network.state().kill_in_close = true;
        self.schedule(Duration::from_secs(5), Due::Planned(Action::Timer));
        // Whoever is first: the laptop is about to go on, and so is the function app.
        self.schedule(SLEEP - Duration::from_secs(10), Due::DaysPass);
        let after = SLEEP + Duration::from_millis(self.random.below(4_000)) - Duration::from_secs(2);
        self.schedule(after, Due::AppStarts);
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
        self.network.state().kill_in_close = false;
        self.is_stopped = false;
    }

    pub(super) fn days_pass(&mut self) {
        self.network.state().line(0, "three days", "pass");
        self.disturbances += 1;
        self.network.front().world().clock.advance(DAYS);
        simulator::lock::lock(&self.blobs).advance(DAYS);
    }
}
