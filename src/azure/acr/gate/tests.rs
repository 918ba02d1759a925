use std::num::NonZero;
use std::time::Duration;

use super::{Budget, Gate, Purpose};
use crate::deadline::Deadline;

#[tokio::test(start_paused = true)]
async fn a_long_wait_is_handed_back_and_a_short_one_is_waited_for() {
    let gate = Gate::new(Budget::Standard, 8, 100);
    let deadline = Deadline::none();
    gate.close_for(Duration::from_secs(9));
    assert!(gate.pass(&deadline, Purpose::Walk).await.is_ok());
    gate.close_for(Duration::from_secs(40));
    gate.close_for(Duration::from_secs(1));
    for purpose in [Purpose::Walk, Purpose::Event] {
        let wait = gate.pass(&deadline, purpose).await.unwrap_err();
        assert_eq!(wait, Duration::from_secs(40), "a 429 stops everybody");
    }
}

#[tokio::test(start_paused = true)]
async fn our_own_budget_is_waited_for_as_long_as_there_is_time() {
    let gate = Gate::new(Budget::PerMinute(NonZero::new(20).unwrap()), 8, 100);
    for purpose in [Purpose::Walk, Purpose::Event] {
        let deadline = Deadline::after(Duration::from_secs(180), Duration::from_secs(240));
        let begun = tokio::time::Instant::now();
        for _ in 0..21 {
            drop(gate.pass(&deadline, purpose).await.unwrap());
            if begun.elapsed() > Duration::from_secs(50) {
                break;
            }
        }
        assert!(begun.elapsed() > Duration::from_secs(50), "{:?}", begun.elapsed());
        let late = Deadline::after(Duration::from_secs(1), Duration::from_secs(2));
        while gate.pass(&late, purpose).await.is_ok() {}
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_the_budget_holds_no_place() {
    let gate = Gate::new(Budget::PerMinute(NonZero::new(20).unwrap()), 1, 100);
    let deadline = Deadline::none();
    drop(gate.pass(&deadline, Purpose::Event).await.unwrap());
    for _ in 0..18 {
        drop(gate.pass(&deadline, Purpose::Walk).await.unwrap());
    }
    tokio::time::advance(Duration::from_secs(55)).await;
    let (walk, event) = tokio::join!(gate.pass(&deadline, Purpose::Walk), async {
        tokio::task::yield_now().await;
        tokio::time::timeout(Duration::from_secs(1), gate.pass(&deadline, Purpose::Event))
            .await
            .map(drop)
    });
    assert!(event.is_ok(), "the event has its share left, and the place is free");
    assert!(walk.is_ok());
}

#[cfg(feature = "simulator")]
mod production {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use futures_util::stream::{self, StreamExt as _};
    use tokio::time::Instant;

    use super::{Budget, Deadline, Purpose};
    use crate::azure::Failure;
    use crate::azure::acr::window::tests::most_in_a_minute;
    use crate::azure::acr::{Gates, RegistryClient, RegistryOptions};
    use crate::azure::http::Http;
    use crate::names::LoginServer;

    const LATENCY: Duration = Duration::from_millis(20);
    const CONCURRENCY: usize = 32;
    const REQUESTS: usize = 30_000;

    /// A client of a registry that answers everything after [`LATENCY`], and when requests came to it.
    fn client(sku: &str) -> (RegistryClient, Arc<Mutex<Vec<Instant>>>) {
        let came = Arc::<Mutex<Vec<Instant>>>::default();
        let seen = Arc::clone(&came);
        let http = Http::in_process(Arc::new(move |_| {
            seen.lock().unwrap().push(Instant::now());
            async {
                tokio::time::sleep(LATENCY).await;
                Ok(axum::http::Response::new("{}").into())
            }
            .boxed()
        }));
        let login_server = LoginServer::parse("contoso.azurecr.io").unwrap();
        let gate = Gates::default().of(&login_server, Some(Budget::for_sku(sku)), CONCURRENCY, 1_000);
        let options = RegistryOptions {
            entra_scope: String::new(),
            gate,
            purpose: Purpose::Walk,
            deadline: Deadline::none(),
        };
        (RegistryClient::new(http, login_server, None, options), came)
    }

    /// Sends so many requests, pausing for as long as it is told to, as a refresh does.
    async fn send(client: &RegistryClient, requests: usize) {
        let send = |_| async {
            let url = client.url("/acr/v1/_catalog").unwrap();
            let request = || client.http.request(reqwest::Method::GET, url.clone());
            while let Err(failure) = client.send("GET", 1_000, request).await {
                let Failure::Throttled { retry_after, .. } = failure else {
                    panic!("{failure}");
                };
                tokio::time::sleep(retry_after).await;
            }
        };
        stream::iter(0..requests)
            .map(send)
            .buffer_unordered(CONCURRENCY)
            .collect::<()>()
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn thirty_thousand_requests_use_the_budget_and_no_minute_sees_more() {
        for (sku, budget) in [("Standard", 2_500), ("Premium", 5_000)] {
            let (client, came) = client(sku);
            let begun = Instant::now();
            send(&client, REQUESTS).await;
            let took = begun.elapsed();
            let came = came.lock().unwrap();
            assert_eq!(came.len(), REQUESTS);
            assert_eq!(
                most_in_a_minute(&came),
                budget,
                "{sku}: the whole budget, and not one more"
            );
            // The first minute's budget goes at once: what is sustained is what comes after it.
            let sustained = (REQUESTS - budget) as f64 / took.as_secs_f64() * 60.0;
            println!("{sku}: {REQUESTS} requests in {took:?}, {sustained:.0} a minute sustained of {budget}");
            assert!(sustained >= 0.9 * budget as f64, "{sku}: {sustained} a minute");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_registry_that_fits_into_a_minute_is_not_slowed() {
        let (client, _) = client("Standard");
        let begun = Instant::now();
        send(&client, 2_500).await;
        let rounds = u32::try_from(2_500_usize.div_ceil(CONCURRENCY)).unwrap();
        assert_eq!(begun.elapsed(), LATENCY * rounds, "latency, and nothing else");
    }
}
