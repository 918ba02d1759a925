//! Blob names: the one place that knows where a document lies.

use std::fmt;

use uuid::Uuid;

use crate::inventory::generation::Generation;
use crate::inventory::used_once::UsedOnce;
use crate::names::{LoginServer, RepositoryName};

/// Folder of everything that is kept of registries, in layout 2.
const REGISTRIES_2: &str = "v2/registries";

/// The place of one document. Built only from parsed names, so no place lies outside its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobKey {
    Registry(LoginServer),
    /// The last audit of a registry.
    Audit(LoginServer),
    Repository(LoginServer, RepositoryName),
    /// What the manifests of a repository say themselves. No repository's name has a comma, so this is none's document.
    Content(LoginServer, RepositoryName),
    Refresh(LoginServer),
    SnapshotPart(LoginServer, Generation, Uuid),
    SnapshotIndex(LoginServer, Generation, Uuid),
    /// A part or index by the file name that a snapshot manifest gives it; see [`BlobKey::snapshot_file`].
    SnapshotFile(LoginServer, Generation, SnapshotFileName),
    SnapshotManifest(LoginServer, Generation),
    /// Lines of a long repository that were observed and are not merged yet.
    Segment(LoginServer, Uuid),
    /// Change record of one commit; the date is `YYYY-MM-DD`.
    Changes(LoginServer, time::Date, Uuid),
    Run(Generation),
    CurrentRun,
    /// Layout 2: what the lists of a repository say.
    Lists(LoginServer, RepositoryName),
    /// Layout 2: what a snapshot consists of.
    Manifest(LoginServer, Generation),
    /// Layout 2: some lines of an index.
    Index(LoginServer, UsedOnce),
    /// Layout 2: lines of repositories.
    Pack(LoginServer, UsedOnce),
    /// Layout 2: what was being read when an invocation ended.
    Carry(LoginServer, Uuid),
    /// Messages that can never succeed, by the hash of function and body.
    Quarantine(QuarantineId),
    /// Webhook events that the broker did not take.
    Spool(Uuid),
    /// Written and deleted by one `check`, to see whether it may.
    Check(Uuid),
}

/// A file name read from a stored manifest, known to be `part-{uuid}.ndjson.gz` or `index-{uuid}.ndjson.gz`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFileName(String);

/// 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineId(String);

impl QuarantineId {
    /// The id of a message: a hash of the function that got it and its body.
    pub fn of(function: &str, body: &[u8]) -> Self {
        let mut hash = crate::hash::Sha256Hex::default();
        hash.update(function.as_bytes());
        hash.update(b"\n");
        hash.update(body);
        Self(hash.finish().trim_start_matches("sha256:").chars().take(32).collect())
    }
}

impl BlobKey {
    /// Folder of a registry's repository documents.
    pub fn repositories_prefix(login_server: &LoginServer) -> String {
        format!("v1/registries/{login_server}/repositories/")
    }

