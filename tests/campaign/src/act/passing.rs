//! Repositories that come between two catalogs, and are gone before the next one; some come again. And an image that does.

use std::time::Duration;

use tokio::time::Instant;

use crate::event::Event;
use crate::life::{Due, Life};
use crate::plan::push;
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::alteration::{Alteration, Change};
use simulator::faults::effect::Effect;

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

    /// An image, and a moment later a whole repository, come and go again before a request that is held up is answered.
    pub(super) fn come_and_go(&mut self) {
        let network = std::sync::Arc::clone(&self.network);
        let first = {
            let world = network.front().world();
            let registry = world.registries.first_key_value();
            registry.and_then(|(server, found)| Some((server.clone(), found.repositories.keys().next()?.clone())))
        };
        let Some((server, repository)) = first else { return };
        let until = Instant::now() + Duration::from_secs(100);
        if self.comes_and_goes.replace(until).is_none() {
            // Else a repository would say of itself that something has come and gone.
            let timeless = Alteration::answer(Change::Without(&["lastUpdateTime"]));
            let timeless = Rule::new(Effect::Alter(timeless)).service(Service::Registry);
            network.front().faults().add(timeless.named("timeless"));
        }
        let digest = self.push_of((&server, &repository), "taken-back".to_owned(), true);
        self.schedule(
            Duration::from_secs(5),
            Due::TakeBack(server.clone(), repository, digest),
        );
        for (after, comes) in [(60, true), (65, false)] {
            self.schedule(Duration::from_secs(after), Due::Passing(server.clone(), "zz", comes));
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
