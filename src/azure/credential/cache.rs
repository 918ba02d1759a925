//! Tokens kept until shortly before they expire, one request at a time per scope.
//!
//! The SDK's own caches differ: the developer credentials start a process for every token, the others hold one lock
//! over all scopes and forget a token 300 s before its end even when no new one can be had.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use tokio::sync::Mutex;

/// A token is renewed when less than this is left of it, seconds.
const RENEW_BEFORE: i64 = 300;

/// What is cached is read without waiting: a future that nobody polls, and that was given a lock it had waited for, would
/// hold up everybody. Only who has to renew waits for whoever renews already.
#[derive(Debug, Default)]
struct Slot {
    token: std::sync::Mutex<Option<AccessToken>>,
    renewing: Mutex<()>,
}

impl Slot {
    /// The cached token, and the seconds it has left.
    fn cached(&self) -> Option<(AccessToken, i64)> {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let left = (token.expires_on - crate::clock::now()).whole_seconds();
        Some((token, left))
    }

    fn is_fresh(cached: Option<&(AccessToken, i64)>) -> bool {
        cached.is_some_and(|(_, left)| *left > RENEW_BEFORE)
    }
}

/// A credential with a cache per scope.
#[derive(Debug)]
pub(super) struct CachedCredential {
    inner: Arc<dyn TokenCredential>,
    scopes: std::sync::Mutex<HashMap<String, Arc<Slot>>>,
}

impl CachedCredential {
    pub(super) fn new(inner: Arc<dyn TokenCredential>) -> Self {
        Self {
            inner,
            scopes: std::sync::Mutex::default(),
        }
    }
}

#[async_trait::async_trait]
impl TokenCredential for CachedCredential {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let slot = {
            let mut scopes_known = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(scopes_known.entry(scopes.join(" ")).or_default())
        };
        let mut cached = slot.cached();
        if !Slot::is_fresh(cached.as_ref()) {
            let _renewing = slot.renewing.lock().await;
            cached = slot.cached();
            if !Slot::is_fresh(cached.as_ref()) {
                return match self.inner.get_token(scopes, options).await {
                    Ok(token) => {
                        *slot.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
                        Ok(token)
                    }
                    Err(error) => match cached {
                        Some((token, left)) if left > 0 => Ok(token),
                        _ => Err(error),
                    },
                };
            }
        }
        cached.map(|(token, _)| token).ok_or_else(|| {
            azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, "no token is cached")
        })
    }
}
