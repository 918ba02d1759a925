//! What an event writes, when it asks the registry, and what it may leave out. Times of events are the registry's, as
//! they come with webhooks and Event Grid.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Options;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::service_bus::Message;
use simulator::tenant::REPOSITORY_QUEUE;
use simulator::world::World;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";

/// A registry of one repository; its inventory is made.
struct Watched {
    app: FunctionApp,
    repository: String,
}

impl Watched {
    async fn start(tags: usize, options: Options) -> Self {
        let app = FunctionApp::start_with(World::sized(1, tags), options, &[]).await;
        app.run().await;
        let (repository, _) = app.first_repository(SERVER);
        app.tenant.simulator.clear_requests();
        Self { app, repository }
    }

    fn key(&self, repository: &str) -> String {
        format!("v2/registries/{SERVER}/repositories/{repository},lists.ndjson")
    }

    fn document(&self) -> Vec<Value> {
        self.app.lines(&self.key(&self.repository))
    }

    /// A tag and its digest, as the registry has them.
    fn tag(&self) -> (String, String) {
        let world = self.app.tenant.simulator.world();
        let tags = &world.registries[SERVER].repositories[&self.repository].tags;
        let (name, tag) = tags.iter().next().unwrap();
        (name.clone(), tag.digest.to_string())
    }

    /// Takes a tag away, or brings it back.
    fn set_tag(&self, name: &str, tag: Option<simulator::world::Tag>) -> Option<simulator::world::Tag> {
        let mut world = self.app.tenant.simulator.world();
        let registry = world.registries.get_mut(SERVER).unwrap();
        let tags = &mut registry.repositories.get_mut(&self.repository).unwrap().tags;
        match tag {
            Some(tag) => tags.insert(name.to_owned(), tag),
            None => tags.remove(name),
        }
    }

    fn send(&self, repository: &str, hint: &Value) {
        self.app.ask_for(SERVER, repository, Some(hint));
    }

    /// Handles an event; the requests that the registry got.
    async fn event(&self, repository: &str, hint: &Value) -> usize {
        self.app.tenant.simulator.clear_requests();
        self.send(repository, hint);
        let report = self.app.host.deliver_due().await;
        assert_eq!((report.failures, report.redeliveries), (0, 0), "{report:?}");
        let requests = self.app.tenant.simulator.requests();
        requests
            .iter()
            .filter(|request| request.path.starts_with("/acr/v1/"))
            .count()
    }

    /// An event reads the repository's own attributes, which the document has from then on: what comes after it changes
    /// nothing.
    async fn know_attributes(&self) {
        let repository = self.repository.clone();
        assert_ne!(self.event(&repository, &json!({"effect": "deleted"})).await, 0);
    }

    fn changes(&self) -> usize {
        self.app.names(&format!("v2/registries/{SERVER}/changes/")).len()
    }

    fn waiting(&self) -> Vec<Value> {
        let mut queues = self.app.tenant.queues.lock().unwrap();
        queues.reschedule(REPOSITORY_QUEUE, time::Duration::days(-2));
        let mut all = Vec::new();
        while let Some(delivery) = queues.receive(REPOSITORY_QUEUE) {
            assert!(queues.complete(delivery.lock));
            all.push(serde_json::from_slice(&delivery.message.body).unwrap());
        }
        all
    }
}

/// So many seconds from now by the registry's clock.
fn at(seconds: i64) -> String {
    (simulated_now() + time::Duration::seconds(seconds))
        .format(&Rfc3339)
        .unwrap()
}

