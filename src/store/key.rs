//! Blob names: the one place that knows where a document lies.

use std::fmt;

use uuid::Uuid;

use crate::inventory::generation::Generation;
use crate::inventory::used_once::UsedOnce;
use crate::names::{LoginServer, RepositoryName};

/// Folder of everything that is kept of registries.
const REGISTRIES: &str = "v2/registries";

/// The place of one document. Built only from parsed names, so no place lies outside its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobKey {
    Registry(LoginServer),
    /// The last audit of a registry.
    Audit(LoginServer),
    /// What the lists of a repository say. No repository's name has a comma, and it sorts below all that a name has: so
    /// documents are listed in the catalog's order.
    Repository(LoginServer, RepositoryName),
    /// What the manifests of a repository say themselves.
    Content(LoginServer, RepositoryName),
    Refresh(LoginServer),
    /// What a snapshot consists of.
    Manifest(LoginServer, Generation),
    /// Some lines of an index.
    Index(LoginServer, UsedOnce),
    /// Lines of repositories.
    Pack(LoginServer, UsedOnce),
    /// The open ends of a snapshot when an invocation ended.
    Carry(LoginServer, Uuid),
    /// Lines of a repository that were observed and are not merged yet, or a list of work that is left to do.
    Lines(LoginServer, Uuid),
    /// Change record of one commit; the date is `YYYY-MM-DD`.
    Changes(LoginServer, time::Date, Uuid),
    Run(Generation),
    CurrentRun,
    /// Messages that can never succeed, by the hash of function and body.
    Quarantine(QuarantineId),
    /// Webhook events that the broker did not take.
    Spool(Uuid),
    /// Written and deleted by one `check`, to see whether it may.
    Check(Uuid),
}

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
    /// Whether a directory has it through a loss of power when its write is over: everything else can be made again from
    /// these, and a sync of each document would cost more than all the rest.
    pub(super) fn is_synced(&self) -> bool {
        matches!(self, Self::Refresh(_) | Self::Registry(_) | Self::Manifest(..))
    }

    /// Folder of a registry's repository documents.
    pub fn repositories_prefix(login_server: &LoginServer) -> String {
        format!("{REGISTRIES}/{login_server}/repositories/")
    }

    /// Folder of what checks write, for as long as they last.
    pub fn check_prefix() -> &'static str {
        "v2/check/"
    }

    /// Folder of messages that can never succeed.
    pub fn quarantine_prefix() -> &'static str {
        "v2/quarantine/"
    }

    /// The message that a listed name belongs to.
    pub fn quarantined(listed: &str) -> Option<Self> {
        let id = listed.strip_prefix(Self::quarantine_prefix())?.strip_suffix(".json")?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (id.len() == 32 && id.bytes().all(is_digit)).then(|| Self::Quarantine(QuarantineId(id.to_owned())))
    }

    /// Folder of spooled events.
    pub fn spool_prefix() -> &'static str {
        "v2/spool/"
    }

    /// The repository that a listed name under [`BlobKey::repositories_prefix`] belongs to, if it is one of ours.
    pub fn repository_of(login_server: &LoginServer, listed: &str) -> Option<RepositoryName> {
        let name = listed
            .strip_prefix(&Self::repositories_prefix(login_server))?
            .strip_suffix(",lists.ndjson")?;
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
        format!("{REGISTRIES}/{login_server}/snapshots/")
    }

    /// The generation of the manifest that a listed name belongs to.
    pub fn manifest_of(login_server: &LoginServer, listed: &str) -> Option<Generation> {
        let name = listed.strip_prefix(&Self::manifests_prefix(login_server))?;
        Generation::try_from(name.strip_suffix(".json")?.to_owned()).ok()
    }

    /// Folder of the segments of a registry's indexes.
    pub fn index_prefix(login_server: &LoginServer) -> String {
        format!("{REGISTRIES}/{login_server}/index/")
    }

    /// Folder of a registry's packs.
    pub fn packs_prefix(login_server: &LoginServer) -> String {
        format!("{REGISTRIES}/{login_server}/packs/")
    }

    /// Folder of the change records of a registry.
    pub fn all_changes_prefix(login_server: &LoginServer) -> String {
        format!("{REGISTRIES}/{login_server}/changes/")
    }

    /// Folder of the change records of a registry that were written on a day (UTC).
    pub fn changes_prefix(login_server: &LoginServer, date: time::Date) -> String {
        format!("{REGISTRIES}/{login_server}/changes/{date}/")
    }

    /// The change record that a listed name belongs to.
    pub fn changes_of(login_server: &LoginServer, listed: &str) -> Option<Self> {
        let name = listed.strip_prefix(&format!("{REGISTRIES}/{login_server}/changes/"))?;
        let (date, id) = name.strip_suffix(".ndjson")?.split_once('/')?;
        let date = time::Date::parse(date, time::macros::format_description!("[year]-[month]-[day]")).ok()?;
        let key = Self::Changes(login_server.clone(), date, Uuid::parse_str(id).ok()?);
        (key.to_string() == listed).then_some(key)
    }

    /// Folder of what refreshes go on from.
    pub fn states_prefix() -> &'static str {
        "v2/state/"
    }

    /// The registry that a listed name under [`BlobKey::states_prefix`] is about.
    pub fn state_of(listed: &str) -> Option<LoginServer> {
        let (server, _) = listed.strip_prefix(Self::states_prefix())?.split_once('/')?;
        LoginServer::parse(server).ok()
    }

    /// Folder of what a registry's refresh goes on from.
    pub fn state_prefix(login_server: &LoginServer) -> String {
        format!("v2/state/{login_server}/")
    }

    /// Index segment, pack, carry or lines that a listed name belongs to.
    pub fn used_once_of(login_server: &LoginServer, listed: &str) -> Option<Self> {
        let state = listed.strip_prefix(&Self::state_prefix(login_server));
        if let Some(name) = state {
            let id = |prefix: &str, suffix: &str| {
                let id = name.strip_prefix(prefix)?.strip_suffix(suffix)?;
                Uuid::parse_str(id).ok()
            };
            let carry = id("carry-", ".ndjson.gz").map(|id| Self::Carry(login_server.clone(), id));
            let lines = || id("lines-", ".ndjson").map(|id| Self::Lines(login_server.clone(), id));
            return carry.or_else(lines).filter(|key| key.to_string() == listed);
        }
        let stem = listed.strip_suffix(".ndjson.gz")?;
        let used_once = |prefix: String| UsedOnce::try_from(stem.strip_prefix(&prefix)?.to_owned()).ok();
        let server = || login_server.clone();
        if let Some(name) = used_once(Self::index_prefix(login_server)) {
            return Some(Self::Index(server(), name));
        }
        if let Some(name) = used_once(Self::packs_prefix(login_server)) {
            return Some(Self::Pack(server(), name));
        }
        None
    }

    /// Folder of what older versions stored: it is neither read nor touched.
    pub fn older_layout() -> &'static str {
        "v1/"
    }

    /// Folder of runs.
    pub fn runs_prefix() -> &'static str {
        "v2/runs/"
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
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(server) => write!(f, "{REGISTRIES}/{server}/registry.json"),
            Self::Audit(server) => write!(f, "{REGISTRIES}/{server}/audit.json"),
            Self::Content(server, name) => write!(f, "{REGISTRIES}/{server}/repositories/{name},content.ndjson"),
            Self::Repository(server, name) => write!(f, "{REGISTRIES}/{server}/repositories/{name},lists.ndjson"),
            Self::Refresh(server) => write!(f, "v2/state/{server}/refresh.json"),
            Self::Changes(server, date, id) => write!(f, "{REGISTRIES}/{server}/changes/{date}/{id}.ndjson"),
            Self::Run(generation) => write!(f, "v2/runs/{generation}.json"),
            Self::CurrentRun => f.write_str("v2/runs/current.json"),
            Self::Manifest(server, generation) => {
                write!(f, "{REGISTRIES}/{server}/snapshots/{generation}.json")
            }
            Self::Index(server, name) => write!(f, "{REGISTRIES}/{server}/index/{name}.ndjson.gz"),
            Self::Pack(server, name) => write!(f, "{REGISTRIES}/{server}/packs/{name}.ndjson.gz"),
            Self::Carry(server, id) => write!(f, "v2/state/{server}/carry-{id}.ndjson.gz"),
            Self::Lines(server, id) => write!(f, "v2/state/{server}/lines-{id}.ndjson"),
            Self::Quarantine(id) => write!(f, "v2/quarantine/{}.json", id.0),
            Self::Spool(id) => write!(f, "v2/spool/{id}.json"),
            Self::Check(id) => write!(f, "v2/check/{id}.json"),
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
            BlobKey::Lines(server.clone(), uuid::Uuid::parse_str(id).unwrap()),
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
            format!("v2/state/contoso.azurecr.io/lines-{id}.ndjson.gz"),
            "v2/state/contoso.azurecr.io/refresh.json".to_owned(),
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
        assert!(BlobKey::spooled(&format!("v2/spool/{id}.json")).is_some());
        assert_eq!(BlobKey::spooled(&format!("v2/spool/{{{id}}}.json")), None);
        assert_eq!(
            BlobKey::repository_of(
                &server,
                "v2/registries/contoso.azurecr.io/repositories/../x,lists.ndjson"
            ),
            None
        );
    }
}
