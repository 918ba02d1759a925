//! A newer build was there for a while: it left a snapshot that this one cannot read, with a pack that is old by now.

use simulator::lock::lock;

use crate::life::Life;

/// Older than any snapshot that a life makes, so that for its age nobody would keep it.
const GENERATION: &str = "00000000-20251201T000000Z";

impl Life {
    /// The snapshot is there, or is not any more, in every registry.
    pub(super) fn newer_snapshots(&mut self, on: bool) {
        let servers: Vec<String> = self.network.front().world().registries.keys().cloned().collect();
        for server in servers {
            let folder = format!("v2/registries/{server}");
            let manifest = format!("{folder}/snapshots/{GENERATION}.json");
            let mut blobs = lock(&self.blobs);
            if !on {
                blobs.remove("inventory", &manifest);
                continue;
            }
            let text = format!(
                "{{\"schemaVersion\":99,\"loginServer\":\"{server}\",\"generation\":\"{GENERATION}\",\"parts\":[\"of a form that nobody here knows\"]}}\n"
            );
            blobs.put("inventory", &manifest, text);
        }
    }
}
