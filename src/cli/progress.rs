//! Progress: bars on a terminal, a plain line now and then elsewhere. Always on stderr.

use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Repositories between two plain lines.
const LINE_EVERY: u64 = 1_000;

/// Progress of several registries.
pub(super) struct Progress {
    bars: Option<MultiProgress>,
}

/// Progress of one of them.
pub(super) struct RegistryProgress {
    login_server: String,
    bar: Option<ProgressBar>,
    done: AtomicU64,
    /// Repositories of the last inventory, if there is one.
    expected: Option<u64>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            bars: std::io::stderr().is_terminal().then(MultiProgress::new),
        }
    }

    /// Begins a registry.
    pub(super) fn registry(&self, login_server: &str, expected: Option<u64>) -> RegistryProgress {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(expected.map_or_else(ProgressBar::new_spinner, ProgressBar::new));
            let template = match expected {
                Some(_) => "{spinner} {prefix} {bar:30} {pos}/{len} repositories {per_sec} {wide_msg}",
                None => "{spinner} {prefix} {pos} repositories {per_sec} {wide_msg}",
            };
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(login_server.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            errln!("{login_server}: reading");
        }
        RegistryProgress {
            login_server: login_server.to_owned(),
            bar,
            done: AtomicU64::new(0),
            expected,
        }
    }
}

impl RegistryProgress {
    /// One repository is done.
    pub(super) fn repository(&self, name: &str) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                bar.set_message(name.to_owned());
            }
            None if done.is_multiple_of(LINE_EVERY) => match self.expected {
                Some(expected) => errln!("{}: {done} of about {expected} repositories", self.login_server),
                None => errln!("{}: {done} repositories", self.login_server),
            },
            None => {}
        }
    }

    /// Something to be said meanwhile.
    pub(super) fn note(&self, note: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(note.to_owned()),
            None => errln!("{}: {note}", self.login_server),
        }
    }

    /// The registry is done.
    pub(super) fn finish(self, status: &str) {
        match &self.bar {
            Some(bar) => bar.finish_with_message(status.to_owned()),
            None => errln!("{}: {status}", self.login_server),
        }
    }
}

/// Progress of records that are read; nothing where stderr is no terminal.
#[cfg(feature = "query")]
pub(super) struct Records {
    bar: Option<ProgressBar>,
}

#[cfg(feature = "query")]
impl Records {
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            let template = "{spinner} {bar:30} {pos}/{len} records {per_sec}";
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar }
    }

    /// So many more are to be read.
    pub(super) fn found(&self, records: u64) {
        self.bar.iter().for_each(|bar| bar.inc_length(records));
    }

    /// One was read.
    pub(super) fn read(&self) {
        self.bar.iter().for_each(|bar| bar.inc(1));
    }

    /// Lets lines be printed where the bar is.
    pub(super) fn aside(&self, print: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    pub(super) fn finish(self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}

/// Steps of something that takes a while.
#[cfg(feature = "simulator")]
pub(super) struct Spinner {
    bar: Option<ProgressBar>,
}

#[cfg(feature = "simulator")]
impl Spinner {
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar }
    }

    /// Begins the next step.
    pub(super) fn step(&self, step: &str) {
        match &self.bar {
            Some(bar) => {
                bar.println(format!("{step} …"));
                bar.set_message(step.to_owned());
            }
            None => errln!("{step} …"),
        }
    }

    pub(super) fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
