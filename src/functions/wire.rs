//! Readers of what strangers send, by themselves, for fuzzing.

use super::refresh_repository::{Asked, decode};
use crate::inventory::message::RefreshRepository;
use crate::names::LoginServer;

/// The message that a webhook's body becomes; none for a ping.
pub fn read_webhook(body: &[u8]) -> Result<Option<RefreshRepository>, String> {
    super::receive_webhook::read(&axum::http::HeaderMap::new(), body)
}

/// The message that a body on the repository queue becomes; none for an event about nothing we keep. A registry that
/// is named by its ARM id has the login server `registry`.
pub fn read_queue_message(body: &[u8], registry: &LoginServer) -> Result<Option<RefreshRepository>, String> {
    Ok(decode(body)?.map(|asked| match asked {
        Asked::Repository(message) => message,
        Asked::OfRegistry(event) => event.at(registry.clone()),
    }))
}
