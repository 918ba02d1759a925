//! `/oauth2/exchange` and `/oauth2/token` of a registry, at addresses computed from its login server.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::client::RegistryClient;
use super::error::json_body;
use crate::azure::Failure;
use crate::azure::http::{Reply, TOKEN_CAP};
use crate::inventory::problem_code::ProblemCode;

impl RegistryClient {
    /// Posts a form for a token.
    async fn post_form<T: DeserializeOwned>(&self, path: &str, form: &[(&str, &str)]) -> Result<T, Failure> {
        let target = format!("POST {}{path}", self.login_server);
        let url = self.url(path)?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let send = self.send(&target, TOKEN_CAP, || {
            self.http
                .request(reqwest::Method::POST, url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body.clone())
        });
        let answer = async {
            let reply = send.await?;
            json_body(&target, &reply)?;
            token_answer(self.login_server.as_str(), &reply)
        };
        answer.await.map_err(passing)
    }

    /// `/oauth2/exchange` with an Entra token; the refresh token.
    pub(super) async fn exchange(&self, entra_token: &str) -> Result<String, Failure> {
        #[derive(Deserialize)]
        struct Answer {
            refresh_token: String,
        }
        let service = self.login_server.as_str();
        let form = [
            ("grant_type", "access_token"),
            ("service", service),
            ("access_token", entra_token),
        ];
        let answer: Answer = self.post_form("/oauth2/exchange", &form).await?;
        Ok(answer.refresh_token)
    }

    /// `/oauth2/token` for a scope, anonymous when there is no refresh token; the access token.
    pub(super) async fn access_token(&self, refresh_token: Option<&str>, scope: &str) -> Result<String, Failure> {
        #[derive(Deserialize)]
        struct Answer {
            access_token: String,
        }
        let grant = refresh_token.map_or("password", |_| "refresh_token");
        let mut form = vec![
            ("grant_type", grant),
            ("service", self.login_server.as_str()),
            ("scope", scope),
        ];
        form.extend(refresh_token.map(|token| ("refresh_token", token)));
        let answer: Answer = self.post_form("/oauth2/token", &form).await?;
        Ok(answer.access_token)
    }
}

/// Reads a token answer; the error never quotes the body, which may hold a token.
fn token_answer<T: DeserializeOwned>(target: &str, reply: &Reply) -> Result<T, Failure> {
    serde_json::from_slice(&reply.body)
        .map_err(|_| Failure::invalid(target, ProblemCode::Malformed, "the token answer cannot be read"))
}

/// An answer that is no token says nothing of what was to be read with it: to be asked again, later.
fn passing(failure: Failure) -> Failure {
    match failure {
        Failure::Invalid { target, code, detail } if code != ProblemCode::UnexpectedStatus => Failure::Unavailable {
            target,
            detail: format!("{code}: {detail}"),
        },
        Failure::NotFound { target, code } => Failure::Unavailable {
            target,
            detail: format!("status 404 {code}"),
        },
        other => other,
    }
}
