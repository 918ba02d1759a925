//! Repositories that come between two catalogs, and are gone before the next one; some come again.

use std::time::Duration;

use crate::event::Event;
use crate::life::{Due, Life};
use crate::plan::push;

/// None of them is there at the beginning.
const NAMES: &[&str] = &["a-passing", "app/passing", "zz"];

impl Life {
    /// A repository is to come, to go, and perhaps to come again, each after a while.
    pub(super) fn plan_passing(&mut self) {
        let servers: Vec<String> = self.network.front().world().registries.keys().cloned().collect();
        let (Some(server), Some(name)) = (self.random.pick(&servers).cloned(), self.random.pick(NAMES)) else {
            return;
        };
        let mut after = Duration::ZERO;
        for step in 0..self.random.between(2, 4) {
            after += Duration::from_secs(self.random.between(1, 900));
            self.schedule(after, Due::Passing(server.clone(), name, step % 2 == 0));
        }
    }

    /// It comes, or goes.
    pub(super) fn pass(&mut self, server: &str, name: &str, comes: bool) {
        let network = std::sync::Arc::clone(&self.network);
        let mut world = network.front().world();
        if !world.registries.contains_key(server) {
            return;
        }
        let digest = match comes {
            true => Some(push(&mut self.random, &mut world, server, name, "v1")),
            false => {
                world.delete_repository(server, name);
                None
            }
        };
        let now = world.clock.now();
        self.truth.note_in(&world, server, now);
        drop(world);
        self.fired("repository-passing");
        let what = format!("{server}/{name}, a passing one");
        network.state().line(0, &what, if comes { "comes" } else { "goes" });
        self.announce(Event {
            server: server.to_owned(),
            repository: name.to_owned(),
            is_push: comes,
            tag: comes.then(|| "v1".to_owned()),
            digest,
        });
    }
}
