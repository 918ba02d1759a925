//! The program to measure, where none is named: that of this repository, in the profile that this one was built in.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

/// Builds it (a moment when nothing has changed) and finds it beside this program.
pub(super) fn build() -> anyhow::Result<PathBuf> {
    const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let this = std::env::current_exe().context("finding this program")?;
    let folder = this.parent().context("this program lies in no folder")?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--locked", "--quiet", "--bin", "acr-inventory"])
        .args(["--profile", profile, "--manifest-path", WORKSPACE])
        .status()
        .context("starting cargo")?;
    anyhow::ensure!(built.success(), "building acr-inventory: cargo ended with {built}");
    Ok(folder.join(format!("acr-inventory{}", std::env::consts::EXE_SUFFIX)))
}
