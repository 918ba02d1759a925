//! Requests to a registry: tokens, lists, single items, changes, refusals.

use serde_json::json;

use super::Asker;
use crate::simulator_shapes::exchange::Exchange;
use crate::simulator_shapes::world::SERVER;
use crate::support::{access_token, entra, refresh_token};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

impl Asker {
    pub(in crate::simulator_shapes) async fn data_plane(&mut self) {
        let access = access_token(&self.simulator, SERVER, "registry:catalog:* repository:*:*").await;
        let other = access_token(&self.simulator, SERVER, "repository:elsewhere:pull").await;
        let tokens = [access.as_str(), other.as_str()];
        self.tokens().await;
        self.ask(
            "GET",
            &format!("https://{SERVER}/v2/"),
            None,
            "text/plain",
            String::new(),
        )
        .await;
        let content: Vec<(String, Vec<String>, Vec<String>)> = {
            let world = self.simulator.world();
            let repositories = world.registries[SERVER].repositories.iter();
            repositories
                .map(|(name, found)| {
                    let (tags, manifests) = (found.tags.keys().cloned(), found.manifests.keys().cloned());
                    (name.replace('/', "%2F"), tags.collect(), manifests.collect())
                })
                .collect()
        };
        let mut paths = vec!["/acr/v1/_catalog".to_owned(), "/acr/v1/_catalog?n=3".to_owned()];
        for (name, tags, manifests) in &content {
            paths.push(format!("/acr/v1/{name}"));
            for list in ["_tags", "_manifests"] {
                paths
                    .extend(["", "?n=2", "?n=2&orderby=timedesc"].map(|query| format!("/acr/v1/{name}/{list}{query}")));
            }
            paths.extend(tags.iter().map(|tag| format!("/acr/v1/{name}/_tags/{tag}")));
            paths.extend(
                manifests
                    .iter()
                    .map(|digest| format!("/acr/v1/{name}/_manifests/{digest}")),
            );
        }
        paths.extend(["_tags/none", "_manifests/sha256:00"].map(|item| format!("/acr/v1/scratch/{item}")));
        paths.push("/acr/v1/Capital/_tags/none".to_owned());
        for path in paths {
            self.registry("GET", &path, &tokens, "text/plain", "").await;
        }
        self.changes(&content, &tokens).await;
    }

    async fn tokens(&mut self) {
        let refresh = refresh_token(&self.simulator, SERVER).await;
        let entra = entra(&self.simulator, "https://containerregistry.azure.net");
        let form = "application/x-www-form-urlencoded";
        let fields = |fields: &[(&str, &str)]| {
            url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish()
        };
        let exchange = fields(&[
            ("grant_type", "access_token"),
            ("service", SERVER),
            ("access_token", &entra),
        ]);
        let url = format!("https://{SERVER}/oauth2/exchange");
        self.ask("POST", &url, None, form, exchange).await;
        let token = [
            ("grant_type", "refresh_token"),
            ("service", SERVER),
            ("scope", "registry:catalog:*"),
            ("refresh_token", &refresh),
        ];
        let url = format!("https://{SERVER}/oauth2/token");
        self.ask("POST", &url, None, form, fields(&token)).await;
        let url = format!("{url}?service={SERVER}&scope=registry:catalog:*");
        let basic = self
            .client
            .get(&url)
            .basic_auth("00000000-0000-0000-0000-000000000000", Some(&refresh));
        let answer = basic.send().await.unwrap();
        self.found.push(Exchange::answered("GET", &url, answer).await);
    }

    async fn changes(&mut self, content: &[(String, Vec<String>, Vec<String>)], tokens: &[&str; 2]) {
        let switches = "{\"writeEnabled\":true}";
        for (name, tags, manifests) in content {
            let mut paths = vec![format!("/acr/v1/{name}")];
            paths.extend(tags.iter().map(|tag| format!("/acr/v1/{name}/_tags/{tag}")));
            paths.extend(
                manifests
                    .iter()
                    .map(|digest| format!("/acr/v1/{name}/_manifests/{digest}")),
            );
            for path in paths {
                self.registry("PATCH", &path, tokens, "application/json", switches)
                    .await;
            }
        }
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": "a/b", "size": 2}, "layers": []});
        self.registry(
            "PUT",
            "/v2/scratch/manifests/new",
            tokens,
            MANIFEST,
            &manifest.to_string(),
        )
        .await;
        let (name, tags, manifests) = content.last().unwrap();
        for path in [
            format!("/acr/v1/{name}/_tags/{}", tags[0]),
            format!("/acr/v1/{name}/_tags/none"),
            format!("/v2/{name}/manifests/{}", manifests[0]),
            format!("/v2/{name}/manifests/sha256:00"),
            format!("/acr/v1/{name}"),
            "/acr/v1/none".to_owned(),
        ] {
            self.registry("DELETE", &path, tokens, "text/plain", "").await;
        }
    }

    /// What nobody recorded: a firewall, an identity without a role, a used-up quota.
    pub(in crate::simulator_shapes) async fn refusals(&mut self) {
        let token = access_token(&self.simulator, SERVER, "registry:catalog:*").await;
        self.simulator
            .world()
            .registries
            .get_mut(SERVER)
            .unwrap()
            .requests_per_minute = Some(0);
        for server in [SERVER, "contosovault.azurecr.io"] {
            let url = format!("https://{server}/acr/v1/_catalog");
            self.ask("GET", &url, Some(&token), "text/plain", String::new()).await;
        }
        let server = "contosopartners.azurecr.io";
        let entra = entra(&self.simulator, "https://containerregistry.azure.net");
        let form = format!("grant_type=access_token&service={server}&access_token={entra}");
        let kind = "application/x-www-form-urlencoded";
        self.ask("POST", &format!("https://{server}/oauth2/exchange"), None, kind, form)
            .await;
    }

    /// A request without a token, with one that is none, with one for something else, and with the right one.
    async fn registry(&mut self, method: &str, path: &str, tokens: &[&str; 2], kind: &str, body: &str) {
        let url = format!("https://{SERVER}{path}");
        let [access, other] = tokens;
        for token in [None, Some("not.a.token"), Some(other), Some(access)] {
            self.ask(method, &url, token, kind, body.to_owned()).await;
        }
    }
}
