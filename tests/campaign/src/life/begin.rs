//! The tenant and the function app that a life begins with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

use super::{Due, Life, QUEUES, storage};
use crate::Report;
use crate::journal::Journal;
use crate::network::Network;
use crate::plan::Plan;
use crate::truth::Truth;
use acr_inventory::snapshot::retention::Keep;
use simulator::blob::Blobs;
use simulator::clock::Clock;
use simulator::lock::lock;
use simulator::random::seeded::Random;
use simulator::service_bus::{self, QueueOptions, Queues};
use simulator::{InProcess, Options, View};

impl Life {
    pub(crate) fn begin(plan: Plan, trace: bool) -> anyhow::Result<Self> {
        let mut random = Random::new(plan.seed ^ 0x6c69_6665);
        let world = plan.world(&mut random);
        let clock = Arc::clone(&world.clock);
        let journal = Journal::default();
        let mut queues = Queues::new(Arc::clone(&clock));
        for (queue, _) in QUEUES {
            queues.create(queue, QueueOptions::default());
        }
        let mut blobs = Blobs::new(Arc::new(Clock::late_by(plan.storage_behind)));
        blobs.create_container("inventory");
        let (queues, blobs) = (Arc::new(Mutex::new(queues)), Arc::new(Mutex::new(blobs)));
        let bus = Arc::clone(&queues);
        let bus: View = Box::new(move |request| service_bus::handle(&mut lock(&bus), request));
        let keep = plan.days.map_or_else(Keep::default, |days| days.keep);
        let broker = Arc::clone(&queues);
        let storage = storage::watched(&blobs, &journal, (Arc::clone(&clock), broker), keep);
        let options = Options {
            log_capacity: 0,
            extra: vec![
                (".servicebus.windows.net".to_owned(), bus),
                (".blob.core.windows.net".to_owned(), storage),
            ],
            ..Options::default()
        };
        let mut truth = Truth::default();
        for registry in world.registries.values() {
            truth.note(registry, world.clock.now() - time::Duration::days(1));
        }
        let front = InProcess::new(world, options);
        front.faults().seed(plan.seed);
        let (sender, signals) = unbounded_channel();
        let network = Arc::new(Network::new(front, &plan, sender, trace));
        network.state().inject_at = plan.inject_at;
        let mut life = Self {
            random,
            network,
            queues,
            blobs,
            journal,
            truth,
            instances: Vec::new(),
            next_instance: 0,
            tasks: JoinSet::new(),
            helpers: JoinSet::new(),
            next_helper: 0,
            helping: BTreeMap::new(),
            laptops: BTreeSet::new(),
            laptop_movers: Arc::default(),
            running: BTreeMap::new(),
            next_invocation: 0,
            signals,
            actions: BTreeMap::new(),
            next_action: 0,
            habits: BTreeSet::new(),
            gone: BTreeMap::new(),
            handed_out: BTreeMap::new(),
            poison: BTreeSet::new(),
            report: Report {
                seed: plan.seed,
                ..Report::default()
            },
            timers: 0,
            events: 0,
            accepted: Vec::new(),
            begun: BTreeMap::new(),
            in_hand: BTreeMap::new(),
            active: BTreeSet::new(),
            disturbances: 0,
            is_stopped: false,
            is_burst: false,
            comes_and_goes: None,
            steps: 0,
            is_given_up: false,
            plan,
        };
        for _ in 0..life.plan.instances {
            life.start_instance()?;
        }
        for (at, action) in life.plan.actions.clone() {
            life.schedule(at, Due::Planned(action));
        }
        Ok(life)
    }
}
