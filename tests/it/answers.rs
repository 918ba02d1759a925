//! Answers as real registries give them now and then: a repository without lists, a list without its key, an item that
//! cannot be used, a field that is not there. Each costs what it has to, and says what it says.

mod absent_fields;
mod doubtful;
mod no_list;
mod resource_manager;
mod unusable_items;
mod without_lists;

use bytes::Bytes;
use serde_json::Value;
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::host::RunReport;
use simulator::world::{Repository, World};

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";
const REGISTRY: &str = "v2/registries/bench.azurecr.io/registry.json";

/// A registry whose answers can be altered.
struct Answers {
    app: FunctionApp,
}

impl Answers {
    /// `zombie` has no content; the others have `tags` tags, each with a manifest of its own.
    async fn start(others: usize, tags: usize, has_zombie: bool) -> Self {
        let mut world = World::sized(others, tags);
        if has_zombie {
            let zombie = Repository {
                created: "2025-11-03T09:15:00.1Z".to_owned(),
                last_update: "2025-11-03T09:15:00.1Z".to_owned(),
                ..Repository::default()
            };
            let registry = world.registries.get_mut(SERVER).unwrap();
            registry.repositories.insert("zombie".to_owned(), zombie);
        }
        let app = FunctionApp::start(world).await;
        Self { app }
    }

    fn fault(&self, path: &str, effect: Effect) {
        let rule = Rule::new(effect).service(Service::Registry).path(path);
        self.app.tenant.simulator.faults().add(rule);
    }

    /// What the registry answers for a repository that it does not know, to requests with this text in their path.
    fn name_unknown(&self, path: &str) {
        let body = r#"{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry","detail":{"name":"zombie"}}]}"#;
        let effect = Effect::Status {
            code: 404,
            retry_after: None,
            body: body.to_owned(),
        };
        self.fault(path, effect);
    }

    fn body(&self, path: &str, body: &str) {
        let content_type = "application/json; charset=utf-8".to_owned();
        let body = Bytes::from(body.to_owned());
        self.fault(path, Effect::Body { content_type, body });
    }

    fn clear(&self) {
        self.app.tenant.simulator.faults().clear();
    }

    async fn run(&self) -> RunReport {
        let report = self.app.run().await;
        assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
        report
    }

    /// Runs, and gives the paths that were asked about a repository, in order, without what they all begin with.
    async fn asked(&self, repository: &str) -> Vec<String> {
        let before = self.app.tenant.simulator.requests().len();
        self.run().await;
        let path = format!("/acr/v1/{repository}");
        let requests = self.app.tenant.simulator.requests();
        let about = requests[before..]
            .iter()
            .filter_map(|request| request.path.strip_prefix(&path));
        about.map(str::to_owned).collect()
    }

    fn completeness(&self) -> String {
        let document = self.app.document(REGISTRY);
        document["status"]["completeness"].as_str().unwrap().to_owned()
    }

    /// The problems of the registry document: code, repository, message.
    fn problems(&self) -> Vec<(String, String, String)> {
        let document = self.app.document(REGISTRY);
        let problems = document["status"]["problems"]["first"].as_array().unwrap().clone();
        let text = |problem: &Value, key: &str| problem[key].as_str().unwrap_or("").to_owned();
        let fields = |problem: &Value| {
            (
                text(problem, "code"),
                text(problem, "repository"),
                text(problem, "message"),
            )
        };
        problems.iter().map(fields).collect()
    }

    fn codes(&self) -> Vec<String> {
        self.problems().into_iter().map(|(code, _, _)| code).collect()
    }

    /// Lines of a repository's document.
    fn lines(&self, repository: &str) -> Vec<Value> {
        self.app.lines(&document(repository))
    }

    /// Digests or names of the lines of a kind.
    fn keys(&self, repository: &str, kind: &str) -> Vec<String> {
        let key = if kind == "tag" { "name" } else { "digest" };
        let lines = self.lines(repository).into_iter().filter(|line| line["kind"] == kind);
        lines.map(|line| line[key].as_str().unwrap().to_owned()).collect()
    }

    /// The same as the registry has it.
    fn truth(&self, repository: &str, kind: &str) -> Vec<String> {
        let world = self.app.tenant.simulator.world();
        let repository = &world.registries[SERVER].repositories[repository];
        match kind {
            "tag" => repository.tags.keys().cloned().collect(),
            _ => repository.manifests.keys().cloned().collect(),
        }
    }

    /// The names in the catalog.
    fn repositories(&self) -> Vec<String> {
        let world = self.app.tenant.simulator.world();
        world.registries[SERVER].repositories.keys().cloned().collect()
    }
}

fn document(repository: &str) -> String {
    format!("v2/registries/{SERVER}/repositories/{repository},lists.ndjson")
}
