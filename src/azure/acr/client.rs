//! Requests to one registry: budget, token, retry, and what 401 and 429 mean.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use reqwest::header::{DATE, HeaderMap};
use time::OffsetDateTime;
use tokio::time::Instant;
use url::Url;

use super::auth::{Access, Scope, Tokens};
use super::error::{failure, json_body, throttled_for, transport};
use super::gate::Gate;
use super::window::Purpose;
use crate::azure::Failure;
use crate::azure::http::{Http, HttpError, PAGE_CAP, Reply};
use crate::deadline::Deadline;
use crate::inventory::problem_code::ProblemCode;
use crate::names::{LoginServer, RepositoryName};

/// The catalog and the metadata of every repository.
const EVERYTHING: &str = "registry:catalog:* repository:*:metadata_read";
/// The manifests of every repository. No other right is ever asked for.
const ALL_CONTENT: &str = "repository:*:pull";
/// Tries of one request within one invocation; longer faults are the queue's to wait for.
const TRIES: u32 = 4;
/// Repositories named in one token request at most.
const TOKEN_BATCH: usize = 50;
/// The longest scope they may make together, bytes: the token holds it all and travels in one header.
const TOKEN_SCOPE: usize = 3_000;

/// Options of [`RegistryClient::new`].
#[derive(Debug, Clone)]
pub struct RegistryOptions {
    /// Scope of the Entra token, ending in `/.default`.
    pub entra_scope: String,
    /// The registry's gate, shared by all invocations of the process.
    pub gate: Arc<Gate>,
    /// What the requests are for, and so which share of the budget they have.
    pub purpose: Purpose,
    /// The invocation's limits; every wait is measured against them.
    pub deadline: Deadline,
}

/// The client of one registry, for one invocation.
pub struct RegistryClient {
    pub(super) login_server: LoginServer,
    pub(super) http: Http,
    pub(super) tokens: Tokens,
    /// The scopes with a wildcard, shared by all requests: of the lists, and of manifests themselves.
    everything: Arc<Scope>,
    all_content: Arc<Scope>,
    pub(super) gate: Arc<Gate>,
    purpose: Purpose,
    deadline: Deadline,
    sent: AtomicU64,
    reported: AtomicU64,
    retried: AtomicU64,
    /// Seconds since 1970 by the registry's clock, as its last answer had it; 0 before one did.
    clock: AtomicI64,
}

impl std::fmt::Debug for RegistryClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistryClient")
            .field("login_server", &self.login_server)
            .finish_non_exhaustive()
    }
}

impl RegistryClient {
    /// Splits names into the batches that [`RegistryClient::access`] takes.
    pub fn batches(mut repositories: &[RepositoryName]) -> impl Iterator<Item = &[RepositoryName]> {
        std::iter::from_fn(move || {
            let mut scope = 0;
            let fits = repositories.iter().take(TOKEN_BATCH).take_while(|name| {
                scope += name.as_str().len() + "repository::metadata_read ".len();
                scope <= TOKEN_SCOPE
            });
            let (batch, rest) = repositories.split_at(fits.count());
            repositories = rest;
            (!batch.is_empty()).then_some(batch)
        })
    }

    /// A client; anonymous without a credential. The caller has made sure that the login server is a known one.
    pub fn new(
        http: Http,
        login_server: LoginServer,
        credential: Option<Arc<dyn TokenCredential>>,
        options: RegistryOptions,
    ) -> Self {
        Self {
            login_server,
            http,
            tokens: Tokens::new(credential, &options.entra_scope),
            everything: Arc::new(Scope::new(EVERYTHING.to_owned())),
            all_content: Arc::new(Scope::new(ALL_CONTENT.to_owned())),
            gate: options.gate,
            purpose: options.purpose,
            deadline: options.deadline,
            sent: AtomicU64::new(0),
            reported: AtomicU64::new(0),
            retried: AtomicU64::new(0),
            clock: AtomicI64::new(0),
        }
    }

    /// Whether the registry has asked to be left alone; where not, what holds requests up is our own budget.
    pub fn is_throttled(&self) -> bool {
        self.gate.closed_for().is_some()
    }

    /// A moment before now by the registry's own clock (the newest `Date` of its answers, whole seconds): whatever is
    /// asked from now on is observed after it. None before its first answer.
    pub fn registry_time(&self) -> Option<OffsetDateTime> {
        match self.clock.load(Ordering::Relaxed) {
            0 => None,
            seconds => OffsetDateTime::from_unix_timestamp(seconds).ok(),
        }
    }

