//! Tokens kept until shortly before they expire, one request at a time per scope.
//!
//! The SDK's own caches differ: the developer credentials start a process for every token, the others forget a token
//! 300 s before its end even when no new one can be had, and hold one lock over all scopes, whose waiting readers wake
//! one another without end (and take a whole core) while somebody else holds it: async-lock's `RwLock`. So every request
//! for a token has a credential of its own, that nobody else waits for.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::lock::lock;

/// A token is renewed when less than this is left of it, seconds.
const RENEW_BEFORE: i64 = 300;

/// A request for a token under way. Whoever waits for it drives it: a future that nobody polls (one of many that are
/// buffered, while a checkpoint is written) holds nobody up.
type Renewal = BoxFuture<'static, Result<AccessToken, Refusal>>;

/// The token of one scope.
#[derive(Default)]
struct Slot {
    token: Option<AccessToken>,
    renewal: Option<WeakShared<Renewal>>,
}

impl Slot {
    /// The cached token if more than `seconds` are left of it.
    fn lasting(&self, seconds: i64) -> Option<AccessToken> {
        let left = |token: &AccessToken| (token.expires_on - crate::clock::now()).whole_seconds();
        self.token.clone().filter(|token| left(token) > seconds)
    }

    /// The request under way, unless it has failed already.
    fn under_way(&self) -> Option<Shared<Renewal>> {
        let renewal = self.renewal.as_ref()?.upgrade()?;
        let has_failed = renewal.peek().is_some_and(Result::is_err);
        (!has_failed).then_some(renewal)
    }
}

/// The one error of a request that several were waiting for.
#[derive(Debug, Clone)]
struct Refusal(Arc<azure_core::Error>);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request for it failed")
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

/// Makes the credential that a token is asked of.
pub(super) type Make = dyn Fn() -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync;

/// A credential with a cache per scope.
pub(super) struct CachedCredential {
    make: Box<Make>,
    slots: Mutex<HashMap<String, Slot>>,
}

impl fmt::Debug for CachedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCredential").finish_non_exhaustive()
    }
}

impl CachedCredential {
    pub(super) fn new(make: Box<Make>) -> Self {
        Self {
            make,
            slots: Mutex::default(),
        }
    }

    fn with_slot<T>(&self, scope: &str, read: impl FnOnce(&mut Slot) -> T) -> T {
        let mut slots = lock(&self.slots);
        read(slots.entry(scope.to_owned()).or_default())
    }

    /// A new token for these scopes, as a future that several may wait for.
    fn renewal(&self, scopes: &[&str]) -> Shared<Renewal> {
        let made = (self.make)();
        let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let renewal = async move {
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            let token = async { made?.get_token(&scopes, None).await };
            token.await.map_err(|error| Refusal(Arc::new(error)))
        };
        renewal.boxed().shared()
    }
}

#[async_trait::async_trait]
impl TokenCredential for CachedCredential {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let scope = scopes.join(" ");
        let found = self.with_slot(&scope, |slot| match slot.lasting(RENEW_BEFORE) {
            Some(token) => Ok(token),
            None => Err(slot.under_way().unwrap_or_else(|| {
                let renewal = self.renewal(scopes);
                slot.renewal = renewal.downgrade();
                renewal
            })),
        });
        let renewal = match found {
            Ok(token) => return Ok(token),
            Err(renewal) => renewal,
        };
        match renewal.await {
            Ok(token) => {
                self.with_slot(&scope, |slot| slot.token = Some(token.clone()));
                Ok(token)
            }
            // The old one does as long as it lasts.
            Err(refusal) => self
                .with_slot(&scope, |slot| slot.lasting(0))
                .ok_or_else(|| azure_core::Error::with_error(ErrorKind::Credential, refusal, "no token")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// Gives tokens after a second that last for the given time; fails when there is none left to give.
    #[derive(Debug)]
    struct Slow {
        lasting: Vec<time::Duration>,
        asked: AtomicUsize,
    }

    impl Slow {
        fn cached(lasting: Vec<time::Duration>) -> (Arc<Self>, CachedCredential) {
            let inner = Arc::new(Self {
                lasting,
                asked: AtomicUsize::new(0),
            });
            let made = Arc::clone(&inner);
            let make = move || Ok(Arc::clone(&made) as Arc<dyn TokenCredential>);
            (inner, CachedCredential::new(Box::new(make)))
        }
    }

    #[async_trait::async_trait]
    impl TokenCredential for Slow {
        async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
            let number = self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            let lasting = (self.lasting.get(number))
                .ok_or_else(|| azure_core::Error::with_message(ErrorKind::Credential, "none left"))?;
            Ok(AccessToken::new(number.to_string(), crate::clock::now() + *lasting))
        }
    }

    const HOUR: time::Duration = time::Duration::HOUR;

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_nobody_polls_holds_nobody_up() {
        let (inner, cached) = Slow::cached(vec![HOUR]);
        let mut left_alone = cached.get_token(&["scope"], None);
        assert!((&mut left_alone).now_or_never().is_none());
        let others = async {
            let both = tokio::join!(cached.get_token(&["scope"], None), cached.get_token(&["scope"], None));
            (both.0.unwrap(), both.1.unwrap())
        };
        let others = tokio::time::timeout(Duration::from_secs(10), others).await;
        assert!(others.is_ok(), "they wait for a request that they do not drive");
        left_alone.await.unwrap();
        assert_eq!(inner.asked.load(Ordering::Relaxed), 1, "one request for all of them");
    }

    #[tokio::test]
    async fn every_request_has_a_credential_of_its_own() {
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        let cached = CachedCredential::new(Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
            Err(azure_core::Error::with_message(ErrorKind::Credential, "cannot be made"))
        }));
        let both = tokio::join!(cached.get_token(&["scope"], None), cached.get_token(&["another"], None));
        for refused in [both.0, both.1] {
            let refused = crate::chain::chain(&refused.unwrap_err());
            assert!(refused.contains("cannot be made"), "{refused}");
        }
        assert_eq!(made.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_old_token_does_as_long_as_it_lasts() {
        let (inner, cached) = Slow::cached(vec![time::Duration::seconds(200)]);
        for _ in 0..2 {
            let token = cached.get_token(&["scope"], None).await.unwrap();
            assert_eq!(token.token.secret(), "0");
        }
        assert_eq!(
            inner.asked.load(Ordering::Relaxed),
            2,
            "it was to be renewed, and could not be"
        );
        let refused = cached.get_token(&["another"], None).await.unwrap_err();
        assert!(crate::chain::chain(&refused).contains("none left"), "{refused:?}");
    }
}
