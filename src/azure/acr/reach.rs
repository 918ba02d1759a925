//! The first steps towards a registry, one at a time: whether it answers at all, and whether it gives us a token.

use std::sync::Arc;

use super::auth::Access;
use super::client::RegistryClient;
use crate::azure::Failure;
use crate::azure::http::TOKEN_CAP;
use crate::inventory::problem_code::ProblemCode;

impl RegistryClient {
    /// Asks for the base of the registry's API without a token. A registry that lets us near it answers with its own
    /// challenge; its firewall answers before that.
    pub async fn reach(&self) -> Result<(), Failure> {
        let path = "/v2/";
        let (target, url) = (format!("GET {}{path}", self.login_server), self.url(path)?);
        let request = || self.http.request(reqwest::Method::GET, url.clone());
        match self.send(&target, TOKEN_CAP, request).await {
            Err(Failure::Denied { code, .. }) if code == ProblemCode::Unauthorized => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Signs in: the Entra token for the registry's, and that for a token for the catalog. The registry says only
    /// later whether the token covers anything.
    pub async fn sign_in(&self) -> Result<Arc<Access>, Failure> {
        let access = self.catalog_access().await?;
        self.tokens.access_token(self, access.scope()).await?;
        Ok(access)
    }
}
