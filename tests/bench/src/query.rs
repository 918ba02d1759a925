//! Questions to a stored inventory, each asked of the binary in a process of its own.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use super::figures::mebibytes;
use super::lines;
use super::{NO_BUDGET, ensure_no_violation};
use acr_inventory::cli::resources::{Resources, used_by};
use simulator::Options;
use simulator::tenant::{CONTAINER_URL, Tenant};
use simulator::world::World;

/// As it is written on the command line.
pub(super) const NAME: &str = "query";
/// Between two looks at what the process uses.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Added to every answer of the storage that records are read from.
const LATENCY: Duration = Duration::from_millis(10);
const RECORDS: usize = 100_000;

/// What came of a question.
struct Answer {
    question: String,
    /// Lines of the answer.
    lines: u64,
    wall: Duration,
    used: Resources,
    target: &'static str,
}

pub(super) async fn measure(binary: &Path) -> anyhow::Result<Table> {
    let mut answers = Vec::new();
    let of_tags = [
        (
            "1,000,000 tags (10,000×100), a tenth of them listed",
            &["list", "tags", "--tag", "*7", "--format", "csv"][..],
            "≤ 3 s, ≤ 64 MiB",
        ),
        (
            "the same, the 20 newest of all in a table",
            &["list", "tags", "--sort", "createdTime", "--limit", "20"],
            "–",
        ),
        (
            "the same, those of a tenth of the repositories, at the first of two runs",
            &["list", "tags", "--repository", "*7", "--at", "1", "--format", "csv"],
            "–",
        ),
        (
            "the same, manifests without a tag of more than 1 GiB",
            &["list", "manifests", "--untagged", "--larger-than", "1GiB"],
            "–",
        ),
        ("the same, registries", &["list", "registries"], "–"),
        (
            "the same, what differs between the two runs",
            &["diff", "--from", "1", "--to", "now"],
            "–",
        ),
        ("the same, who holds what", &["access", "--registry", "bench"], "–"),
        (
            "the same, findings of high severity",
            &["audit", "--fail-on", "high"],
            "–",
        ),
    ];
    answers.extend(in_directory(binary, 10_000, 100, &of_tags).await?);
    let of_one = [(
        "1,000,000 tags of one repository, a tenth of them listed",
        &["list", "tags", "--tag", "*7", "--format", "csv"][..],
        "≤ 3 s, ≤ 64 MiB",
    )];
    answers.extend(in_directory(binary, 1, 1_000_000, &of_one).await?);
    let of_repositories = [(
        "100,000 repositories, the 20 largest in a table",
        &["list", "repositories", "--sort", "bytes", "--limit", "20"][..],
        "≤ 1 s",
    )];
    answers.extend(in_directory(binary, 100_000, 2, &of_repositories).await?);
    answers.push(records(binary).await?);
    Ok(table(&answers))
}

