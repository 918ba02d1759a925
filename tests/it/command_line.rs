//! The built binary, run as a user would, with nothing in its environment but what the test sets.

mod audit;
mod check;
mod closed_pipe;
mod collect;
mod conditions;
mod credentials;
mod diff;
mod discovery;
mod documents;
mod held;
mod joined;
mod list;
mod names;
mod not_text;
mod proxy;
mod redact;
mod registries;
mod replay;
mod selection;
mod settings;
mod stored;
#[cfg(unix)]
mod tables;
mod verify;
#[cfg(unix)]
mod workflow;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use simulator::tenant::Tenant;
use simulator::world::World;
use simulator::{Options, Service};
use tokio::process::Command;

/// Longer than any of these commands takes, on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(120);

/// A simulated tenant and the directory that inventories of it go to.
pub struct Bench {
    pub tenant: Tenant,
    pub folder: tempfile::TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Bench {
    pub fn start(world: World) -> Self {
        Self {
            tenant: Tenant::start(world, Options::default()).unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The directory that `collect` writes to.
    pub fn output(&self) -> PathBuf {
        self.folder.path().join("inventory")
    }

    /// Runs `collect` as the application that the tenant knows.
    pub async fn collect(&self, arguments: &[&str]) -> Ended {
        self.collect_with(&[], arguments).await
    }

    /// The same with further settings; an empty value takes a setting away.
    pub async fn collect_with(&self, settings: &[(&str, &str)], arguments: &[&str]) -> Ended {
        let mut all = self.tenant.application_settings(&self.output().display().to_string());
        all.extend(
            settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let mut command = vec!["collect"];
        command.extend(arguments);
        run(&all, &command).await
    }

    /// Requests that a service of the tenant has had.
    pub fn requests(&self, service: Service) -> u64 {
        self.tenant.simulator.count(service)
    }

    /// A JSON document of the inventory.
    pub fn document(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }

    /// A document of the inventory as text.
    pub fn text(&self, name: &str) -> String {
        let path = self.output().join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Names of all documents, sorted.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        walk(&self.output().join("v2"), &mut names);
        let root = self.output();
        let mut names: Vec<String> = names
            .iter()
            .map(|path| path.strip_prefix(&root).unwrap().display().to_string())
            .collect();
        names.sort();
        names
    }

    /// Every file of the output directory, the lock and temporary ones too, with what is in it; sorted by name.
    pub fn everything(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        walk(&self.output(), &mut files);
        files.sort();
        let root = self.output();
        let name = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
        files
            .iter()
            .map(|path| (name(path), std::fs::read(path).unwrap()))
            .collect()
    }

    /// Temporary files that somebody left behind.
    pub fn leftovers(&self) -> usize {
        std::fs::read_dir(self.output().join(".tmp")).unwrap().count()
    }

    /// The one document whose name has these two ends.
    pub fn find(&self, prefix: &str, suffix: &str) -> String {
        let names = self.names();
        let mut found = names
            .iter()
            .filter(|name| name.starts_with(prefix) && name.ends_with(suffix));
        let name = found
            .next()
            .unwrap_or_else(|| panic!("no {prefix}…{suffix} in {names:#?}"));
        assert_eq!(found.next(), None, "a second {prefix}…{suffix}");
        name.clone()
    }

    /// Ends a test: the simulated Azure must have been asked for nothing that it does not know.
    fn assert_no_violation(&self) {
        assert_eq!(self.tenant.simulator.violations(), Vec::<String>::new());
    }
}

/// Runs the binary with these settings and nothing else of this environment but the path; its language is one of UTF-8.
pub async fn run(settings: &[(String, String)], arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acr-inventory"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LANG", "C.UTF-8")
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(LIMIT, command.output()).await;
    let output = output
        .unwrap_or_else(|_| panic!("{arguments:?} took too long"))
        .unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ended {
    /// Checks the exit code; shows everything when it is another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}
