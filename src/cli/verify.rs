//! `verify`: the proof of stored snapshots, from the pointer down to every line.

use clap::Args;
use serde::Serialize;

use super::at::{At, generations};
use super::audit::with_store;
use super::options::{Format, SettingArgs, chosen_by, text};
use super::sign_in::ensure_signed_in;
use super::stored::chosen;
use super::table::{Cell, Kind, Table, Tone};
use super::{COMPLETE, FAILED, WITH_PROBLEMS};
use crate::app::App;
use crate::inventory::generation::Generation;
use crate::inventory::registry::RegistryDocument;
use crate::snapshot::{Depth, Pointed, Verified, read_manifest, verify};
use crate::telemetry::{LogTo, start};

const EXAMPLES: &str = "\
Examples:
  acr-inventory verify
  acr-inventory verify --deep --registry contoso
  acr-inventory verify --all --deep --from https://account.blob.core.windows.net/inventory
  acr-inventory verify --at 2026-11-01";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// The inventory to verify: a directory or a container [default: ./inventory]
    #[arg(long, value_name = "DIR|URL", conflicts_with_all = ["output", "store"], value_parser = text)]
    from: Option<String>,
    /// The snapshot of this generation, or the last one before this time, instead of the current one
    #[arg(long, value_name = "TIME|GENERATION", value_parser = At::parse)]
    at: Option<At>,
    /// Every snapshot that is kept
    #[arg(long, conflicts_with = "at")]
    all: bool,
    /// Read every byte of every pack, not only the indexes
    #[arg(long)]
    deep: bool,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// One snapshot that was verified.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    login_server: String,
    generation: Generation,
    repositories: u64,
    segments: u64,
    /// Those that were read in full.
    packs: u64,
    findings: Vec<Broken>,
}

/// Something that does not hold.
#[derive(Debug, Serialize)]
struct Broken {
    blob: String,
    what: String,
}

pub(super) async fn run(args: VerifyArgs) -> anyhow::Result<u8> {
    let lookup = with_store(args.settings.lookup()?, args.from.as_deref());
    start(&lookup, LogTo::Stderr)?;
    let app = App::reading(chosen_by(&lookup)?)?;
    ensure_signed_in(&app, true).await?;
    let chosen = chosen(&app).await?;
    let depth = match args.deep {
        true => Depth::Packs,
        false => Depth::Index,
    };
    let (mut proofs, mut is_missing) = (Vec::new(), false);
    for registry in &chosen.documents {
        match meant(&app, registry, &args).await? {
            Ok(meant) => proofs.extend(prove(&app, registry, &meant, depth).await?),
            Err(why) => {
                errln!("{}: {why}", registry.login_server);
                is_missing = true;
            }
        }
    }
    // A registry that was never read has nothing to prove.
    anyhow::ensure!(!proofs.is_empty(), "there is no such snapshot");
    match args.format {
        Format::Table => print(&proofs),
        Format::Json => outln!("{}", serde_json::to_string_pretty(&proofs)?),
    }
    let holds = proofs.iter().all(|proof| proof.findings.is_empty());
    Ok(match holds && chosen.complete {
        _ if is_missing && args.at.is_some() => FAILED,
        true => COMPLETE,
        false => WITH_PROBLEMS,
    })
}

/// The generations that are asked about, the newest first; or why there are none.
async fn meant(
    app: &App,
    registry: &RegistryDocument,
    args: &VerifyArgs,
) -> anyhow::Result<Result<Vec<Generation>, String>> {
    if let (None, false) = (&args.at, args.all) {
        let current = registry.snapshot.as_ref().map(|pointer| pointer.generation.clone());
        return Ok(current
            .map(|current| vec![current])
            .ok_or_else(|| "there is no snapshot".to_owned()));
    }
    let mut there = generations(&app.store, &registry.login_server).await?;
    // One that is pointed to has to be there.
    let pointers = registry.snapshot.iter().chain(&registry.last_complete);
    there.extend(pointers.map(|pointer| pointer.generation.clone()));
    there.sort_unstable();
    there.dedup();
    Ok(match &args.at {
        Some(at) => at.choose(&there).map(|one| vec![one.clone()]),
        None if there.is_empty() => Err("there is no snapshot".to_owned()),
        None => {
            there.reverse();
            Ok(there)
        }
    })
}

/// Verifies snapshots, the newest first. Each manifest has to be the one that its pointer names: the registry's document has
/// that of the current one, and each manifest that of the one before it.
async fn prove(
    app: &App,
    registry: &RegistryDocument,
    generations: &[Generation],
    depth: Depth,
) -> anyhow::Result<Vec<Proof>> {
    let server = &registry.login_server;
    let mut pointers: Vec<_> = registry
        .snapshot
        .iter()
        .chain(&registry.last_complete)
        .cloned()
        .collect();
    let mut proofs = Vec::new();
    for generation in generations {
        let named = pointers.iter().find(|pointer| pointer.generation == *generation);
        let pointed = Pointed {
            generation,
            manifest_sha256: named.map(|pointer| pointer.manifest_sha256.as_str()),
        };
        let Verified {
            segments,
            packs,
            repositories,
            findings,
        } = verify(&app.store, server, pointed, depth).await?;
        let broken = findings.into_iter().map(|finding| Broken {
            blob: finding.blob,
            what: finding.what,
        });
        proofs.push(Proof {
            login_server: server.to_string(),
            generation: generation.clone(),
            repositories,
            segments,
            packs,
            findings: broken.collect(),
        });
        // One that cannot be read is among the findings.
        if let Ok(Some((manifest, _))) = read_manifest(&app.store, server, pointed).await {
            pointers.extend(manifest.previous.map(|previous| *previous));
        }
    }
    Ok(proofs)
}

fn print(proofs: &[Proof]) {
    let columns = [
        ("registry", Kind::Text),
        ("snapshot", Kind::Text),
        ("repositories", Kind::Number),
        ("segments", Kind::Number),
        ("packs", Kind::Number),
        ("result", Kind::Text),
    ];
    let rows = proofs.iter().map(|proof| {
        let (result, tone) = match proof.findings.len() {
            0 => ("holds".to_owned(), Tone::Good),
            findings => (format!("{findings} do not hold"), Tone::Bad),
        };
        [
            Cell::from(proof.login_server.clone()),
            Cell::from(proof.generation.to_string()),
            Cell::from(proof.repositories.to_string()),
            Cell::from(proof.segments.to_string()),
            Cell::from(proof.packs.to_string()),
            Cell::toned(result, tone),
        ]
    });
    outln!("{}", Table::new(columns, rows));
    for proof in proofs {
        for broken in &proof.findings {
            outln!("{}: {}", broken.blob, broken.what);
        }
    }
}