    /// Requests sent to this registry by this client.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Requests sent since this was last asked.
    pub fn take_sent(&self) -> u64 {
        let sent = self.sent();
        sent - self.reported.swap(sent, Ordering::Relaxed)
    }

    /// Access to the catalog: the one token for everything where the registry takes a wildcard.
    pub async fn catalog_access(&self) -> Result<Arc<Access>, Failure> {
        self.access_to(&self.everything, "registry:catalog:*".to_owned()).await
    }

    /// Access to the metadata of these repositories (a batch of [`RegistryClient::batches`]): the one token for everything where
    /// the registry takes a wildcard, else one for exactly these. The token itself is fetched with the first request.
    pub async fn access(&self, repositories: &[RepositoryName]) -> Result<Arc<Access>, Failure> {
        self.access_to(&self.everything, named_scope(repositories, "metadata_read"))
            .await
    }

    /// Access to the manifests of these repositories (a batch of [`RegistryClient::batches`]).
    pub async fn content_access(&self, repositories: &[RepositoryName]) -> Result<Arc<Access>, Failure> {
        self.access_to(&self.all_content, named_scope(repositories, "pull"))
            .await
    }

    async fn access_to(&self, everything: &Arc<Scope>, exact: String) -> Result<Arc<Access>, Failure> {
        let allowed = self.tokens.allows_wildcard(self).await?;
        Ok(Arc::new(Access {
            everything: allowed.then(|| Arc::clone(everything)),
            exact: Scope::new(exact),
        }))
    }

    /// GET of a path of this registry; a 200 answer in JSON. `query` is asked anew for every try.
    pub(super) async fn get(
        &self,
        scope: &Scope,
        path: &str,
        query: impl Fn() -> Option<String>,
    ) -> Result<Reply, Failure> {
        let reply = self.get_any(scope, path, PAGE_CAP, None, query).await?;
        json_body(&format!("GET {}{path}", self.login_server), &reply)?;
        Ok(reply)
    }

    /// GET of a manifest; any 200 answer of at most `cap` bytes. Where a wildcard token turns out not to be enough, once
    /// more with one that names the batch.
    pub(super) async fn get_manifest(
        &self,
        access: &Access,
        path: &str,
        accept: &str,
        cap: usize,
    ) -> Result<Reply, Failure> {
        if let Some(everything) = &access.everything {
            match self.get_any(everything, path, cap, Some(accept), || None).await {
                Err(Failure::Denied { code, .. }) if code == ProblemCode::InsufficientScope => {}
                other => return other,
            }
        }
        self.get_any(&access.exact, path, cap, Some(accept), || None).await
    }

    /// GET with the token of `scope`, which is renewed once where the registry no longer takes it.
    async fn get_any(
        &self,
        scope: &Scope,
        path: &str,
        cap: usize,
        accept: Option<&str>,
        query: impl Fn() -> Option<String>,
    ) -> Result<Reply, Failure> {
        let target = format!("GET {}{path}", self.login_server);
        let url = self.url(path)?;
        let mut renewed = false;
        loop {
            let token = self.tokens.access_token(self, scope).await?;
            let reply = self.send(&target, cap, || {
                let mut url = url.clone();
                url.set_query(query().as_deref());
                let request = self.http.request(reqwest::Method::GET, url);
                let request = match accept {
                    Some(accept) => request.header(reqwest::header::ACCEPT, accept),
                    None => request,
                };
                request.bearer_auth(token.value.secret())
            });
            match reply.await {
                Err(Failure::Denied { code, .. })
                    if !renewed && (code == ProblemCode::InvalidToken || code == ProblemCode::Unauthorized) =>
                {
                    renewed = true;
                    self.tokens.forget(scope, &token).await;
                }
                other => return other,
            }
        }
    }

    /// GET about one repository of a batch. Where a wildcard token turns out not to be enough, once more with one that
    /// names the batch; whoever comes later asks with that at once.
    pub(super) async fn get_repository(
        &self,
        access: &Access,
        path: &str,
        query: impl Fn() -> Option<String>,
    ) -> Result<Reply, Failure> {
        if let Some(everything) = &access.everything
            && let Some(turn) = self.tokens.wildcard_turn().await
        {
            let reply = self.get(everything, path, &query).await;
            let is_refused =
                matches!(&reply, Err(Failure::Denied { code, .. }) if *code == ProblemCode::InsufficientScope);
            turn.end(is_refused);
            if !is_refused {
                return reply;
            }
        }
        self.get(&access.exact, path, query).await
    }

    pub(super) fn url(&self, path: &str) -> Result<Url, Failure> {
        Url::parse(&format!("https://{}{path}", self.login_server)).map_err(|error| Failure::Refused {
            target: self.login_server.to_string(),
            detail: error.to_string(),
        })
    }

