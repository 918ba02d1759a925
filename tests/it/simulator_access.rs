//! What the simulated resource manager lets an identity read, by its roles.

mod audit_reads;
mod authorization;
mod children;

use serde_json::Value;
use simulator::world::World;
use simulator::world::seed::demo::{PLATFORM, PRODUCTS};
use simulator::{Options, Simulator};

use crate::support::{client, entra, json};

const ARM: &str = "https://management.azure.com";
/// A registry in the resource group `rg-products` of [`PRODUCTS`].
const SERVER: &str = "contosoproducts.azurecr.io";

/// The demo's tenant with an identity that has nothing but what `change` gives it.
fn start(change: impl FnOnce(&mut World, &str)) -> Simulator {
    let mut world = World::demo(7);
    world.revoke();
    let id = world.registries[SERVER].id();
    change(&mut world, &id);
    Simulator::start(world, Options::default()).unwrap()
}

fn registry(simulator: &Simulator) -> String {
    simulator.world().registries[SERVER].id()
}

/// Status and body of a request for `path`, query included.
async fn ask(simulator: &Simulator, method: &str, path: &str) -> (u16, Value) {
    let token = entra(simulator, ARM);
    let request = client(simulator).request(method.parse().unwrap(), format!("{ARM}{path}"));
    let answer = request.bearer_auth(token).send().await.unwrap();
    (answer.status().as_u16(), json(answer).await)
}

async fn get(simulator: &Simulator, path: &str) -> (u16, Value) {
    ask(simulator, "GET", path).await
}

/// What a refusal says is missing, and where: `AuthorizationFailed: action over scope`.
fn refusal(body: &Value) -> String {
    let message = body["error"]["message"].as_str().unwrap();
    let (_, rest) = message.split_once("perform action '").unwrap();
    let (action, rest) = rest.split_once("' over scope '").unwrap();
    let (scope, _) = rest.split_once('\'').unwrap();
    format!("{}: {action} over {scope}", body["error"]["code"].as_str().unwrap())
}