/// Asks an inventory of a registry of this size, in a directory.
async fn in_directory(
    binary: &Path,
    repositories: usize,
    tags: usize,
    questions: &[(&str, &[&str], &'static str)],
) -> anyhow::Result<Vec<Answer>> {
    let tenant = Tenant::start(World::generated(repositories, tags), Options::default())?;
    let output = tenant.folder().join("inventory").display().to_string();
    // Twice: some questions are about two times.
    for _ in 0..2 {
        collect(binary, &tenant, &output).await?;
    }
    ensure_no_violation(&tenant)?;
    let mut answers = Vec::new();
    for (question, arguments, target) in questions {
        eprintln!("{question}");
        let from = match arguments.first() {
            Some(&"diff") => "--inventory",
            _ => "--from",
        };
        let arguments = [arguments, &[from, &output][..]].concat();
        answers.push(ask(binary, &tenant, question, &arguments, target).await?);
    }
    let ((read, wall), question) = (
        lines::measure(&output).await?,
        "the same, every line of the snapshot, by the bare reader",
    );
    answers.push(Answer {
        question: question.to_owned(),
        lines: read.lines,
        wall,
        used: read.used,
        target: "1,000,000 tags: ≤ 1.5 s, ≤ 64 MiB",
    });
    Ok(answers)
}

/// Asks for change records in a container.
async fn records(binary: &Path) -> anyhow::Result<Answer> {
    let options = Options {
        latency: LATENCY,
        log_capacity: 2 * RECORDS,
        ..Options::default()
    };
    let tenant = Tenant::start(World::sized(1, 1), options)?;
    collect(binary, &tenant, CONTAINER_URL).await?;
    let now = acr_inventory::clock::now();
    let today = now.date();
    {
        let mut blobs = tenant
            .blobs
            .lock()
            .map_err(|_| anyhow::anyhow!("the storage is poisoned"))?;
        for number in 0..RECORDS {
            let id = format!("{number:08x}-0000-4000-8000-000000000000");
            let digest = format!("sha256:{number:064x}");
            let time = format!(
                "{today}T{:02}:{:02}:{:02}Z",
                now.hour() / 2,
                number / 60 % 60,
                number % 60
            );
            let record = format!(
                "{{\"kind\":\"commit\",\"schemaVersion\":1,\"loginServer\":\"bench.azurecr.io\",\"repository\":\"team/app-{number}\",\
                 \"version\":2,\"commitId\":\"{id}\",\"previousCommitId\":\"{id}\",\"observedAt\":\"{time}\"}}\n\
                 {{\"kind\":\"manifest-added\",\"digest\":\"{digest}\"}}\n\
                 {{\"kind\":\"tag-created\",\"tag\":\"v1\",\"digest\":\"{digest}\"}}\n"
            );
            let name = format!("v2/registries/bench.azurecr.io/changes/{today}/{id}.ndjson");
            blobs.put("inventory", &name, record);
        }
    }
    let question = format!("100,000 change records at {} ms", LATENCY.as_millis());
    eprintln!("{question}");
    let since = today.to_string();
    let arguments = [
        "list",
        "changes",
        "--since",
        &since,
        "--kind",
        "tag-created",
        "--format",
        "ndjson",
        "--from",
        CONTAINER_URL,
    ];
    let answer = ask(binary, &tenant, &question, &arguments, "≤ 45 s").await?;
    anyhow::ensure!(
        answer.lines == RECORDS as u64,
        "{} of {RECORDS} records were told",
        answer.lines
    );
    ensure_no_violation(&tenant)?;
    Ok(answer)
}

async fn collect(binary: &Path, tenant: &Tenant, store: &str) -> anyhow::Result<()> {
    let collected = Command::new(binary)
        .args(["collect", "--format", "json", "--registry", "bench"])
        .envs(tenant.application_settings(store))
        .env(NO_BUDGET.0, NO_BUDGET.1)
        .env("SSL_CERT_DIR", tenant.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    let ended = collected
        .await
        .with_context(|| format!("running {}", binary.display()))?;
    anyhow::ensure!(ended.success(), "collect ended with {ended}");
    Ok(())
}

async fn ask(
    binary: &Path,
    tenant: &Tenant,
    question: &str,
    arguments: &[&str],
    target: &'static str,
) -> anyhow::Result<Answer> {
    let begun = Instant::now();
    let mut child = Command::new(binary)
        .args(arguments)
        .envs(tenant.application_settings(CONTAINER_URL))
        .env_remove("ACR_INVENTORY_STORE")
        .env("SSL_CERT_DIR", tenant.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("running {}", binary.display()))?;
    let process = child.id().context("the process has no id")?;
    let mut stdout = child.stdout.take().context("the process has no stdout")?;
    let (mut lines, mut used, mut text) = (0, Resources::default(), vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = stdout.read(&mut text) => {
                let read = text.get(..read?).unwrap_or_default();
                if read.is_empty() {
                    break;
                }
                lines += read.iter().filter(|byte| **byte == b'\n').count() as u64;
            }
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        used = used_by(process).filter(|used| used.peak_rss_bytes > 0).unwrap_or(used);
    }
    let ended = child.wait().await?;
    // 1: something is not complete; 3: a finding fails that must not.
    let is_answered = matches!(ended.code(), Some(0 | 1 | 3));
    anyhow::ensure!(is_answered, "{arguments:?} ended with {ended}");
    Ok(Answer {
        question: question.to_owned(),
        lines,
        wall: begun.elapsed(),
        used,
        target,
    })
}

fn table(answers: &[Answer]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(["question", "lines", "wall s", "CPU s", "peak RSS MiB", "target"]);
    for answer in answers {
        table.add_row([
            answer.question.clone(),
            answer.lines.to_string(),
            format!("{:.2}", answer.wall.as_secs_f64()),
            format!("{:.2}", answer.used.cpu_seconds),
            format!("{:.1}", mebibytes(answer.used.peak_rss_bytes)),
            answer.target.to_owned(),
        ]);
    }
    table
}
