//! `Link` of a page: a cursor that comes after the one before, on the same path of the same host, or an error.
#![no_main]

use acr_inventory::azure::acr::next_cursor;
use acr_inventory::names::LoginServer;
use http::header::{HeaderMap, HeaderValue, LINK};
use libfuzzer_sys::fuzz_target;

const PATH: &str = "/acr/v1/library/app/_tags";

fn next(link: &[u8], previous: Option<&str>) -> Option<Option<String>> {
    let server = LoginServer::parse("contoso.azurecr.io").unwrap();
    let mut headers = HeaderMap::new();
    for line in link.split(|b| *b == b'\n') {
        headers.append(LINK, HeaderValue::from_bytes(line).ok()?);
    }
    next_cursor(&server, PATH, &headers, previous).ok()
}

// First line: the cursor that was asked with, if any. Each further line: a Link header.
fuzz_target!(|data: &[u8]| {
    let at = data.iter().position(|b| *b == b'\n').unwrap_or(0);
    let (previous, link) = (&data[..at], data.get(at + 1..).unwrap_or_default());
    let Ok(previous) = std::str::from_utf8(previous) else {
        return;
    };
    let previous = Some(previous).filter(|previous| !previous.is_empty());
    let Some(Some(cursor)) = next(link, previous) else {
        return;
    };
    assert!(!cursor.is_empty() && previous.is_none_or(|previous| cursor.as_str() > previous));
    assert!(!link.contains(&b'\n'), "two links, and one was chosen");

    // Whatever stands between < and > leads to this list and nowhere else.
    let text = std::str::from_utf8(link).unwrap();
    let reference = text
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .unwrap()
        .0;
    let base = url::Url::parse(&format!("https://contoso.azurecr.io{PATH}")).unwrap();
    let target = base.join(reference).unwrap();
    assert_eq!(
        (target.origin(), target.username(), target.password()),
        (base.origin(), "", None)
    );
    assert_eq!(
        percent_encoding::percent_decode_str(target.path()).collect::<Vec<u8>>(),
        PATH.as_bytes()
    );

    // A registry that writes the cursor as registries do is understood the same way.
    let encoded: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
    let link = format!("</acr/v1/library%2Fapp/_tags?last={encoded}&n=2&orderby=>; rel=\"next\"");
    if encoded.len() < 3_000 {
        assert_eq!(next(link.as_bytes(), previous), Some(Some(cursor)));
    }
});
