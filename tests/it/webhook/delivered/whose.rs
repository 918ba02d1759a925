//! Whose event it is, the source says; a client writes into the host what it likes.

use serde_json::json;

use super::{connected, image, reads, with};
use crate::webhook::{REGISTRY_ID, app_beside_another, app_with, quarantine};

#[tokio::test(flavor = "multi_thread")]
async fn the_source_decides_whose_event_it_is() {
    let app = app_beside_another().await;
    for host in [
        "bench.azurecr.io:443",
        "BENCH.azurecr.io",
        "Bench.AzureCR.io:443",
        "bench.azurecr.io.",
        "bench.westeurope.geo.azurecr.io",
        "bench.westeurope.data.azurecr.io",
        "bench.privatelink.azurecr.io",
        "another.azurecr.io",
        "nobody.azurecr.io",
        "images.example.com",
        "[2001:db8::1]:443",
        "",
    ] {
        let event = with(image("push"), "/data/request/host", json!(host));
        assert!(reads(&app, event.to_string()).await >= 2, "{host}");
        let elsewhere = app.tenant.simulator.requests();
        let elsewhere = elsewhere.iter().filter(|request| request.host == "another.azurecr.io");
        assert_eq!(elsewhere.count(), 0, "{host}");
    }
    assert_eq!(quarantine(&app), [""; 0]);
    app.assert_no_violation();
}

/// Resource Manager was not asked, so that no id is known: the name in the source leads to the login server.
#[tokio::test(flavor = "multi_thread")]
async fn the_source_leads_to_a_registry_that_is_named_by_its_login_server() {
    let settings = [("ACR_INVENTORY_REGISTRIES", "bench.azurecr.io")];
    let app = app_with(&settings).await;
    for event in [
        image("push"),
        connected("push", None),
        with(image("push"), "/data/request/host", json!("bench.azurecr.io:443")),
        with(
            image("push"),
            "/source",
            json!(REGISTRY_ID.replace("rg-bench", "rg-moved")),
        ),
    ] {
        assert!(reads(&app, event.to_string()).await >= 2, "{event:#}");
    }
    assert_eq!(quarantine(&app), [""; 0]);
}
