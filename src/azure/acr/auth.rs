//! Entra token → refresh token of one registry → access tokens for named repositories.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use azure_core::credentials::{Secret, TokenCredential};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::claims::TokenClaims;
use super::client::RegistryClient;
use crate::azure::{Failure, credential_failure};

/// A token and when to get the next one.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) value: Secret,
    renew_at: Instant,
    /// The `aad_identity` claim is there on registries with repository permissions (ABAC).
    has_aad_identity: bool,
}

impl Token {
    /// Reads the life of a token from the token itself (the answer carries no `expires_in`) and renews it at 80 % of
    /// that.
    pub(super) fn new(value: String) -> Self {
        let claims = TokenClaims::read(&value, crate::clock::now());
        Self {
            value: Secret::new(value),
            renew_at: Instant::now() + claims.life.mul_f64(0.8),
            has_aad_identity: claims.has_aad_identity,
        }
    }

    fn is_fresh(&self) -> bool {
        Instant::now() < self.renew_at
    }
}

/// A scope with the token that proves it; one request for a token at a time.
pub(super) struct Scope {
    pub(super) text: String,
    token: Mutex<Option<Token>>,
}

impl Scope {
    pub(super) fn new(text: String) -> Self {
        Self {
            text,
            token: Mutex::default(),
        }
    }
}

/// The right to read something, shared by all requests of a batch.
pub struct Access {
    /// Everything, where the registry may take that: one token for all batches.
    pub(super) everything: Option<Arc<Scope>>,
    /// Exactly what the batch needs, for when everything is refused.
    pub(super) exact: Scope,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("scope", &self.scope().text)
            .finish_non_exhaustive()
    }
}

impl Access {
    /// Whether it is for all repositories: registries with repository permissions (ABAC) take no such scope.
    pub fn is_wildcard(&self) -> bool {
        self.everything.is_some()
    }

    /// What is asked for as long as nothing was refused.
    pub(super) fn scope(&self) -> &Scope {
        self.everything.as_deref().unwrap_or(&self.exact)
    }
}

/// What the registry made of the first request about a repository with the token for everything. The others wait for
/// it, so that a refusal costs one request and not one of each that is under way.
#[derive(Default)]
struct Wildcard {
    first: Mutex<()>,
    was_answered: AtomicBool,
    is_refused: AtomicBool,
}

/// The tokens of one registry.
pub(super) struct Tokens {
    /// None: anonymous.
    credential: Option<(Arc<dyn TokenCredential>, String)>,
    refresh: Mutex<Option<Token>>,
    wildcard: Wildcard,
}

impl Tokens {
    pub(super) fn new(credential: Option<Arc<dyn TokenCredential>>, scope: &str) -> Self {
        Self {
            credential: credential.map(|credential| (credential, scope.to_owned())),
            refresh: Mutex::default(),
            wildcard: Wildcard::default(),
        }
    }

    /// Whether one token for all repositories works: not on registries with repository permissions, where a wildcard
    /// is silently ignored, and not once it was refused.
    pub(super) async fn allows_wildcard(&self, client: &RegistryClient) -> Result<bool, Failure> {
        if self.wildcard.is_refused.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let refresh = self.refresh_token(client).await?;
        Ok(refresh.is_none_or(|token| !token.has_aad_identity))
    }

    /// Waits until it is known whether a wildcard token is enough, or one is needed to find out: then nobody else tries
    /// until the turn is over. None: it is not enough.
    pub(super) async fn wildcard_turn(&self) -> Option<WildcardTurn<'_>> {
        let wildcard = &self.wildcard;
        let was_answered = || wildcard.was_answered.load(Ordering::Acquire);
        let first = match was_answered() {
            true => None,
            false => Some(wildcard.first.lock().await).filter(|_| !was_answered()),
        };
        let turn = WildcardTurn {
            wildcard,
            _first: first,
        };
        (!wildcard.is_refused.load(Ordering::Acquire)).then_some(turn)
    }

    /// A token for `scope`, the one at hand or a new one.
    pub(super) async fn access_token(&self, client: &RegistryClient, scope: &Scope) -> Result<Token, Failure> {
        let mut slot = scope.token.lock().await;
        if let Some(token) = slot.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.clone());
        }
        let refresh = self.refresh_token(client).await?;
        let first = client
            .access_token(refresh.as_ref().map(|token| token.value.secret()), &scope.text)
            .await;
        let value = match first {
            // The refresh token may have been voided, e.g. because the role assignment mode was switched.
            Err(Failure::Denied { .. }) if refresh.is_some() => {
                self.forget_refresh_token(refresh.as_ref()).await;
                let refresh = self.refresh_token(client).await?;
                client
                    .access_token(refresh.as_ref().map(|token| token.value.secret()), &scope.text)
                    .await?
            }
            other => other?,
        };
        Ok(slot.insert(Token::new(value)).clone())
    }

    /// Drops a token that the registry no longer takes, and the refresh token it came from.
    pub(super) async fn forget(&self, scope: &Scope, used: &Token) {
        let mut slot = scope.token.lock().await;
        if slot.as_ref().is_some_and(|token| token.value == used.value) {
            *slot = None;
            let refresh = self.refresh.lock().await.clone();
            self.forget_refresh_token(refresh.as_ref()).await;
        }
    }

    async fn forget_refresh_token(&self, used: Option<&Token>) {
        let mut slot = self.refresh.lock().await;
        if slot.as_ref().map(|token| &token.value) == used.map(|token| &token.value) {
            *slot = None;
        }
    }

    /// The refresh token; none when anonymous.
    async fn refresh_token(&self, client: &RegistryClient) -> Result<Option<Token>, Failure> {
        let Some((credential, scope)) = &self.credential else {
            return Ok(None);
        };
        let mut slot = self.refresh.lock().await;
        if let Some(token) = slot.as_ref().filter(|token| token.is_fresh()) {
            return Ok(Some(token.clone()));
        }
        let entra = credential.get_token(&[scope], None).await;
        let target = || format!("Entra token for {}", client.login_server);
        let entra = entra.map_err(|error| credential_failure(&target(), &error))?;
        let value = client.exchange(entra.token.secret()).await?;
        Ok(Some(slot.insert(Token::new(value)).clone()))
    }
}

/// The right to send one request with a wildcard token.
pub(super) struct WildcardTurn<'a> {
    wildcard: &'a Wildcard,
    _first: Option<MutexGuard<'a, ()>>,
}

impl WildcardTurn<'_> {
    /// The token was not enough, or it was (or something else went wrong, which says nothing against it): everybody
    /// learns of it.
    pub(super) fn end(self, is_refused: bool) {
        self.wildcard.is_refused.fetch_or(is_refused, Ordering::Release);
        self.wildcard.was_answered.store(true, Ordering::Release);
    }
}
