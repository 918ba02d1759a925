//! Pages of a list: items in order, and a `Link` header that gives a cursor and nothing else.

use reqwest::header::HeaderMap;
use url::Url;

use super::auth::Access;
use super::client::RegistryClient;
use crate::azure::Failure;
use crate::inventory::problem::Problem;
use crate::names::{LoginServer, RepositoryName};

/// One page of the catalog, of manifests or of tags.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Items that cannot be recorded.
    pub problems: Vec<Problem>,
    /// Cursor of the next page; none on the last page.
    pub next: Option<String>,
}

/// What can be read of a page, with a problem per item that cannot; or a code and what is wrong with the whole page.
pub type Parsed<T> = Result<(Vec<T>, Vec<Problem>), (&'static str, String)>;

impl RegistryClient {
    /// Reads the page of a list after `last` (exclusive), from the beginning without it.
    pub(super) async fn list_page<T>(
        &self,
        access: &Access,
        repository: Option<&RepositoryName>,
        path: &str,
        last: Option<&str>,
        parse: impl FnOnce(&[u8]) -> Parsed<T>,
        key: impl Fn(&T) -> &str,
    ) -> Result<Page<T>, Failure> {
        let page_size = &self.gate.page_size;
        let query = || {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("n", &page_size.get().to_string());
            last.map(|last| query.append_pair("last", last));
            Some(query.finish())
        };
        let reply = loop {
            let reply = match repository {
                Some(_) => self.get_repository(access, path, query).await,
                None => self.get(access.scope(), path, query).await,
            };
            match reply {
                Err(Failure::Invalid {
                    code: "page-size-refused",
                    ..
                }) if page_size.shrink() => {}
                other => break other?,
            }
        };
        page_size.good_page();
        let unusable = |(code, detail)| Failure::invalid(format!("GET {}{path}", self.login_server), code, detail);
        let (items, problems) = parse(&reply.body).map_err(unusable)?;
        let next = next_cursor(&self.login_server, path, &reply.headers, last)?;
        // A page that begins before the last item of this one would list something twice.
        if let (Some(next), Some(item)) = (&next, items.last())
            && next.as_str() < key(item)
        {
            let detail = "the cursor of the next page lies before the last item of this one".to_owned();
            return Err(unusable(("cursor-not-advancing", detail)));
        }
        Ok(Page { items, problems, next })
    }
}

/// Turns the items of a page into records. Every `key` has to come after the one before, and after `last`: a list out
/// of order cannot be continued by a cursor without missing something. An item that cannot be recorded is a problem
/// with `code`.
pub(super) fn in_order<W, T>(
    items: Vec<W>,
    last: Option<&str>,
    key: impl Fn(&W) -> &str,
    record: impl Fn(W) -> Result<T, String>,
    code: &str,
) -> Parsed<T> {
    let mut previous = last.map(str::to_owned);
    let (mut records, mut problems) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        let item_key = key(&item);
        if previous.as_deref().is_some_and(|previous| item_key <= previous) {
            let shown: String = item_key.chars().take(64).collect();
            return Err((
                "out-of-order",
                format!("{shown:?} does not come after the one before it"),
            ));
        }
        previous = Some(item_key.to_owned());
        match record(item) {
            Ok(record) => records.push(record),
            Err(detail) => problems.push(Problem::new(code, detail)),
        }
    }
    Ok((records, problems))
}

/// The `last` parameter of the next page, or none if this is the last one.
///
/// `headers` are those of the answer to `path` (percent-encoded, no query) at `login_server`; `previous` is the cursor
/// that was asked with. The link has to point to the same path of the same server, and its cursor has to come after
/// the previous one in byte order: a registry that sends us elsewhere or in circles is an error.
pub fn next_cursor(
    login_server: &LoginServer,
    path: &str,
    headers: &HeaderMap,
    previous: Option<&str>,
) -> Result<Option<String>, Failure> {
    let target = format!("GET {login_server}{path}");
    let mut links = headers.get_all("link").iter();
    let Some(link) = links.next() else {
        return Ok(None);
    };
    if links.next().is_some() {
        return Err(Failure::invalid(target, "hostile-link", "more than one Link header"));
    }
    let refused = |why: &str| Failure::invalid(target.clone(), "hostile-link", why);
    let link = link.to_str().map_err(|_| refused("the Link header is not text"))?;
    let reference = rel_next(link).ok_or_else(|| refused("the Link header cannot be read"))?;
    let cursor = cursor_of(login_server, path, reference).map_err(refused)?;
    if previous.is_some_and(|previous| cursor.as_str() <= previous) || cursor.is_empty() {
        return Err(Failure::invalid(
            target,
            "cursor-not-advancing",
            "the cursor of the next page does not advance",
        ));
    }
    Ok(Some(cursor))
}

