//! Entra token → refresh token of one registry → access tokens for named repositories.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use azure_core::credentials::{Secret, TokenCredential};
use tokio::sync::Mutex;
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

/// The right to read something, with the token that proves it; shared by all requests of a batch.
pub struct Access {
    pub(super) scope: String,
    pub(super) is_wildcard: bool,
    token: Mutex<Option<Token>>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl Access {
    /// Whether it is for all repositories: registries with repository permissions (ABAC) take no such scope.
    pub fn is_wildcard(&self) -> bool {
        self.is_wildcard
    }

    pub(super) fn new(scope: String, is_wildcard: bool) -> Self {
        Self {
            scope,
            is_wildcard,
            token: Mutex::default(),
        }
    }
}

/// The tokens of one registry.
pub(super) struct Tokens {
    /// None: anonymous.
    credential: Option<(Arc<dyn TokenCredential>, String)>,
    refresh: Mutex<Option<Token>>,
    wildcard_refused: AtomicBool,
}

impl Tokens {
    pub(super) fn new(credential: Option<Arc<dyn TokenCredential>>, scope: &str) -> Self {
        Self {
            credential: credential.map(|credential| (credential, scope.to_owned())),
            refresh: Mutex::default(),
            wildcard_refused: AtomicBool::new(false),
        }
    }

    /// Whether one token for all repositories works: not on registries with repository permissions, where a wildcard
    /// is silently ignored, and not once it was refused.
    pub(super) async fn allows_wildcard(&self, client: &RegistryClient) -> Result<bool, Failure> {
        if self.wildcard_refused.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let refresh = self.refresh_token(client).await?;
        Ok(refresh.is_none_or(|token| !token.has_aad_identity))
    }

    /// Remembers that a wildcard token was not enough.
    pub(super) fn refuse_wildcard(&self) {
        self.wildcard_refused.store(true, Ordering::Relaxed);
    }

    /// A token for `access`, from its slot or new; one request at a time per slot.
    pub(super) async fn access_token(&self, client: &RegistryClient, access: &Access) -> Result<Token, Failure> {
        let mut slot = access.token.lock().await;
        if let Some(token) = slot.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.clone());
        }
        let refresh = self.refresh_token(client).await?;
        let first = client
            .access_token(refresh.as_ref().map(|token| token.value.secret()), &access.scope)
            .await;
        let value = match first {
            // The refresh token may have been voided, e.g. because the role assignment mode was switched.
            Err(Failure::Denied { .. }) if refresh.is_some() => {
                self.forget_refresh_token(refresh.as_ref()).await;
                let refresh = self.refresh_token(client).await?;
                client
                    .access_token(refresh.as_ref().map(|token| token.value.secret()), &access.scope)
                    .await?
            }
            other => other?,
        };
        Ok(slot.insert(Token::new(value)).clone())
    }

    /// Drops a token that the registry no longer takes, and the refresh token it came from.
    pub(super) async fn forget(&self, access: &Access, used: &Token) {
        let mut slot = access.token.lock().await;
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
