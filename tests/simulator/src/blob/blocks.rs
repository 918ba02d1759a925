//! Put Block and Put Block List.

use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};

use super::Blobs;
use super::conditions::check_write;
use super::reply::error;
use super::uploads::{check_length, new_blob, store};
use crate::wire::{SimReply, SimRequest};

pub(super) fn put_block(blobs: &mut Blobs, container: &str, name: &str, request: &SimRequest) -> SimReply {
    let now = blobs.clock.now();
    if let Some(refused) = check_length(blobs, request) {
        return refused;
    }
    let Some(id) = request.query("blockid").filter(|id| !id.is_empty()) else {
        return error(
            StatusCode::BAD_REQUEST,
            "MissingRequiredQueryParameter",
            "A query parameter that's mandatory for this request is not specified: blockid.",
            now,
        );
    };
    let Some(container) = blobs.containers.get_mut(container) else {
        return super::view::container_not_found(blobs);
    };
    let staged = container.staged.entry(name.to_owned()).or_default();
    // All block ids of a blob have the same length (Put Block, Remarks).
    if staged.keys().next().is_some_and(|other| other.len() != id.len()) {
        return error(
            StatusCode::BAD_REQUEST,
            "InvalidBlobOrBlock",
            "The specified blob or block content is invalid.",
            now,
        );
    }
    staged.insert(id.to_owned(), request.body.clone());
    blobs.operations.put_block += 1;
    SimReply::status(StatusCode::CREATED).with("x-ms-request-server-encrypted", "true")
}

pub(super) fn commit(blobs: &mut Blobs, container: &str, name: &str, request: &SimRequest) -> SimReply {
    if let Some(refused) = check_write(blobs, container, name, request) {
        return refused;
    }
    let now = blobs.clock.now();
    let Some(list) = read_block_list(&request.body) else {
        return error(
            StatusCode::BAD_REQUEST,
            "InvalidXmlDocument",
            "XML specified is not syntactically valid.",
            now,
        );
    };
    let Some(blocks) = resolve(blobs, container, name, list) else {
        return error(
            StatusCode::BAD_REQUEST,
            "InvalidBlockList",
            "The specified block list is invalid.",
            now,
        );
    };
    let mut content = BytesMut::with_capacity(blocks.iter().map(|(_, block)| block.len()).sum());
    for (_, block) in &blocks {
        content.extend_from_slice(block);
    }
    let mut blob = new_blob(blobs, request, content.freeze());
    blob.blocks = blocks;
    blobs.operations.commit += 1;
    store(blobs, container, name, blob)
}

/// Where Put Block List looks for a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Committed,
    Uncommitted,
    Latest,
}

fn resolve(blobs: &Blobs, container: &str, name: &str, list: Vec<(Source, String)>) -> Option<Vec<(String, Bytes)>> {
    let container = blobs.containers.get(container)?;
    let staged = container.staged.get(name);
    let committed = container.blobs.get(name).map(|blob| &blob.blocks);
    list.into_iter()
        .map(|(source, id)| {
            let uncommitted = || staged.and_then(|blocks| blocks.get(&id)).cloned();
            let before = || {
                let blocks = committed?;
                let block = blocks.iter().find(|(known, _)| *known == id)?;
                Some(block.1.clone())
            };
            let block = match source {
                Source::Committed => before(),
                Source::Uncommitted => uncommitted(),
                Source::Latest => uncommitted().or_else(before),
            }?;
            Some((id, block))
        })
        .collect()
}

/// Reads `<BlockList><Latest>id</Latest>…</BlockList>`; block ids are base64, so nothing is escaped in them.
fn read_block_list(body: &[u8]) -> Option<Vec<(Source, String)>> {
    let text = std::str::from_utf8(body).ok()?;
    let start = text.find("<BlockList")?;
    let mut rest = &text[start..];
    if rest.starts_with("<BlockList/>") {
        return Some(Vec::new());
    }
    rest = &rest[rest.find('>')? + 1..];
    let mut blocks = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.starts_with("</BlockList>") {
            return Some(blocks);
        }
        let (tag, tail) = rest.strip_prefix('<')?.split_once('>')?;
        let source = match tag {
            "Committed" => Source::Committed,
            "Uncommitted" => Source::Uncommitted,
            "Latest" => Source::Latest,
            _ => return None,
        };
        let (id, tail) = tail.split_once(&format!("</{tag}>"))?;
        blocks.push((source, id.trim().to_owned()));
        rest = tail;
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, read_block_list};

    #[test]
    fn reads_a_block_list_in_order() {
        let body =
            b"<?xml version=\"1.0\"?>\n<BlockList>\n <Latest>YQ==</Latest><Committed>Yg==</Committed></BlockList>";
        let expected = vec![
            (Source::Latest, "YQ==".to_owned()),
            (Source::Committed, "Yg==".to_owned()),
        ];
        assert_eq!(read_block_list(body), Some(expected));
        assert_eq!(read_block_list(b"<BlockList/>"), Some(Vec::new()));
        assert_eq!(read_block_list(b"<BlockList><Latest>"), None);
    }
}
