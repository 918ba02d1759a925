//! All lists of the registry into one file.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream::{self, Stream, TryStreamExt as _};
use reqwest::{Certificate, Client};
use serde::Deserialize;

use super::page::{Catalog, Manifests, Page, Tags, next};
use super::tokens::access_token;
use simulator::lock::lock;

/// The registry of every case.
pub(crate) const SERVER: &str = "bench.azurecr.io";
/// Repositories read at the same time: what `collect` does by default.
pub(crate) const CONCURRENCY: usize = 32;

/// Items of a page: what registries give at most.
const PAGE: usize = 1_000;

struct Lister {
    client: Client,
    token: String,
    requests: AtomicU64,
    rows: AtomicU64,
    file: Mutex<BufWriter<File>>,
}

/// How many requests it took, and how many rows were written.
pub(super) async fn list(output: &Path) -> anyhow::Result<(u64, u64)> {
    let client = client()?;
    let (token, requests) = access_token(&client).await?;
    let file = File::create(output).with_context(|| format!("creating {}", output.display()))?;
    let lister = Lister {
        client,
        token,
        requests: AtomicU64::new(requests),
        rows: AtomicU64::new(0),
        file: Mutex::new(BufWriter::with_capacity(1 << 16, file)),
    };
    let lister = &lister;
    let repositories = lister.catalog().map_ok(|name| lister.repository(name));
    let listed = repositories.try_buffer_unordered(CONCURRENCY);
    listed.try_collect::<()>().await?;
    lock(&lister.file).flush()?;
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Ok((count(&lister.requests), count(&lister.rows)))
}

impl Lister {
    /// The names of all repositories, page by page.
    fn catalog(&self) -> impl Stream<Item = anyhow::Result<String>> + '_ {
        let first = Some(format!("/acr/v1/_catalog?n={PAGE}"));
        let pages = stream::try_unfold(first, async |path| {
            let Some(path) = path else {
                return anyhow::Ok(None);
            };
            let (body, next) = self.get(&path).await?;
            let page: Catalog = serde_json::from_slice(&body).context("reading the catalog")?;
            Ok(Some((stream::iter(page.repositories.into_iter().map(Ok)), next)))
        });
        pages.try_flatten()
    }

    async fn repository(&self, name: String) -> anyhow::Result<()> {
        let manifests = |body: &[u8], rows: &mut Vec<u8>| parsed::<Manifests>(body, &name, rows);
        self.pages(&name, "_manifests", manifests).await?;
        let tags = |body: &[u8], rows: &mut Vec<u8>| parsed::<Tags>(body, &name, rows);
        self.pages(&name, "_tags", tags).await
    }

    async fn pages(
        &self,
        repository: &str,
        list: &str,
        rows: impl Fn(&[u8], &mut Vec<u8>) -> anyhow::Result<u64>,
    ) -> anyhow::Result<()> {
        let mut path = Some(format!("/acr/v1/{repository}/{list}?n={PAGE}"));
        while let Some(this) = path {
            let (body, next) = self.get(&this).await?;
            let mut text = Vec::with_capacity(body.len());
            let count = rows(&body, &mut text)?;
            self.rows.fetch_add(count, Ordering::Relaxed);
            lock(&self.file).write_all(&text)?;
            path = next;
        }
        Ok(())
    }

    async fn get(&self, path: &str) -> anyhow::Result<(Bytes, Option<String>)> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let request = self.client.get(format!("https://{SERVER}{path}"));
        let reply = request.bearer_auth(&self.token).send().await?.error_for_status()?;
        let next = next(reply.headers());
        Ok((reply.bytes().await?, next))
    }
}

fn parsed<'a, P: Page + Deserialize<'a>>(body: &'a [u8], repository: &str, rows: &mut Vec<u8>) -> anyhow::Result<u64> {
    let page: P = serde_json::from_slice(body).with_context(|| format!("reading a list of {repository}"))?;
    Ok(page.rows(repository, rows)?)
}

/// A client that trusts the tenant's certificate and finds the registry where the tenant is.
fn client() -> anyhow::Result<Client> {
    let setting = |name| std::env::var(name).with_context(|| format!("reading {name}"));
    let certificate = std::fs::read(setting("SSL_CERT_FILE")?).context("reading the certificate")?;
    let address: SocketAddr = setting("ACR_INVENTORY_RESOLVE_TO")?.parse()?;
    let client = Client::builder()
        .tls_certs_only([Certificate::from_pem(&certificate)?])
        .resolve(SERVER, address)
        .no_proxy();
    Ok(client.build()?)
}