#[allow(
    clippy::disallowed_methods,
    reason = "the simulated registries of these tests go by the system's clock"
)]
fn simulated_now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_writes_also_where_nothing_changed_and_says_since_when_that_is_known() {
    let watched = Watched::start(3, Options::default()).await;
    watched.know_attributes().await;
    let before = watched.document();
    let (tag, digest) = watched.tag();
    let pushed = json!({"effect": "pushed", "tag": tag, "digest": digest, "at": at(60)});
    assert_ne!(watched.event(&watched.repository, &pushed).await, 0);
    let after = watched.document();
    assert_eq!(after[0]["version"], 3, "{:?}", after[0]);
    assert_eq!(after[1..after.len() - 1], before[1..before.len() - 1]);
    let from = after[0]["observedFrom"].as_str().expect("no time of the registry");
    let age = simulated_now() - OffsetDateTime::parse(from, &Rfc3339).unwrap();
    assert!((0..30).contains(&age.whole_seconds()), "{from}");
    assert_eq!(watched.changes(), 0);
    watched.app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_observed_before_an_event_is_not_committed_after_it() {
    let watched = Watched::start(3, Options::default()).await;
    watched.know_attributes().await;
    let (name, _) = watched.tag();
    let before = watched.document();
    // The tag is deleted; the first event observes that, and its write is held up on its way …
    let tag = watched.set_tag(&name, None).unwrap();
    let faults = watched.app.tenant.simulator.faults();
    let file = format!("{},lists.ndjson", watched.repository.rsplit('/').next().unwrap());
    let held = Effect::Delay(Duration::from_secs(2));
    faults.add(Rule::new(held).method("PUT").path(&file).times(1));
    watched.send(&watched.repository, &json!({"effect": "deleted", "at": at(0)}));
    let second = async {
        for _ in 0..100 {
            if !faults.fired().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(!faults.fired().is_empty(), "nothing was written");
        // … when the tag is pushed again. The registry is as it was, and so is the document.
        watched.set_tag(&name, Some(tag));
        let pushed = json!({"effect": "pushed", "tag": name, "at": at(1)});
        watched.event(&watched.repository, &pushed).await
    };
    let (report, asked) = tokio::join!(watched.app.host.deliver_due(), second);
    assert_eq!(report.failures, 0, "{report:?}");
    assert_ne!(asked, 0);
    let after = watched.document();
    assert_eq!(after[1..after.len() - 1], before[1..before.len() - 1]);
    watched.app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_about_what_is_not_there_leaves_a_tombstone_and_no_change() {
    let watched = Watched::start(1, Options::default()).await;
    assert_ne!(
        watched
            .event("team/gone", &json!({"effect": "deleted", "at": at(0)}))
            .await,
        0
    );
    let lines = watched.app.lines(&watched.key("team/gone"));
    assert!(lines[0]["removedAt"].is_string(), "{lines:?}");
    assert_eq!((lines.len(), watched.changes()), (2, 0));
    // Once more: another version of it, gone since the first.
    watched
        .event("team/gone", &json!({"effect": "deleted", "at": at(60)}))
        .await;
    let again = watched.app.lines(&watched.key("team/gone"));
    assert_eq!(
        (&again[0]["version"], &again[0]["removedAt"]),
        (&json!(2), &lines[0]["removedAt"])
    );
    assert_eq!(watched.changes(), 0);
    // The next run takes it for what it is.
    watched.app.run().await;
    watched.app.assert_complete(SERVER, 1);
    watched.app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_the_registry_does_not_show_yet_is_asked_for_again() {
    let watched = Watched::start(1, Options::default()).await;
    let pushed = json!({"effect": "pushed", "tag": "v1", "at": at(0)});
    assert_ne!(watched.event("team/new", &pushed).await, 0);
    let waiting = watched.waiting();
    assert_eq!((waiting.len(), &waiting[0]["recheck"]), (1, &json!(1)), "{waiting:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_left_out_only_if_its_effect_was_observed_after_it() {
    let watched = Watched::start(3, Options::default()).await;
    let (tag, digest) = watched.tag();
    let hint = |at: Option<String>| json!({"effect": "pushed", "tag": tag, "digest": digest, "at": at});
    let repository = &watched.repository;
    // A walk of a while ago showed it: nothing is asked, nothing written.
    assert_eq!(watched.event(repository, &hint(Some(at(-60)))).await, 0);
    assert_eq!(watched.document()[0]["version"], 1);
    // It shows it, but from before the event; or nobody says when that was.
    assert_ne!(watched.event(repository, &hint(Some(at(60)))).await, 0);
    assert_ne!(watched.event(repository, &hint(None)).await, 0);
    assert_eq!(watched.document()[0]["version"], 3);
    // It was observed afterwards, and does not show it.
    let other = json!({"effect": "pushed", "tag": "elsewhere", "at": at(-60)});
    assert_ne!(watched.event(repository, &other).await, 0);
    let deleted = json!({"effect": "deleted", "digest": digest, "at": at(-60)});
    assert_ne!(watched.event(repository, &deleted).await, 0);
    // It does not say what it did.
    let unnamed = json!({"effect": "deleted", "tag": tag, "at": at(-60)});
    assert_ne!(watched.event(repository, &unnamed).await, 0);
    watched.app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_repository_is_read_for_events_every_quarter_of_an_hour() {
    // 11 pages of manifests and as many of tags.
    let options = Options {
        maximum_page: 5,
        ..Options::default()
    };
    let watched = Watched::start(55, options).await;
    let repository = &watched.repository;
    assert_eq!(watched.document()[0]["pages"], 22);
    let pushed = json!({"effect": "pushed", "tag": watched.tag().0, "at": at(60)});
    assert_eq!(watched.event(repository, &pushed).await, 0);
    let due = watched.app.tenant.queues.lock().unwrap().next_due().unwrap();
    let wait = (due - simulated_now()).whole_seconds();
    assert!((14 * 60..=15 * 60).contains(&wait), "{wait}");
    // The same event, neither merged nor counted as an attempt.
    let waiting = watched.waiting();
    assert_eq!(waiting.len(), 1);
    assert_eq!((&waiting[0]["attempt"], &waiting[0]["waits"]), (&json!(0), &json!(1)));
    assert_eq!(waiting[0]["hint"], pushed);
    // It does not wait twice, whatever the clocks say.
    let message = Message::json(waiting[0].to_string());
    assert!(
        watched
            .app
            .tenant
            .queues
            .lock()
            .unwrap()
            .send(REPOSITORY_QUEUE, message)
    );
    watched.app.host.deliver_due().await;
    assert_eq!(watched.document()[0]["version"], 2);
    // What was read longer ago is read.
    let key = watched.key(repository);
    let text = watched.app.blob(&key).unwrap();
    let observed = watched.document()[0]["observedAt"].as_str().unwrap().to_owned();
    let text = text.replacen(&observed, &at(-16 * 60), 1);
    watched.app.tenant.blobs.lock().unwrap().put("inventory", &key, text);
    assert_ne!(watched.event(repository, &pushed).await, 0);
    assert_eq!(watched.document()[0]["version"], 3);
    watched.app.assert_no_violation();
}
