//! The tenant and the function app that a life begins with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

use super::{Due, Life, QUEUES};
use crate::Report;
use crate::journal::Journal;
use crate::network::Network;
use crate::plan::Plan;
use crate::truth::Truth;
use acr_inventory::hash::sha256;
use acr_inventory::inventory::message::{RefreshRepository, decode_message};
use simulator::blob::{self, Blobs};
use simulator::lock::lock;
use simulator::random::seeded::Random;
use simulator::service_bus::{self, QueueOptions, Queues};
use simulator::tenant::REPOSITORY_QUEUE;
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
        let mut blobs = Blobs::new(Arc::clone(&clock));
        blobs.create_container("inventory");
        let (queues, blobs) = (Arc::new(Mutex::new(queues)), Arc::new(Mutex::new(blobs)));
        let (bus, broker) = (Arc::clone(&queues), Arc::clone(&queues));
        let (storage, written) = (Arc::clone(&blobs), journal.clone());
        let bus: View = Box::new(move |request| service_bus::handle(&mut lock(&bus), request));
        let storage: View = Box::new(move |request| {
            let mut blobs = lock(&storage);
            let name = request
                .path
                .strip_prefix("/inventory/")
                .map(decoded)
                .unwrap_or_default();
            let before = blobs.etag_of("inventory", &name);
            let spooled = name.starts_with("v2/spool/").then(|| blobs.get("inventory", &name));
            let reply = blob::handle(&mut blobs, request);
            let after = blobs.etag_of("inventory", &name);
            if after != before {
                let content = blobs.get("inventory", &name);
                if let (Some(Some(event)), None) = (spooled, &content)
                    && !has_been_sent(&mut lock(&broker), &event)
                {
                    lock(&written.complaints).push(format!("{name} was deleted, and nobody had sent it"));
                }
                written.note(&name, clock.now(), content, after);
            }
            reply
        });
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
        network.state().strike_at = plan.strike_at;
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

/// Whether the broker has had the message of a spooled event.
fn has_been_sent(queues: &mut Queues, event: &[u8]) -> bool {
    let message: Option<RefreshRepository> = decode_message(event).ok();
    let body = message.and_then(|message| serde_json::to_string(&message).ok());
    body.is_some_and(|body| queues.has_seen(REPOSITORY_QUEUE, &sha256(body.as_bytes())))
}

/// A blob name as sent, percent-encoding undone.
fn decoded(path: &str) -> String {
    let pairs = url::form_urlencoded::parse(path.as_bytes());
    // There is neither `&` nor `=` nor `+` in the names of the inventory: the path is one key.
    pairs.map(|(key, _)| key.into_owned()).collect()
}
