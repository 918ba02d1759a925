//! Tokens kept until shortly before they expire, one request at a time per scope.
//!
//! The SDK's own caches differ: the developer credentials start a process for every token, the others hold one lock
//! over all scopes and forget a token 300 s before its end even when no new one can be had.

use std::collections::HashMap;
use std::sync::Arc;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use tokio::sync::Mutex;

/// A token is renewed when less than this is left of it, seconds.
const RENEW_BEFORE: i64 = 300;

type Slot = Arc<Mutex<Option<AccessToken>>>;

/// A credential with a cache per scope.
#[derive(Debug)]
pub(super) struct CachedCredential {
    inner: Arc<dyn TokenCredential>,
    scopes: Mutex<HashMap<String, Slot>>,
}

impl CachedCredential {
    pub(super) fn new(inner: Arc<dyn TokenCredential>) -> Self {
        Self {
            inner,
            scopes: Mutex::default(),
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
        let slot = Arc::clone(self.scopes.lock().await.entry(scopes.join(" ")).or_default());
        let mut cached = slot.lock().await;
        let left = cached
            .as_ref()
            .map(|token| (token.expires_on - crate::clock::now()).whole_seconds());
        if let (Some(token), Some(left)) = (cached.as_ref(), left)
            && left > RENEW_BEFORE
        {
            return Ok(token.clone());
        }
        match self.inner.get_token(scopes, options).await {
            Ok(token) => Ok(cached.insert(token).clone()),
            Err(error) => match cached.as_ref() {
                Some(token) if left.is_some_and(|left| left > 0) => Ok(token.clone()),
                _ => Err(error),
            },
        }
    }
}
