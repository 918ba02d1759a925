//! The data plane of one registry.
//!
//! ```text
//!  list (catalog | manifests | tags) ─► page (one page, its cursor checked) ─► client (token, budget, retry, 401, 429)
//!                                                                                └► auth ─► /oauth2/exchange, /oauth2/token
//! ```
//! Hostile-registry rules: addresses of tokens are computed from the login server, a challenge's realm is only compared;
//! a `Link` gives a cursor and nothing else; a cursor has to advance; what a page says it belongs to is checked.

mod attributes;
mod auth;
mod catalog;
mod challenge;
mod claims;
mod client;
mod content;
mod error;
mod gate;
mod in_flight;
mod items;
mod manifests;
mod page;
mod page_size;
mod reach;
mod tags;
mod token_endpoint;
mod window;

pub use auth::Access;
pub use client::{RegistryClient, RegistryOptions};
pub use gate::{Budget, Gate, Gates};
pub use manifests::ListedManifest;
pub use page::{Page, Parsed, next_cursor};
pub use window::Purpose;

#[doc(hidden)]
pub mod wire {
    //! Parsers by themselves, for tests over recorded traffic and for fuzzing.
    pub use super::attributes::parse_attributes;
    pub use super::catalog::parse_catalog;
    pub use super::challenge::Challenge;
    pub use super::claims::TokenClaims;
    pub use super::content::parse_index;
    pub use super::error::failure;
    pub use super::manifests::parse_manifests;
    pub use super::tags::parse_tags;
}
