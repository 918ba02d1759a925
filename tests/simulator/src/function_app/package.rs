//! The package folder as a deployment lays it out: `host.json`, and the function folders right beside it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

use crate::host::Package;

const HOST: &str = include_str!("../../../../host.json");
const FUNCTIONS: [(&str, &str); 4] = [
    (
        "schedule-refresh",
        include_str!("../../../../functions/schedule-refresh/function.json"),
    ),
    (
        "refresh-registry",
        include_str!("../../../../functions/refresh-registry/function.json"),
    ),
    (
        "refresh-repository",
        include_str!("../../../../functions/refresh-repository/function.json"),
    ),
    (
        "receive-webhook",
        include_str!("../../../../functions/receive-webhook/function.json"),
    ),
];

/// Writes the package below `folder` and loads it as the host does.
pub(crate) fn write(folder: &Path, settings: &[(String, String)]) -> anyhow::Result<Package> {
    let root = folder.join("package");
    for (name, function) in FUNCTIONS {
        let place = root.join(name);
        std::fs::create_dir_all(&place).with_context(|| format!("creating {}", place.display()))?;
        std::fs::write(place.join("function.json"), function).context("writing function.json")?;
    }
    std::fs::write(root.join("host.json"), HOST).context("writing host.json")?;
    let settings: BTreeMap<String, String> = settings.iter().cloned().collect();
    Package::load(&root, None, &settings)
}
