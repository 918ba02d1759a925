//! Pages of the lists as they are on the wire, borrowed from their bodies; their rows; the link to the next one.

use std::io::Write as _;

use reqwest::header::{HeaderMap, LINK};
use serde::Deserialize;

/// Media types of multi-platform images.
pub(super) const INDEXES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

#[derive(Deserialize)]
pub(super) struct Catalog {
    pub(super) repositories: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Manifests<'a> {
    #[serde(borrow)]
    manifests: Vec<Manifest<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    digest: &'a str,
    image_size: u64,
    created_time: &'a str,
    last_update_time: &'a str,
    #[serde(borrow)]
    architecture: Option<&'a str>,
    #[serde(borrow)]
    os: Option<&'a str>,
    media_type: &'a str,
    #[serde(borrow)]
    config_media_type: Option<&'a str>,
    #[serde(borrow, default)]
    tags: Vec<&'a str>,
    changeable_attributes: Switches,
}

#[derive(Deserialize)]
pub(super) struct Tags<'a> {
    #[serde(borrow)]
    tags: Vec<Tag<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tag<'a> {
    name: &'a str,
    digest: &'a str,
    created_time: &'a str,
    last_update_time: &'a str,
    changeable_attributes: Switches,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Switches {
    delete_enabled: bool,
    write_enabled: bool,
    read_enabled: bool,
    list_enabled: bool,
}

impl Switches {
    fn text(&self) -> [char; 4] {
        [
            self.delete_enabled,
            self.write_enabled,
            self.read_enabled,
            self.list_enabled,
        ]
        .map(|is_on| if is_on { '1' } else { '0' })
    }
}

/// A page of items, each of them a row.
pub(super) trait Page {
    /// Appends its rows; how many. Writing to memory does not fail.
    fn rows(&self, repository: &str, rows: &mut Vec<u8>) -> std::io::Result<u64>;

    /// Digests of the indexes among its items.
    fn indexes(&self) -> impl Iterator<Item = &str>;
}

impl Page for Manifests<'_> {
    fn rows(&self, repository: &str, rows: &mut Vec<u8>) -> std::io::Result<u64> {
        for item in &self.manifests {
            let (digest, size, media_type) = (item.digest, item.image_size, item.media_type);
            let (created, updated) = (item.created_time, item.last_update_time);
            let [a, b, c, d] = item.changeable_attributes.text();
            let [architecture, os, config] =
                [item.architecture, item.os, item.config_media_type].map(Option::unwrap_or_default);
            write!(
                rows,
                "manifest\t{repository}\t{digest}\t{size}\t{created}\t{updated}\t{media_type}\t{config}\t{architecture}\t{os}\t{a}{b}{c}{d}\t"
            )?;
            for (number, tag) in item.tags.iter().enumerate() {
                rows.extend_from_slice(if number == 0 { b"" } else { b"," });
                rows.extend_from_slice(tag.as_bytes());
            }
            rows.push(b'\n');
        }
        Ok(self.manifests.len() as u64)
    }

    fn indexes(&self) -> impl Iterator<Item = &str> {
        let indexes = self.manifests.iter().filter(|item| INDEXES.contains(&item.media_type));
        indexes.map(|item| item.digest)
    }
}

impl Page for Tags<'_> {
    fn rows(&self, repository: &str, rows: &mut Vec<u8>) -> std::io::Result<u64> {
        for item in &self.tags {
            let (name, digest) = (item.name, item.digest);
            let (created, updated) = (item.created_time, item.last_update_time);
            let [a, b, c, d] = item.changeable_attributes.text();
            writeln!(
                rows,
                "tag\t{repository}\t{name}\t{digest}\t{created}\t{updated}\t{a}{b}{c}{d}"
            )?;
        }
        Ok(self.tags.len() as u64)
    }

    fn indexes(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }
}

/// Path and query of the next page; none after the last.
pub(super) fn next(headers: &HeaderMap) -> Option<String> {
    let link = headers.get(LINK)?.to_str().ok()?;
    let (path, _) = link.strip_prefix('<')?.split_once('>')?;
    Some(path.to_owned())
}
