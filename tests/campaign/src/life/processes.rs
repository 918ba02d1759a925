//! The processes of the function app: started, and killed.

use std::time::Duration;

use tokio::time::Instant;

use super::host::Work;
use super::{Due, Life};
use crate::instance::Instance;
use crate::kind::Habit;
use crate::plan::Action;

impl Life {
    /// SIGKILL: everything in flight on the instance is gone; another one takes its place.
    pub(crate) fn kill(&mut self, id: u64) {
        let Some(at) = self.instances.iter().position(|instance| instance.id == id) else {
            self.kill_helper(id);
            return;
        };
        self.report.kills += 1;
        self.disturbances += 1;
        self.network.state().line(id, "instance", "killed");
        let dead: Vec<u64> = self
            .running
            .iter()
            .filter(|(_, running)| running.instance == id)
            .map(|(invocation, _)| *invocation)
            .collect();
        // The host sees the process end and gives the messages back; or it ends too, and their locks run out.
        let host_lives = self.random.chance(0.5);
        for invocation in dead {
            if let Some(running) = self.running.remove(&invocation) {
                running.task.abort();
                if let (Work::Message(_, given), true) = (running.work, host_lives) {
                    self.queues().abandon(given);
                }
            }
        }
        self.instances.remove(at);
        if let Err(error) = self.start_instance() {
            self.violation(format!("an instance does not start: {error:#}"));
        }
    }

    /// An instance is held up: everybody else goes on, with its work too; but not while something comes and goes, which the
    /// others see going.
    pub(super) fn overtake(&mut self, id: u64) {
        self.report.held += 1;
        self.disturbances += 1;
        self.network.state().line(id, "instance", "held up");
        if self.comes_and_goes.is_some_and(|until| Instant::now() < until) {
            return;
        }
        let locks = self.running.values().filter(|running| running.instance == id);
        let locks: Vec<_> = locks
            .filter_map(|running| match running.work {
                Work::Message(_, given) => Some(given),
                _ => None,
            })
            .collect();
        for given in locks {
            self.queues().abandon(given);
        }
        self.schedule(Duration::from_secs(2), Due::Planned(Action::Change));
        self.schedule(Duration::from_secs(6), Due::Planned(Action::Timer));
    }

    pub(crate) fn start_instance(&mut self) -> anyhow::Result<()> {
        self.next_instance += 1;
        let skew = if self.habits.contains(&Habit::ClockOff) {
            self.fired("clock-off");
            i64::try_from(self.random.below(7_200)).unwrap_or(0) - 3_600
        } else {
            0
        };
        let instance = Instance::start(self.next_instance, &self.plan, &self.network, skew)?;
        self.instances.push(instance);
        Ok(())
    }

    /// A random instance.
    pub(crate) fn any_instance(&mut self) -> usize {
        usize::try_from(self.random.below(self.instances.len() as u64)).unwrap_or(0)
    }
}
