//! The requests of the recordings, asked of the simulated demo world by a client that knows nothing of the product.

mod registry;
mod resources;

use simulator::{Options, Simulator};

use super::exchange::Exchange;
use super::world::world;
use crate::support::client;

pub(super) struct Asker {
    pub(super) simulator: Simulator,
    client: reqwest::Client,
    pub(super) found: Vec<Exchange>,
}

impl Asker {
    pub(super) fn start() -> Self {
        let simulator = Simulator::start(world(), Options::default()).unwrap();
        let client = client(&simulator);
        Self {
            simulator,
            client,
            found: Vec::new(),
        }
    }

    async fn ask(&mut self, method: &str, url: &str, token: Option<&str>, kind: &str, body: String) {
        let request = self
            .client
            .request(method.parse().unwrap(), url)
            .header("content-type", kind)
            .body(body);
        let request = match token {
            None => request,
            Some(token) => request.bearer_auth(token),
        };
        let answer = request.send().await.unwrap();
        self.found.push(Exchange::answered(method, url, answer).await);
    }
}