    /// Sends with retries of passing faults; any 200 answer.
    pub(super) async fn send(
        &self,
        target: &str,
        cap: usize,
        request: impl Fn() -> reqwest::RequestBuilder,
    ) -> Result<Reply, Failure> {
        let mut tried = 0;
        loop {
            let throttled = |retry_after| Failure::Throttled {
                target: target.to_owned(),
                retry_after,
            };
            let pass = self.gate.pass(&self.deadline, self.purpose).await;
            let pass = pass.map_err(throttled)?;
            let end = self.deadline.requests_end();
            if Instant::now() >= end {
                return Err(Failure::Unavailable {
                    target: target.to_owned(),
                    detail: "the invocation has no time left for it".to_owned(),
                });
            }
            self.sent.fetch_add(1, Ordering::Relaxed);
            tried += 1;
            // After a 429 the gate is closed for the whole registry at once, however long its body takes.
            let close_gate = |status, headers: &HeaderMap| {
                if status == 429 {
                    self.gate.close_for(throttled_for(headers));
                }
            };
            let reply = self.http.fetch(request(), cap, end, close_gate).await;
            self.heed(&reply);
            drop(pass);
            let outcome = match reply {
                Ok(reply) if reply.status == 200 => return Ok(reply),
                Ok(reply) => failure(
                    self.login_server.as_str(),
                    target,
                    reply.status,
                    &reply.headers,
                    &reply.body,
                ),
                Err(error) => transport(target, error),
            };
            match &outcome {
                // A short wait is waited for at the gate.
                Failure::Throttled { .. } if tried < TRIES => {}
                Failure::Unavailable { .. } if tried < TRIES && self.may_retry() => {
                    let wait = backoff(tried);
                    if !self.deadline.allows(wait) {
                        return Err(outcome);
                    }
                    self.retried.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(wait).await;
                }
                _ => return Err(outcome),
            }
        }
    }

    /// What an answer says about the registry's clock, and about how much it can take. No answer says nothing of it.
    fn heed(&self, reply: &Result<Reply, HttpError>) {
        if let Ok(reply) = reply {
            let date = reply.headers.get(DATE).and_then(|date| date.to_str().ok());
            let date = date.and_then(|date| azure_core::time::parse_rfc7231(date).ok());
            self.clock
                .fetch_max(date.map_or(0, OffsetDateTime::unix_timestamp), Ordering::Relaxed);
        }
        match reply.as_ref().map(|reply| reply.status) {
            Ok(429 | 503) => self.gate.in_flight.overloaded(),
            Ok(502 | 504) => {
                self.gate.page_size.shrink();
            }
            Ok(_) => self.gate.in_flight.answered(),
            Err(_) => {}
        }
    }

    /// Retries add at most a fifth to the load (and ten, so that a small registry has some at all).
    fn may_retry(&self) -> bool {
        self.retried.load(Ordering::Relaxed) < 10 + self.sent() / 5
    }
}

/// The scope of a batch, for one action.
fn named_scope(repositories: &[RepositoryName], action: &str) -> String {
    let scopes: Vec<String> = repositories
        .iter()
        .map(|name| format!("repository:{name}:{action}"))
        .collect();
    scopes.join(" ")
}

/// 200 ms, 400 ms, 800 ms, each cut by up to half at random, so that many clients do not come back together.
fn backoff(tried: u32) -> Duration {
    let longest = Duration::from_millis(200) * 2_u32.saturating_pow(tried.saturating_sub(1).min(6));
    longest.mul_f64(1.0 - crate::random::fraction() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::{RegistryClient, RepositoryName, TOKEN_BATCH, TOKEN_SCOPE, named_scope};

    #[test]
    fn batches_are_bounded_in_count_and_length_and_lose_nothing() {
        let short: Vec<_> = (0..120)
            .map(|n| RepositoryName::parse(&format!("a{n}")).unwrap())
            .collect();
        let long: Vec<_> = (0..40)
            .map(|n| RepositoryName::parse(&format!("{}{n}", "a".repeat(250))).unwrap())
            .collect();
        for names in [short, long] {
            let batches: Vec<_> = RegistryClient::batches(&names).collect();
            assert!(batches.iter().all(|batch| batch.len() <= TOKEN_BATCH));
            assert!(
                batches
                    .iter()
                    .all(|batch| named_scope(batch, "metadata_read").len() <= TOKEN_SCOPE)
            );
            assert_eq!(batches.concat(), names);
        }
    }
}