/// The reference of `<reference>; rel="next"`.
fn rel_next(link: &str) -> Option<&str> {
    let (reference, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = parameters.split(';').map(str::trim).any(|parameter| {
        parameter.split_once('=').is_some_and(|(key, value)| {
            key.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
        })
    });
    is_next.then_some(reference)
}

fn cursor_of(login_server: &LoginServer, path: &str, reference: &str) -> Result<String, &'static str> {
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'<' | b'>');
    if reference.len() > 4096 || !reference.bytes().all(plain) {
        return Err("the reference has characters that no address has");
    }
    let base = Url::parse(&format!("https://{login_server}{path}")).map_err(|_| "the page has no address")?;
    let next = base.join(reference).map_err(|_| "the reference is not an address")?;
    if next.origin() != base.origin() || !next.username().is_empty() || next.password().is_some() {
        return Err("the reference leaves the registry");
    }
    if decoded(next.path()) != decoded(base.path()) {
        return Err("the reference leads to another path");
    }
    let mut last = next
        .query_pairs()
        .filter(|(key, _)| key == "last")
        .map(|(_, value)| value.into_owned());
    match (last.next(), last.next()) {
        (Some(cursor), None) => Ok(cursor),
        _ => Err("the reference has no cursor, or more than one"),
    }
}

/// A path with its percent-encoding undone: `library%2Fapp` and `library/app` name the same repository.
fn decoded(path: &str) -> Vec<u8> {
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        let hex = |b: Option<u8>| char::from(b?).to_digit(16);
        let mut ahead = bytes.clone();
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                decoded.extend(u8::try_from(high * 16 + low));
                bytes = ahead;
            }
            _ => decoded.push(byte),
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::next_cursor;
    use crate::names::LoginServer;
    use proptest::prelude::{prop_assert_eq, proptest};
    use reqwest::header::HeaderMap;

    const PATH: &str = "/acr/v1/library/app/_tags";

    fn next(link: &str, previous: Option<&str>) -> Result<Option<String>, crate::azure::Failure> {
        let mut headers = HeaderMap::new();
        headers.insert("link", link.parse().unwrap());
        next_cursor(
            &LoginServer::parse("contoso.azurecr.io").unwrap(),
            PATH,
            &headers,
            previous,
        )
    }

    #[test]
    fn reads_the_link_as_registries_write_it() {
        let link = r#"</acr/v1/library%2Fapp/_tags?last=v1.2%2B3&n=2&orderby=>; rel="next""#;
        assert_eq!(next(link, None).unwrap().as_deref(), Some("v1.2+3"));
        assert_eq!(next(link, Some("v1.1")).unwrap().as_deref(), Some("v1.2+3"));
    }

    #[test]
    fn a_hostile_link_is_refused() {
        for link in [
            r#"<http://169.254.169.254/acr/v1/library/app/_tags?last=a>; rel="next""#,
            r#"<https://evil.example.com/acr/v1/library/app/_tags?last=a>; rel="next""#,
            r#"<//evil.example.com/acr/v1/library/app/_tags?last=a>; rel="next""#,
            r#"<\\evil.example.com/acr/v1/library/app/_tags?last=a>; rel="next""#,
            r#"</\evil.example.com/acr/v1/library/app/_tags?last=a>; rel="next""#,
            r#"<https://u@contoso.azurecr.io/acr/v1/library/app/_tags?last=a>; rel="next""#,
            r#"<https://contoso.azurecr.io:8443/acr/v1/library/app/_tags?last=a>; rel="next""#,
            r#"</acr/v1/other/_tags?last=a>; rel="next""#,
            r#"</acr/v1/library/app/_tags/../../../../../oauth2/token?last=a>; rel="next""#,
            r#"</acr/v1/library/app/_tags?n=2>; rel="next""#,
            r#"</acr/v1/library/app/_tags?last=a&last=b>; rel="next""#,
            r#"</acr/v1/library/app/_tags?last=>; rel="next""#,
            "nonsense",
            "<>",
            r#"</acr/v1/library/app/_tags?last=a>; rel="prev""#,
        ] {
            assert!(next(link, None).is_err(), "{link}");
        }
    }

    #[test]
    fn a_cursor_that_does_not_advance_is_refused() {
        let link = r#"</acr/v1/library/app/_tags?last=b&n=2&orderby=>; rel="next""#;
        assert!(next(link, Some("b")).is_err());
        assert!(next(link, Some("c")).is_err());
        assert!(next(link, Some("a")).is_ok());
    }

    proptest! {
        #[test]
        fn any_cursor_survives_the_link(cursor in "[ -~äöü☃]{1,40}") {
            let encoded: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            let link = format!("</acr/v1/library%2Fapp/_tags?last={encoded}&n=2&orderby=>; rel=\"next\"");
            prop_assert_eq!(next(&link, None).unwrap(), Some(cursor));
        }

        #[test]
        fn no_text_panics(text in "[ -~]{0,200}") {
            let _ = next(&text, None);
        }
    }
}
