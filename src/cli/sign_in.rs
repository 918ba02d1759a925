//! Whether somebody is signed in, asked before anything else: without, one line says what to do.

use crate::app::App;
use crate::azure::Failure;
use crate::azure::credential::CredentialKind;
use crate::config::StoreLocation;

/// Fails when the tools that people sign in with give no token. `stored`: only the store is asked.
pub(super) async fn ensure_signed_in(app: &App, stored: bool) -> anyhow::Result<()> {
    let run = match app.config.credential.kind {
        CredentialKind::AzureCli => "`az login`",
        CredentialKind::DeveloperTools => "`az login` or `azd auth login`",
        _ => return Ok(()),
    };
    if stored && matches!(app.config.store, StoreLocation::Directory(_)) {
        return Ok(());
    }
    let Err(Failure::Denied { message, .. }) = app.identity().await else {
        return Ok(());
    };
    tracing::debug!(reason = message, "no token");
    let reasons = reasons(&message);
    let because = if reasons.is_empty() {
        String::new()
    } else {
        format!(" ({})", reasons.join(", "))
    };
    anyhow::bail!("not signed in{because}: run {run}, or say who you are with another --credential")
}

/// What each tool said, out of what the SDK makes of it.
fn reasons(message: &str) -> Vec<&str> {
    let after = message.split("authentication failed.").skip(1);
    let reason = after.filter_map(|text| text.split("To troubleshoot").next());
    reason.map(str::trim).filter(|reason| !reason.is_empty()).collect()
}
