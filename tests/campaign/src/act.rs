//! What happens in a life besides the work of the function app: people, faults, time.

mod access;
mod asleep;
mod change;
mod fault;
mod newer;
mod passing;
mod state;

use std::time::Duration;

use super::kind::Habit;
use super::life::{Due, Life, QUEUES};
use super::plan::Action;

impl Life {
    pub(super) fn act(&mut self, due: Due) {
        match due {
            Due::Planned(Action::Timer) => self.timers_fire(),
            Due::Planned(Action::Change) => {
                self.change(false);
                if self.random.chance(0.2) {
                    self.change_access();
                }
            }
            Due::Planned(Action::ComeAndGo) => self.come_and_go(),
            Due::Planned(Action::Laptop) => {
                let thins = self.random.chance(0.5);
                self.collect_from_laptop(thins);
            }
            Due::Planned(Action::Doze) => self.collect_and_doze(),
            Due::DaysPass => self.days_pass(),
            Due::AppStarts => self.start_app(),
            Due::Planned(Action::Read) => self.read_a_snapshot(),
            Due::Planned(Action::Set(state, on)) => self.set(state, on),
            Due::Planned(Action::Begin(kind)) => self.begin_fault(kind),
            Due::Planned(Action::End(kind)) => self.end_fault(kind),
            Due::Timer => {
                let at = self.any_instance();
                self.fire_timer(at);
            }
            Due::TimerAgain(id, retries) => {
                let at = self.any_instance();
                self.try_timer(at, id, retries);
            }
            Due::Event(event) => self.send_event(&event),
            Due::Push(server, repository) => self.push(&server, &repository),
            Due::TakeBack(server, repository, digest) => self.take_back(&server, &repository, &digest),
            Due::Passing(server, name, comes) => self.pass(&server, name, comes),
            Due::Reschedule => {
                let early = self.habits.contains(&Habit::ScheduledEarly);
                let by = if early { -20 } else { 400 };
                for (queue, _) in QUEUES {
                    let moved = self.queues().reschedule(queue, time::Duration::seconds(by));
                    if moved > 0 {
                        self.fired(if early { "scheduled-early" } else { "scheduled-late" });
                    }
                }
            }
            Due::KillAny => {
                let at = self.any_instance();
                let id = self.instances[at].id;
                self.fired("killed-any-time");
                self.kill(id);
            }
        }
    }

    fn timers_fire(&mut self) {
        if self.is_stopped {
            return;
        }
        if self.is_quiet() {
            self.check_quiet();
        }
        let at = self.any_instance();
        self.fire_timer(at);
        if self.habits.contains(&Habit::TimersOverlap) {
            self.fired("timers-overlap");
            let after = Duration::from_millis(self.random.below(60_000));
            self.schedule(after, Due::Timer);
        }
    }
}
