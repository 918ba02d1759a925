//! A real Azurite: installed once under `target/tmp`, spoken to over TLS with Entra-shaped tokens.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use acr_inventory::azure::http::{Http, HttpOptions};
use acr_inventory::azure::storage_options;
use acr_inventory::store::{BlobStore, Store};
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_storage_blob::{BlobContainerClient, BlobContainerClientOptions};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;
use tokio::process::{Child, Command};

/// Time an installation may take, and a start.
const INSTALL: Duration = Duration::from_secs(300);
const START: Duration = Duration::from_secs(60);

/// A running Azurite; it is killed and its data goes when dropped.
pub struct Azurite {
    _child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Azurite {
    /// Starts Azurite; none when there is no node to run it with, which is a failure under CI.
    pub async fn start() -> Option<Self> {
        if !runs("node").await || !runs("npm").await {
            println!("skipped: node is not installed");
            assert!(std::env::var("CI").as_deref() != Ok("true"), "CI must not skip this");
            return None;
        }
        let program = install().await;
        let folder = tempfile::tempdir().unwrap();
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), certified.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), certified.signing_key.serialize_pem()).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(folder.path().join("azurite.log")).unwrap();
        let child = Command::new("node")
            .arg(program)
            .args([
                "--oauth",
                "basic",
                "--cert",
                "cert.pem",
                "--key",
                "key.pem",
                "--skipApiVersionCheck",
            ])
            .args([
                "--disableTelemetry",
                "--silent",
                "--blobHost",
                "127.0.0.1",
                "--location",
                "data",
            ])
            .args(["--blobPort", &port.to_string()])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let azurite = Self {
            _child: child,
            port,
            folder,
        };
        azurite.wait().await;
        Some(azurite)
    }

    async fn wait(&self) {
        let until = tokio::time::Instant::now() + START;
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            let log = || std::fs::read_to_string(self.folder.path().join("azurite.log")).unwrap_or_default();
            assert!(tokio::time::Instant::now() < until, "Azurite did not start: {}", log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// A store in a new container, through the product's own HTTP client.
    pub async fn store(&self) -> Store {
        let http = Http::new(HttpOptions {
            certificates: Some(self.folder.path().join("cert.pem")),
            allow_loopback: true,
            ..HttpOptions::default()
        });
        let http = http.unwrap();
        let options = || BlobContainerClientOptions {
            client_options: storage_options(&http, Arc::new(Unsigned)),
            ..Default::default()
        };
        let url = format!("https://127.0.0.1:{}/devstoreaccount1/conformance", self.port);
        let url: url::Url = url.parse().unwrap();
        let container = BlobContainerClient::new(url.clone(), None, Some(options())).unwrap();
        container.create(None).await.unwrap();
        Store::blob(BlobStore::new(url, options()).unwrap())
    }
}

async fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

/// Installs what the lock file says into the cache folder, unless it is there; the script to run.
async fn install() -> PathBuf {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/azurite");
    let lock = std::fs::read(sources.join("package-lock.json")).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("azurite");
    let program = folder.join("node_modules/azurite/dist/src/blob/main.js");
    // Written last: an installation that was cut off, or one of another lock file, is made again.
    let stamp = folder.join("installed-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) && program.exists() {
        return program;
    }
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(sources.join(file), folder.join(file)).unwrap();
    }
    let mut command = Command::new("npm");
    command
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(&folder);
    let output = tokio::time::timeout(INSTALL, command.kill_on_drop(true).output()).await;
    let output = output.expect("npm ci took too long").unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::write(stamp, lock).unwrap();
    program
}

/// Azurite looks at the claims of a token and at no signature.
#[derive(Debug)]
struct Unsigned;

#[async_trait::async_trait]
impl TokenCredential for Unsigned {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let now = acr_inventory::clock::now();
        let expires = now + time::Duration::hours(1);
        let claims = json!({
            "aud": "https://storage.azure.com", "iss": "https://sts.windows.net/5f1b4c1e-0000-4000-8000-00000000aaaa/",
            "iat": now.unix_timestamp() - 60, "nbf": now.unix_timestamp() - 60, "exp": expires.unix_timestamp(),
        });
        let encode = |part: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let header = json!({"alg": "RS256", "typ": "JWT"});
        Ok(AccessToken::new(
            format!("{}.{}.x", encode(header), encode(claims)),
            expires,
        ))
    }
}
