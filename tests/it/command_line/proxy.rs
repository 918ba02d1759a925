//! `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`: heeded by the commands for people, and by the handler only where it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use simulator::Service;
use simulator::host::ignore_lines;
use simulator::world::World;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Bench, Ended, run};
use crate::function_app::FunctionApp;

/// Far longer than a handler takes to the first of its requests.
const WAIT: Duration = Duration::from_secs(5);
const SECRET: &str = "canary-proxy-password";

/// A proxy that connects everybody with the simulated Azure, whatever host is asked for.
struct ForwardProxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl ForwardProxy {
    async fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, to, Arc::clone(&seen)));
            }
        });
        Self { port, heads }
    }

    fn url(&self) -> String {
        format!("http://us:{SECRET}@127.0.0.1:{}", self.port)
    }

    /// The hosts that were asked for, each once, sorted.
    fn hosts(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        let target = |head: &String| head.split(' ').nth(1).unwrap().to_owned();
        let mut hosts: Vec<String> = heads.iter().map(target).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }
}

async fn serve(mut client: TcpStream, to: SocketAddr, seen: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let is_right = head.starts_with("CONNECT ") && head.contains("roxy-");
    seen.lock().unwrap().push(head);
    if !is_right {
        let refused = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        return client.write_all(refused).await.unwrap_or_default();
    }
    let Ok(mut server) = TcpStream::connect(to).await else {
        return;
    };
    if client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.is_ok() {
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}

/// Runs a command that has no other way to the simulated Azure than what `settings` say.
async fn through(bench: &Bench, settings: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut all = bench.tenant.application_settings(&bench.output().display().to_string());
    all.retain(|(name, _)| !["ACR_INVENTORY_RESOLVE_TO", "ACR_INVENTORY_ALLOW_LOOPBACK"].contains(&name.as_str()));
    // No queues: they would be tried by `check` too.
    all.retain(|(name, _)| !name.starts_with("ServiceBusConnection"));
    let owned = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    all.extend(owned);
    run(&all, arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_through_the_proxy_that_is_set() {
    let bench = Bench::start(World::sized(2, 1));
    let proxy = ForwardProxy::start(bench.tenant.simulator.address()).await;
    let (url, bare) = (proxy.url(), format!("us:{SECRET}@127.0.0.1:{}", proxy.port));
    let by_name = url.replace("127.0.0.1", "localhost");
    let wrong = "http://127.0.0.1:9";
    for settings in [
        vec![("HTTPS_PROXY", url.as_str())],
        vec![("https_proxy", url.as_str()), ("HTTPS_PROXY", wrong)],
        vec![("ALL_PROXY", url.as_str())],
        vec![("all_proxy", url.as_str()), ("HTTP_PROXY", wrong)],
        vec![("HTTPS_PROXY", bare.as_str()), ("ALL_PROXY", wrong)],
        vec![("HTTPS_PROXY", by_name.as_str()), ("NO_PROXY", "example.com")],
    ] {
        proxy.heads.lock().unwrap().clear();
        let ended = through(&bench, &settings, &["collect", "--registry", "bench"]).await;
        assert_eq!(ended.code, Some(0), "{settings:?}: {}", ended.stderr);
        let hosts = [
            "bench.azurecr.io:443",
            "login.microsoftonline.com:443",
            "management.azure.com:443",
        ];
        assert_eq!(proxy.hosts(), hosts, "{settings:?}");
        assert!(!ended.stderr.contains(SECRET), "{}", ended.stderr);
    }
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_names_the_proxy_and_leaves_names_to_it() {
    let bench = Bench::start(World::sized(2, 1));
    let proxy = ForwardProxy::start(bench.tenant.simulator.address()).await;
    let url = proxy.url();
    let settings = [("HTTPS_PROXY", url.as_str()), ("NO_PROXY", "nowhere.example")];
    let check = ["check", "--registry", "bench", "--format", "json"];
    let ended = through(&bench, &settings, &check).await.expect(0);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let place = format!("http://127.0.0.1:{}", proxy.port);
    assert_eq!(report["proxy"], format!("{place}, but not for nowhere.example"));
    let rows = report["checks"].as_array().unwrap();
    let dns = rows.iter().find(|row| row["check"] == "dns").unwrap();
    assert_eq!(dns["detail"], format!("left to the proxy {place}"));
    let table = through(&bench, &settings, &["check", "--registry", "bench"])
        .await
        .expect(0);
    assert!(table.stdout.contains(&place), "{}", table.stdout);
    for text in [&ended.stdout, &ended.stderr, &table.stdout, &table.stderr] {
        assert!(!text.contains(SECRET), "{text}");
    }
    // Without one, none is named.
    let direct = bench.tenant.application_settings(&bench.output().display().to_string());
    let ended = run(&direct, &check).await.expect(0);
    assert!(!ended.stdout.contains("proxy"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_past_the_proxy_is_resolved_and_checked_here() {
    let bench = Bench::start(World::sized(1, 1));
    let proxy = ForwardProxy::start(bench.tenant.simulator.address()).await;
    let url = proxy.url();
    let local = format!("https://localhost:{}/", bench.tenant.simulator.address().port());
    let check = ["check", "--registry", "bench", "--arm-endpoint", &local];
    for not_for in ["localhost", "example.com, .localhost"] {
        let settings = [("HTTPS_PROXY", url.as_str()), ("NO_PROXY", not_for)];
        let ended = through(&bench, &settings, &check).await.expect(2);
        let resolved = ended.stdout.contains("localhost resolves to a loopback");
        assert!(resolved, "{not_for}: {}", ended.stdout);
    }
    assert_eq!(bench.requests(Service::Arm), 0);
    // An address of this machine is not asked for through a proxy either.
    let literal = local.replace("localhost", "127.0.0.1");
    let check = ["check", "--registry", "bench", "--arm-endpoint", &literal];
    let settings = [("HTTPS_PROXY", url.as_str())];
    let ended = through(&bench, &settings, &check).await.expect(2);
    assert!(ended.stdout.contains("is not contacted"), "{}", ended.stdout);
    assert!(
        !proxy.hosts().iter().any(|host| host.contains("127.0.0.1")),
        "{:?}",
        proxy.hosts()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_cannot_be_used_is_named_without_its_password() {
    let bench = Bench::start(World::sized(1, 1));
    for (setting, value, why) in [
        (
            "HTTPS_PROXY",
            "socks5://us:canary-proxy-password@127.0.0.1:1080",
            "over socks5",
        ),
        ("ALL_PROXY", "socks5h://127.0.0.1:1080", "over socks5h"),
        ("HTTPS_PROXY", "http://us:canary-proxy-password@", "host"),
        ("HTTPS_PROXY", "http://127.0.0.1:99999", "port"),
        ("ACR_INVENTORY_USE_PROXY", "perhaps", "`true` or `false`"),
    ] {
        let ended = through(&bench, &[(setting, value)], &["collect", "--registry", "bench"]).await;
        assert_eq!(ended.code, Some(2), "{value}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(&format!("setting {setting}: ")),
            "{value}: {}",
            ended.stderr
        );
        assert!(ended.stderr.contains(why), "{value}: {}", ended.stderr);
        assert!(!ended.stderr.contains(SECRET), "{}", ended.stderr);
    }
    // One that refuses, and one that is not there.
    let proxy = ForwardProxy::start(bench.tenant.simulator.address()).await;
    let (refuses, absent) = (
        format!("http://127.0.0.1:{}", proxy.port),
        "http://127.0.0.1:9".to_owned(),
    );
    for url in [refuses, absent] {
        for credential in ["anonymous", "client-secret"] {
            let check = ["check", "--registry", "bench.azurecr.io", "--credential", credential];
            let ended = through(&bench, &[("HTTPS_PROXY", &url)], &check).await;
            assert_ne!(ended.code, Some(0));
            let said = ended.stdout.contains(&format!("through the proxy {url}: "));
            assert!(said, "{url}, {credential}: {}", ended.stdout);
        }
    }
    // Told not to heed it, none of it matters; nor where a simulator is on this machine.
    let nowhere = "socks5://us:canary-proxy-password@nowhere";
    let mut all = bench.tenant.application_settings(&bench.output().display().to_string());
    all.push(("HTTPS_PROXY".to_owned(), nowhere.to_owned()));
    run(&all, &["collect", "--registry", "bench"]).await.expect(0);
    let told = [("HTTPS_PROXY", nowhere), ("ACR_INVENTORY_USE_PROXY", "false")];
    let ended = through(&bench, &told, &["check", "--registry", "bench.azurecr.io"]).await;
    assert!(!ended.stdout.contains("proxy"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handler_heeds_a_proxy_only_where_it_is_told_to() {
    for told in [false, true] {
        let world = World::sized(2, 1);
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let connected = Arc::new(Mutex::new(0_u32));
        let count = Arc::clone(&connected);
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                *count.lock().unwrap() += 1;
            }
        });
        let url = format!("http://127.0.0.1:{port}");
        let told_to = told.to_string();
        // Without the way to the simulator, past which no proxy is.
        let mut settings = vec![
            ("HTTPS_PROXY", url.as_str()),
            ("ALL_PROXY", url.as_str()),
            ("ACR_INVENTORY_RESOLVE_TO", ""),
        ];
        if told {
            settings.push(("ACR_INVENTORY_USE_PROXY", &told_to));
        }
        let app = FunctionApp::start_process(world, &settings, ignore_lines()).await;
        let used = async {
            while *connected.lock().unwrap() == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        // The proxy closes what it accepts, and no name is known here: nothing gets through, which is tried for minutes.
        let is_used = tokio::select! {
            () = used => true,
            fired = app.host.fire_timer("schedule-refresh", false) => panic!("past the proxy: {fired:?}"),
            () = tokio::time::sleep(WAIT), if !told => false,
        };
        assert_eq!(is_used, told);
    }
}
