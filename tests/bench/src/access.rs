//! The table of effective access for 1,000 principals and 10,000 repositories, computed from what was read: nothing is
//! sent. Each case runs in a process of its own, so that its peak memory is its own.

use std::time::Instant as Clock;

use anyhow::Context as _;
use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use serde::{Deserialize, Serialize};

use super::figures::mebibytes;
use super::own_process;
use acr_inventory::access::action::{Action, Mode};
use acr_inventory::access::assignment::RoleAssignment;
use acr_inventory::access::builtin;
use acr_inventory::access::condition::Condition;
use acr_inventory::access::decision::Verdict;
use acr_inventory::access::effective::{Facts, Grants, Memberships};
use acr_inventory::access::instant::Instant;
use acr_inventory::access::known::Known;
use acr_inventory::access::matrix::Matrix;
use acr_inventory::access::principal::PrincipalType;
use acr_inventory::cli::resources::used;

const PRINCIPALS: usize = 1_000;
const REPOSITORIES: usize = 10_000;
/// The repositories are in so many folders.
const FOLDERS: usize = 500;
/// So many of the principals are groups.
const GROUPS: usize = 50;

const REGISTRY: &str = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";

/// How much each principal's condition names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum AccessCase {
    /// Every principal writes in one folder.
    AccessMatrix,
    /// Every principal writes in a hundred folders.
    AccessMatrixHeavy,
}

impl AccessCase {
    pub(super) const ALL: [Self; 2] = [Self::AccessMatrix, Self::AccessMatrixHeavy];

    /// As it is written on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AccessMatrix => "access-matrix",
            Self::AccessMatrixHeavy => "access-matrix-heavy",
        }
    }

    fn folders(self) -> usize {
        match self {
            Self::AccessMatrix => 1,
            Self::AccessMatrixHeavy => 100,
        }
    }
}

/// What a case came to.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Measured {
    seconds: f64,
    /// Of the same, so that other work on the machine does not count.
    cpu_seconds: f64,
    peak_rss_bytes: u64,
    /// Before the facts were there: the program itself.
    idle_rss_bytes: u64,
    groups: usize,
    answers: usize,
    /// Pairs of principal and repository that may be pushed to.
    pushed: usize,
}

/// Computes the table in this process.
pub(super) fn compute(case: AccessCase) -> anyhow::Result<Measured> {
    let now = || used().context("this system does not tell what a process uses");
    let idle = now()?;
    let names: Vec<String> = (0..REPOSITORIES)
        .map(|number| format!("team{:03}/app{number}", number % FOLDERS))
        .collect();
    let assignments = (0..PRINCIPALS).map(|number| assignment(number, case.folders()));
    let facts = Facts {
        registry: REGISTRY.to_owned(),
        mode: Some(Mode::Abac),
        role_definitions: Known::default(),
        role_assignments: Known::complete(assignments.collect()),
        deny_assignments: Known::default(),
        tokens: Known::default(),
        scope_maps: Known::default(),
        admin_user: Some(true),
        anonymous_pull: Some(false),
        memberships: Memberships::Apart,
        now: Instant(0),
    };
    let (begun, before) = (Clock::now(), now()?);
    let grants = Grants::new(facts);
    let matrix = Matrix::new(&grants, &names);
    let (seconds, after) = (begun.elapsed().as_secs_f64(), now()?);
    let pushed = matrix.count(Action::Push, Verdict::Granted);
    // Everything is pushed to by the admin user, and 20 repositories of each of its folders by everybody else.
    let expected = REPOSITORIES + PRINCIPALS * case.folders() * REPOSITORIES / FOLDERS;
    anyhow::ensure!(pushed == expected, "{pushed} pairs can be pushed to, not {expected}");
    Ok(Measured {
        seconds,
        cpu_seconds: after.cpu_seconds - before.cpu_seconds,
        peak_rss_bytes: now()?.peak_rss_bytes,
        idle_rss_bytes: idle.peak_rss_bytes,
        groups: matrix.groups().groups().len(),
        answers: matrix.answers().count(),
        pushed,
    })
}

/// A writer of so many folders, each of them once.
fn assignment(number: usize, folders: usize) -> RoleAssignment {
    const REPOSITORIES: &str = "Microsoft.ContainerRegistry/registries/repositories";
    let folder = |place: usize| (number * 7 + place * (1 + number % 4)) % FOLDERS;
    let tests: Vec<String> = (0..folders)
        .map(|place| {
            let folder = folder(place);
            format!("@Request[{REPOSITORIES}:name] StringStartsWithIgnoreCase 'team{folder:03}/'")
        })
        .collect();
    let verbs = ["content/read", "metadata/read", "content/write", "metadata/write"];
    let others: Vec<String> = verbs
        .iter()
        .map(|verb| format!("!(ActionMatches{{'{REPOSITORIES}/{verb}'}})"))
        .collect();
    let condition = format!("(({}) OR ({}))", others.join(" AND "), tests.join(" OR "));
    RoleAssignment {
        id: format!("{REGISTRY}/providers/Microsoft.Authorization/roleAssignments/{number}"),
        principal_id: format!("{number:08}-0000-4000-8000-000000000000"),
        principal_type: match number < GROUPS {
            true => PrincipalType::Group,
            false => PrincipalType::ServicePrincipal,
        },
        role_guid: builtin::REPOSITORY_WRITER.to_owned(),
        scope: REGISTRY.to_owned(),
        condition: Condition::from_arm(Some(&condition), Some("2.0")),
        delegated_managed_identity: None,
    }
}

/// Computes each case in a process of its own.
pub(super) async fn measure(cases: &[AccessCase]) -> anyhow::Result<Table> {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "effective access, 1,000 principals × 10,000 repositories",
        "groups",
        "answers",
        "pairs that push",
        "wall s",
        "CPU s",
        "peak RSS MiB",
        "of it before",
        "target",
    ]);
    for case in cases {
        eprintln!("{}", case.name());
        let (measured, _): (Measured, _) = own_process::run(["--compute", case.name()], []).await?;
        table.add_row([
            case.name().to_owned(),
            measured.groups.to_string(),
            measured.answers.to_string(),
            measured.pushed.to_string(),
            format!("{:.2}", measured.seconds),
            format!("{:.2}", measured.cpu_seconds),
            format!("{:.1}", mebibytes(measured.peak_rss_bytes)),
            format!("{:.1}", mebibytes(measured.idle_rss_bytes)),
            "≤ 1 s, ≤ 64 MiB".to_owned(),
        ]);
    }
    Ok(table)
}
