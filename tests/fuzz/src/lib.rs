//! What several targets check.

use acr_inventory::collect::wire::{RepositoryDocument, read_repository};
use acr_inventory::inventory::problem::Completeness;
use acr_inventory::inventory::repository::{End, Header, LineKind, ManifestRecord, TagRecord};
use acr_inventory::inventory::{SCHEMA_VERSION, encode_line};
use acr_inventory::names::{LoginServer, RepositoryName};
use futures_util::FutureExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The registry of all targets.
pub fn server() -> LoginServer {
    LoginServer::parse("contoso.azurecr.io").unwrap()
}

/// The repository of all targets.
pub fn repository() -> RepositoryName {
    RepositoryName::parse("library/app").unwrap()
}

/// The first line as text (none if it is empty) and what follows it; none if it is not text.
pub fn split_line(data: &[u8]) -> Option<(Option<&str>, &[u8])> {
    let at = data.iter().position(|b| *b == b'\n')?;
    let first = std::str::from_utf8(&data[..at]).ok()?;
    Some((Some(first).filter(|first| !first.is_empty()), &data[at + 1..]))
}

/// Every key comes after the one before, and after `last`.
pub fn in_order<'a>(last: Option<&'a str>, keys: impl Iterator<Item = &'a str>) {
    let mut previous = last;
    for key in keys {
        assert!(
            previous.is_none_or(|previous| key > previous),
            "{previous:?} before {key:?}"
        );
        previous = Some(key);
    }
}

/// What was written is read as the same, and writing that gives the same text.
pub fn fixed<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(read, *value);
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
}

/// One line, recognised by its first bytes, which end where the key does.
pub fn stored_line<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    record: &T,
    kind: LineKind,
    beginning: &str,
) {
    fixed(record);
    let mut line = Vec::new();
    encode_line(record, &mut line);
    assert_eq!(line.pop(), Some(b'\n'));
    assert!(!line.contains(&b'\n') && line.starts_with(beginning.as_bytes()));
    assert_eq!(LineKind::of(&line), Some(kind));
}

/// The lines of a document.
pub fn encoded(document: &RepositoryDocument) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_line(&document.header, &mut bytes);
    document
        .manifests
        .iter()
        .for_each(|manifest| encode_line(manifest, &mut bytes));
    document.tags.iter().for_each(|tag| encode_line(tag, &mut bytes));
    encode_line(&document.end, &mut bytes);
    bytes
}

/// Reads a document that comes in pieces of this size; none if it is refused.
pub fn read(bytes: &[u8], size: usize) -> Option<RepositoryDocument> {
    let pieces = bytes.chunks(size.max(1)).map(<[u8]>::to_vec).map(Into::into).collect();
    let (server, repository) = (server(), repository());
    let read = read_repository(pieces, &server, &repository);
    read.now_or_never().expect("nothing to wait for").ok()
}

/// Records that make up a document are read back from it, and no piece of it without its end is taken for the whole.
pub fn stored_and_read(manifests: Vec<ManifestRecord>, tags: Vec<TagRecord>) {
    let document = RepositoryDocument {
        header: Header {
            schema_version: SCHEMA_VERSION,
            login_server: server(),
            repository: repository(),
            version: 1,
            commit_id: Default::default(),
            previous_commit_id: None,
            observed_at: String::new(),
            observed_from: None,
            pages: 0,
            removed_at: None,
            lines_in_snapshot: false,
        },
        end: End {
            completeness: Completeness::Complete,
            manifests: manifests.len() as u64,
            tags: tags.len() as u64,
            bytes: 0,
            attributes: None,
            problems: Vec::new(),
            content_hash: String::new(),
        },
        manifests,
        tags,
    };
    let bytes = encoded(&document);
    assert_eq!(read(&bytes, 7).as_ref(), Some(&document));
    let cut = bytes.len() / 2;
    assert_eq!(read(&bytes[..cut], 64), None);
}
