//! One request's worth of a listing: names in byte order, each with what tells a version and an age.

use azure_core::http::Etag;
use time::OffsetDateTime;

/// Up to 5,000 names (List Blobs), in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    pub blobs: Vec<Listed>,
    /// Where the next page begins; none at the end. It may be kept and used by another process.
    pub next: Option<String>,
    /// Now, by the clock of the storage; none where it did not say. Ages are told by this clock alone.
    pub now: Option<OffsetDateTime>,
}

/// A blob as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    /// ETag of the version that is there, without quotes: a listing has none, headers have them.
    pub etag: String,
    /// When that version was written, by the clock of the storage.
    pub modified: Option<OffsetDateTime>,
    /// Bytes.
    pub size: u64,
}

/// An ETag without its quotes, which is how two of them are compared.
pub fn bare(etag: &Etag) -> String {
    let text: &str = etag.as_ref();
    text.trim_matches('"').to_owned()
}

/// An ETag as conditions take it, of one without quotes.
pub fn quoted(bare: &str) -> Etag {
    Etag::from(format!("\"{bare}\""))
}

#[cfg(test)]
mod tests {
    use super::{bare, quoted};

    #[test]
    fn quotes_come_and_go() {
        assert_eq!(bare(&quoted("0x8DE0A")), "0x8DE0A");
        assert_eq!(bare(&"0x8DE0A".to_owned().into()), "0x8DE0A");
        assert_eq!(quoted("0x8DE0A"), "\"0x8DE0A\"".to_owned().into());
    }
}
