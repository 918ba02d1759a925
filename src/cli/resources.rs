//! What a process has used so far, where the system tells (Linux).

use serde::{Deserialize, Serialize};

/// Resources of a process.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resources {
    /// User and system time of all threads, seconds.
    pub cpu_seconds: f64,
    /// Largest resident set so far, bytes.
    pub peak_rss_bytes: u64,
}

/// Ticks per second of `/proc/…/stat`: 100 on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// What this process has used; none where there is no `/proc`.
pub fn used() -> Option<Resources> {
    read("self")
}

/// What another process of this user has used; none when it has ended.
pub fn used_by(process_id: u32) -> Option<Resources> {
    read(&process_id.to_string())
}

fn read(process: &str) -> Option<Resources> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Fields after the command name, which stands in parentheses and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = peak.split_whitespace().next()?.parse().ok()?;
    Some(Resources {
        cpu_seconds: (ticks(11)? + ticks(12)?) / TICKS,
        peak_rss_bytes: kibibytes * 1024,
    })
}
