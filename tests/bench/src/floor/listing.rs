//! All lists of the registry into one file, and after them every index that they name.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use reqwest::header::ACCEPT;
use reqwest::{Certificate, Client};
use serde::Deserialize;

use super::page::{Catalog, INDEXES, Manifests, Page, Tags, next};
use super::tokens::{CONTENT, LISTS, access_token};
use simulator::lock::lock;

/// The registry of every case.
pub(crate) const SERVER: &str = "bench.azurecr.io";
/// Repositories read at the same time: what `collect` does by default.
pub(crate) const CONCURRENCY: usize = 32;

/// Items of a page: what registries give at most.
const PAGE: usize = 1_000;

pub(super) struct Lister {
    client: Client,
    token: String,
    requests: AtomicU64,
    rows: AtomicU64,
    file: Mutex<BufWriter<File>>,
    /// Repository and digest.
    indexes: Mutex<Vec<(String, String)>>,
}

/// Lists everything; the client goes on with [`Lister::content`].
pub(super) async fn list(output: &Path) -> anyhow::Result<Lister> {
    let client = client()?;
    let (token, requests) = access_token(&client, LISTS).await?;
    let file = File::create(output).with_context(|| format!("creating {}", output.display()))?;
    let lister = Lister {
        client,
        token,
        requests: AtomicU64::new(requests),
        rows: AtomicU64::new(0),
        file: Mutex::new(BufWriter::with_capacity(1 << 16, file)),
        indexes: Mutex::default(),
    };
    let repositories = lister.catalog().map_ok(|name| lister.repository(name));
    let listed = repositories.try_buffer_unordered(CONCURRENCY);
    listed.try_collect::<()>().await?;
    lock(&lister.file).flush()?;
    Ok(lister)
}

impl Lister {
    /// Requests to the registry so far, and rows written.
    pub(super) fn counts(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.requests), count(&self.rows))
    }

    /// Asks for every index that the lists name, and does nothing with it; how many.
    pub(super) async fn content(self) -> anyhow::Result<u64> {
        let (token, _) = access_token(&self.client, CONTENT).await?;
        let accept = INDEXES.join(", ");
        let indexes = self.indexes.into_inner().unwrap_or_default();
        let asked = stream::iter(indexes).map(async |(repository, digest)| {
            let request = self
                .client
                .get(format!("https://{SERVER}/v2/{repository}/manifests/{digest}"));
            let reply = request.bearer_auth(&token).header(ACCEPT, &accept).send().await?;
            anyhow::Ok(u64::from(!reply.error_for_status()?.bytes().await?.is_empty()))
        });
        asked
            .buffer_unordered(CONCURRENCY)
            .try_fold(0, async |count, asked| Ok(count + asked))
            .await
    }

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
        let manifests = |body: &[u8], rows: &mut Vec<u8>| self.parsed::<Manifests>(body, &name, rows);
        self.pages(&name, "_manifests", manifests).await?;
        let tags = |body: &[u8], rows: &mut Vec<u8>| self.parsed::<Tags>(body, &name, rows);
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

    fn parsed<'a, P: Page + Deserialize<'a>>(
        &self,
        body: &'a [u8],
        repository: &str,
        rows: &mut Vec<u8>,
    ) -> anyhow::Result<u64> {
        let page: P = serde_json::from_slice(body).with_context(|| format!("reading a list of {repository}"))?;
        let indexes = page.indexes().map(|digest| (repository.to_owned(), digest.to_owned()));
        lock(&self.indexes).extend(indexes);
        Ok(page.rows(repository, rows)?)
    }

    async fn get(&self, path: &str) -> anyhow::Result<(Bytes, Option<String>)> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let request = self.client.get(format!("https://{SERVER}{path}"));
        let reply = request.bearer_auth(&self.token).send().await?.error_for_status()?;
        let next = next(reply.headers());
        Ok((reply.bytes().await?, next))
    }
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