    /// Folder of what checks write, for as long as they last.
    pub fn check_prefix() -> &'static str {
        "v1/check/"
    }

    /// Folder of messages that can never succeed.
    pub fn quarantine_prefix() -> &'static str {
        "v1/quarantine/"
    }

    /// The message that a listed name belongs to.
    pub fn quarantined(listed: &str) -> Option<Self> {
        let id = listed.strip_prefix(Self::quarantine_prefix())?.strip_suffix(".json")?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (id.len() == 32 && id.bytes().all(is_digit)).then(|| Self::Quarantine(QuarantineId(id.to_owned())))
    }

    /// Folder of spooled events.
    pub fn spool_prefix() -> &'static str {
        "v1/spool/"
    }

    /// The repository that a listed name under [`BlobKey::repositories_prefix`] belongs to, if it is one of ours.
    pub fn repository_of(login_server: &LoginServer, listed: &str) -> Option<RepositoryName> {
        let name = listed
            .strip_prefix(&Self::repositories_prefix(login_server))?
            .strip_suffix(".ndjson")?;
        RepositoryName::parse(name).ok()
    }

    /// The repository that a listed name under [`BlobKey::repositories_prefix`] has the content of, if it is one of ours.
    pub fn content_of(login_server: &LoginServer, listed: &str) -> Option<RepositoryName> {
        let name = listed
            .strip_prefix(&Self::repositories_prefix(login_server))?
            .strip_suffix(",content.ndjson")?;
        RepositoryName::parse(name).ok()
    }

    /// Folder of the manifests of a registry's snapshots.
    pub fn manifests_prefix(login_server: &LoginServer) -> String {
        format!("{REGISTRIES_2}/{login_server}/snapshots/")
    }

    /// The generation of the manifest that a listed name belongs to.
    pub fn manifest_of(login_server: &LoginServer, listed: &str) -> Option<Generation> {
        let name = listed.strip_prefix(&Self::manifests_prefix(login_server))?;
        Generation::try_from(name.strip_suffix(".json")?.to_owned()).ok()
    }

    /// Folder of the segments of a registry's indexes.
    pub fn index_prefix(login_server: &LoginServer) -> String {
        format!("{REGISTRIES_2}/{login_server}/index/")
    }

    /// Folder of a registry's packs.
    pub fn packs_prefix(login_server: &LoginServer) -> String {
        format!("{REGISTRIES_2}/{login_server}/packs/")
    }

    /// What the carries of a registry begin with.
    pub fn carries_prefix(login_server: &LoginServer) -> String {
        format!("v2/state/{login_server}/carry-")
    }

    /// Index segment, pack or carry that a listed name belongs to.
    pub fn used_once_of(login_server: &LoginServer, listed: &str) -> Option<Self> {
        let stem = listed.strip_suffix(".ndjson.gz")?;
        let used_once = |prefix: String| UsedOnce::try_from(stem.strip_prefix(&prefix)?.to_owned()).ok();
        let server = || login_server.clone();
        if let Some(name) = used_once(Self::index_prefix(login_server)) {
            return Some(Self::Index(server(), name));
        }
        if let Some(name) = used_once(Self::packs_prefix(login_server)) {
            return Some(Self::Pack(server(), name));
        }
        let id = Uuid::parse_str(stem.strip_prefix(&Self::carries_prefix(login_server))?).ok()?;
        Some(Self::Carry(server(), id)).filter(|key| key.to_string() == listed)
    }

    /// Folder of runs.
    pub fn runs_prefix() -> &'static str {
        "v1/runs/"
    }

    /// The generation of the run that a listed name belongs to.
    pub fn run_of(listed: &str) -> Option<Generation> {
        let name = listed.strip_prefix(Self::runs_prefix())?.strip_suffix(".json")?;
        Generation::try_from(name.to_owned()).ok()
    }

    /// The spooled event that a listed name belongs to.
    pub fn spooled(listed: &str) -> Option<Self> {
        let id = listed.strip_prefix(Self::spool_prefix())?.strip_suffix(".json")?;
        // A UUID may be written in several ways; ours is one of them, and only that leads back to this name.
        let key = Self::Spool(Uuid::parse_str(id).ok()?);
        (key.to_string() == listed).then_some(key)
    }

    /// A part or index of a snapshot by the name in its manifest; none if the name has another form.
    pub fn snapshot_file(login_server: &LoginServer, generation: &Generation, name: &str) -> Option<Self> {
        let id = name
            .strip_prefix("part-")
            .or_else(|| name.strip_prefix("index-"))?
            .strip_suffix(".ndjson.gz")?;
        Uuid::parse_str(id).ok()?;
        Some(Self::SnapshotFile(
            login_server.clone(),
            generation.clone(),
            SnapshotFileName(name.to_owned()),
        ))
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const REGISTRIES: &str = "v1/registries";
        match self {
            Self::Registry(server) => write!(f, "{REGISTRIES}/{server}/registry.json"),
            Self::Audit(server) => write!(f, "{REGISTRIES}/{server}/audit.json"),
            Self::Content(server, name) => write!(f, "{REGISTRIES}/{server}/repositories/{name},content.ndjson"),
            Self::Repository(server, name) => write!(f, "{REGISTRIES}/{server}/repositories/{name}.ndjson"),
            Self::Refresh(server) => write!(f, "{REGISTRIES}/{server}/refresh.json"),
            Self::SnapshotPart(server, generation, id) => {
                write!(f, "{REGISTRIES}/{server}/snapshots/{generation}/part-{id}.ndjson.gz")
            }
            Self::SnapshotIndex(server, generation, id) => {
                write!(f, "{REGISTRIES}/{server}/snapshots/{generation}/index-{id}.ndjson.gz")
            }
            Self::SnapshotFile(server, generation, name) => {
                write!(f, "{REGISTRIES}/{server}/snapshots/{generation}/{}", name.0)
            }
            Self::SnapshotManifest(server, generation) => {
                write!(f, "{REGISTRIES}/{server}/snapshots/{generation}/manifest.json")
            }
            Self::Segment(server, id) => write!(f, "{REGISTRIES}/{server}/segments/{id}.ndjson"),
            Self::Changes(server, date, id) => write!(f, "{REGISTRIES}/{server}/changes/{date}/{id}.ndjson"),
            Self::Run(generation) => write!(f, "v1/runs/{generation}.json"),
            Self::CurrentRun => f.write_str("v1/runs/current.json"),
            Self::Lists(server, name) => write!(f, "{REGISTRIES_2}/{server}/repositories/{name},lists.ndjson"),
            Self::Manifest(server, generation) => {
                write!(f, "{REGISTRIES_2}/{server}/snapshots/{generation}.json")
            }
            Self::Index(server, name) => write!(f, "{REGISTRIES_2}/{server}/index/{name}.ndjson.gz"),
            Self::Pack(server, name) => write!(f, "{REGISTRIES_2}/{server}/packs/{name}.ndjson.gz"),
            Self::Carry(server, id) => write!(f, "v2/state/{server}/carry-{id}.ndjson.gz"),
            Self::Quarantine(id) => write!(f, "v1/quarantine/{}.json", id.0),
            Self::Spool(id) => write!(f, "v1/spool/{id}.json"),
            Self::Check(id) => write!(f, "v1/check/{id}.json"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BlobKey;
    use crate::inventory::generation::Generation;
    use crate::inventory::used_once::UsedOnce;
    use crate::names::{LoginServer, RepositoryName};

    #[test]
    fn names_that_are_used_once_round_trip_and_nothing_else_is_one() {
        let server = LoginServer::parse("contoso.azurecr.io").unwrap();
        let generation = Generation::try_from("00000042-20261122T073000Z".to_owned()).unwrap();
        let id = "326ef363-0fd9-41d4-a42f-fea9afbeef17";
        let name = UsedOnce::new(&generation);
        let keys = [
            BlobKey::Index(server.clone(), name.clone()),
            BlobKey::Pack(server.clone(), name),
            BlobKey::Carry(server.clone(), uuid::Uuid::parse_str(id).unwrap()),
        ];
        for key in keys {
            assert_eq!(BlobKey::used_once_of(&server, &key.to_string()), Some(key));
        }
        let manifest = BlobKey::Manifest(server.clone(), generation.clone());
        assert_eq!(BlobKey::manifest_of(&server, &manifest.to_string()), Some(generation));
        let packs = BlobKey::packs_prefix(&server);
        for wrong in [
            String::new(),
            format!("{packs}42-20261122T073000Z-{id}.ndjson.gz"),
            format!("{packs}00000042-20261122T073000Z-{}.ndjson.gz", id.to_uppercase()),
            format!("{packs}00000042-20261122T073000Z-{{{id}}}.ndjson.gz"),
            format!("{packs}00000042-20261122T073000Z.ndjson.gz"),
            format!("{packs}../{id}.ndjson.gz"),
            format!("v2/state/contoso.azurecr.io/carry-{}.ndjson.gz", id.to_uppercase()),
            "v2/registries/other.azurecr.io/packs/00000042-20261122T073000Z-326ef363-0fd9-41d4-a42f-fea9afbeef17.ndjson.gz".to_owned(),
        ] {
            assert_eq!(BlobKey::used_once_of(&server, &wrong), None, "{wrong}");
        }
    }

    #[test]
    fn repository_names_round_trip() {
        let server = LoginServer::parse("contoso.azurecr.io").unwrap();
        for name in ["a", "a/b", "a.ndjson/b", "a.ndjson"] {
            let name = RepositoryName::parse(name).unwrap();
            let key = BlobKey::Repository(server.clone(), name.clone()).to_string();
            assert_eq!(BlobKey::repository_of(&server, &key), Some(name));
        }
        let id = "326ef363-0fd9-41d4-a42f-fea9afbeef17";
        assert!(BlobKey::spooled(&format!("v1/spool/{id}.json")).is_some());
        assert_eq!(BlobKey::spooled(&format!("v1/spool/{{{id}}}.json")), None);
        assert_eq!(
            BlobKey::repository_of(&server, "v1/registries/contoso.azurecr.io/repositories/../x.ndjson"),
            None
        );
    }
}
