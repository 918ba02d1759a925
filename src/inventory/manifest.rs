//! The manifest of a snapshot: which segments of the index and which packs it consists of. From here down everything is
//! named with its hash.

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use super::pointer::SnapshotPointer;
use super::problem::Completeness;
use super::registry::Totals;
use super::used_once::UsedOnce;
use crate::names::{LoginServer, RepositoryName};

/// `snapshots/{generation}.json`: written once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotManifest {
    pub schema_version: u32,
    pub login_server: LoginServer,
    pub generation: Generation,
    /// Complete only if the catalog is and no repository lacks anything.
    pub completeness: Completeness,
    /// How much of the catalog was read.
    pub catalog: Completeness,
    /// Sums over the lines that are not removed.
    pub totals: Totals,
    /// Lines, of those, that are not complete.
    pub incomplete_repositories: u64,
    /// Bytes of lines that this run wrote because they were new or changed: what the next one may expect.
    pub changed_bytes: u64,
    /// Number that the next new pack gets.
    pub next_pack: u32,
    /// In the order of the lines in them.
    pub segments: Vec<SegmentRef>,
    pub packs: Vec<PackRef>,
    /// The snapshot that was current before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Box<SnapshotPointer>>,
}

/// Some lines of the index: one gzip blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentRef {
    /// `{generation}-{uuid}`, used once; the blob is `index/{name}.ndjson.gz`.
    pub name: UsedOnce,
    /// `sha256:` of the blob's bytes.
    pub sha256: String,
    /// Size of the blob, bytes.
    pub size: u64,
    pub lines: u64,
    /// Repository of the first line.
    pub first: RepositoryName,
}

/// Lines of repositories: one blob of gzip members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackRef {
    /// What the references of the index call it; never another pack's of this registry.
    pub number: u32,
    /// `{generation}-{uuid}`, used once; the blob is `packs/{name}.ndjson.gz`.
    pub name: UsedOnce,
    /// `sha256:` of the blob's bytes.
    pub sha256: String,
    /// Size of the blob, bytes.
    pub size: u64,
    /// Bytes of its lines, unpacked.
    pub unpacked: u64,
    pub lines: u64,
    /// Lines that this snapshot refers to.
    pub alive: u64,
}

#[cfg(test)]
mod tests {
    use super::SnapshotManifest;

    #[test]
    fn a_manifest_is_written_as_it_was_read() {
        let name = "00000042-20261122T073000Z-326ef363-0fd9-41d4-a42f-fea9afbeef17";
        let text = format!(
            concat!(
                r#"{{"schemaVersion":1,"loginServer":"contoso.azurecr.io","generation":"00000042-20261122T073000Z","#,
                r#""completeness":"partial","catalog":"complete","totals":{{"repositories":1,"manifests":3,"tags":2,"#,
                r#""bytes":10}},"incompleteRepositories":1,"changedBytes":900,"nextPack":8,"segments":[{{"name":"{0}","#,
                r#""sha256":"sha256:1","size":99,"lines":1,"first":"team/app"}}],"packs":[{{"number":7,"name":"{0}","#,
                r#""sha256":"sha256:2","size":99,"unpacked":900,"lines":6,"alive":5}}],"previous":{{"#,
                r#""generation":"00000041-20261121T073000Z","manifestSha256":"sha256:3","completeness":"complete"}}}}"#,
            ),
            name
        );
        let manifest: SnapshotManifest = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&manifest).unwrap(), text);
        assert!(serde_json::from_str::<SnapshotManifest>(&text.replace("-fea9afbeef17", "/../x")).is_err());
    }
}
