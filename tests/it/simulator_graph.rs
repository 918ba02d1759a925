//! The simulated Microsoft Graph.

use serde_json::{Value, json};
use simulator::world::World;
use simulator::world::seed::postures::{CLUSTER, DELETED, DEVELOPER};
use simulator::{Options, Simulator};

use crate::support::{client, entra, json, names};

const GRAPH: &str = "https://graph.microsoft.com";

async fn post(simulator: &Simulator, audience: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = client(simulator).post(format!("{GRAPH}{path}"));
    let request = request.bearer_auth(entra(simulator, audience)).body(body.to_string());
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), json(answer).await)
}

#[tokio::test]
async fn ids_become_objects_and_those_that_are_gone_are_left_out() {
    let simulator = Simulator::start(World::postures(), Options::default()).unwrap();
    let path = "/v1.0/directoryObjects/getByIds";
    let ids = json!({"ids": [DEVELOPER, DELETED, CLUSTER.to_uppercase()]});
    let (status, body) = post(&simulator, GRAPH, path, &ids).await;
    assert_eq!(
        (status, names(&body, "value", "displayName")),
        (200, ["Developer", "shop-agentpool"].map(str::to_owned).to_vec())
    );
    let (status, body) = post(&simulator, "https://management.azure.com", path, &ids).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (401, &json!("InvalidAuthenticationToken"))
    );
    let many = json!({"ids": vec![DEVELOPER; 1_001]});
    assert_eq!(post(&simulator, GRAPH, path, &many).await.0, 400);
    simulator.world().directory.readable = false;
    let (status, body) = post(&simulator, GRAPH, path, &ids).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (403, &json!("Authorization_RequestDenied"))
    );
    assert_eq!(simulator.violations(), [""; 0]);
    simulator.world().directory.readable = true;
    for (path, body) in [
        ("/v1.0/users", json!({})),
        (path, json!({"ids": [CLUSTER], "types": ["user"]})),
    ] {
        assert_eq!(post(&simulator, GRAPH, path, &body).await.0, 501, "{path}");
    }
    assert_eq!(simulator.violations().len(), 2);
}
