//! One line of a stored repository, parsed.

use crate::inventory::repository::{End, LineKind, ManifestRecord, TagRecord};
use crate::inventory::snapshot::PartHeader;

/// A line of a snapshot's part. Of one repository, the header comes first, then manifests, then tags, then the end.
#[derive(Debug)]
pub enum Line {
    Header(PartHeader),
    Manifest(ManifestRecord),
    Tag(TagRecord),
    End(End),
}

impl Line {
    /// Reads a line as it was stored.
    pub fn parse(line: &[u8]) -> Result<Self, String> {
        fn read<T: serde::de::DeserializeOwned>(line: &[u8]) -> Result<T, String> {
            serde_json::from_slice(line).map_err(|error| error.to_string())
        }
        match LineKind::of(line) {
            Some(LineKind::Header) => read(line).map(Self::Header),
            Some(LineKind::Manifest) => read(line).map(Self::Manifest),
            Some(LineKind::Tag) => read(line).map(Self::Tag),
            Some(LineKind::End) => read(line).map(Self::End),
            None => Err("a line is of an unknown form".to_owned()),
        }
    }
}
