//! Pages of a list: items in order, and a `Link` header that gives a cursor and nothing else.

use std::cmp::Ordering;

use reqwest::header::HeaderMap;
use url::Url;

use super::auth::Access;
use super::client::RegistryClient;
use super::items::{Item, Unusable};
use crate::azure::Failure;
use crate::inventory::problem::{Problem, Problems};
use crate::inventory::problem_code::ProblemCode;
use crate::names::{LoginServer, RepositoryName};

/// Records of a page that room is made for at once; there may be more.
const CAPACITY: usize = 1_000;

/// One page of the catalog, of manifests or of tags.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Items that cannot be recorded.
    pub problems: Problems,
    /// Cursor of the next page; none on the last page.
    pub next: Option<String>,
}

/// What can be read of a page, with a problem per item that cannot; or a code and what is wrong with the whole page.
pub type Parsed<T> = Result<(Vec<T>, Problems), (ProblemCode, String)>;

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
                    code: ProblemCode::PageSizeRefused,
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
            return Err(unusable((ProblemCode::CursorNotAdvancing, detail)));
        }
        Ok(Page { items, problems, next })
    }
}

/// Turns the items of a page into records. Every `key` has to come after the one before, and after `last`: a list out
/// of order cannot be continued by a cursor without missing something. An item that cannot be recorded is a problem
/// with `code`, and the others count. One that is there twice counts once; two that differ contradict each other, and
/// neither counts.
pub(super) fn in_order<W, T: PartialEq>(
    items: impl Iterator<Item = Item<W>>,
    last: Option<&str>,
    key: impl Fn(&T) -> &str,
    mut record: impl FnMut(W) -> Result<T, String>,
    code: ProblemCode,
) -> Parsed<T> {
    let mut records: Vec<T> = Vec::with_capacity(items.size_hint().0.min(CAPACITY));
    let mut problems = Problems::default();
    // A key that is used up without a record of its own on this page.
    let mut used = last.map(str::to_owned);
    for item in items {
        let previous = used.as_deref().max(records.last().map(&key));
        let recorded = match item.map(&mut record) {
            Ok(Ok(recorded)) => recorded,
            Ok(Err(detail)) => {
                problems.push(Problem::new(code, detail));
                continue;
            }
            Err(unusable) => {
                problems.push(Problem::new(code, unusable.at(previous)));
                continue;
            }
        };
        let item_key = key(&recorded);
        match previous.map_or(Ordering::Greater, |previous| item_key.cmp(previous)) {
            Ordering::Greater => records.push(recorded),
            Ordering::Equal if records.last() == Some(&recorded) => {
                problems.push(repeated(item_key, "it is in the list twice"));
            }
            // What it was on the page before is not known here; it is recorded there.
            Ordering::Equal if last == Some(item_key) => {
                problems.push(repeated(item_key, "it was on the page before"));
            }
            Ordering::Equal => {
                let problem = repeated(item_key, "it is in the list twice, and they differ");
                if records.last().map(&key) == Some(item_key) {
                    problems.push(problem.clone());
                    used = Some(item_key.to_owned());
                    records.pop();
                }
                problems.push(problem);
            }
            Ordering::Less => {
                let detail = named(item_key, "it does not come after the one before it");
                return Err((ProblemCode::OutOfOrder, detail));
            }
        }
    }
    Ok((records, problems))
}

fn repeated(name: &str, detail: &str) -> Problem {
    Problem::new(ProblemCode::RepeatedItem, named(name, detail))
}

impl Unusable {
    /// What is wrong with an item, and where it is: by its own name, else by that of the item before it.
    fn at(self, previous: Option<&str>) -> String {
        match (self.name, previous) {
            (Some(name), _) => named(&name, &self.detail),
            (None, Some(previous)) => named(&format!("the item after {}", cut(previous)), &self.detail),
            (None, None) => named("the first item", &self.detail),
        }
    }
}

/// What is wrong with the item of this name.
pub(super) fn named(name: &str, detail: &str) -> String {
    format!("{}: {detail}", cut(name))
}

/// A name as it is shown, whatever it is: longer than any digest or tag.
fn cut(name: &str) -> String {
    name.chars().take(160).collect()
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
        return Err(Failure::invalid(
            target,
            ProblemCode::HostileLink,
            "more than one Link header",
        ));
    }
    let refused = |why: &str| Failure::invalid(target.clone(), ProblemCode::HostileLink, why);
    let link = link.to_str().map_err(|_| refused("the Link header is not text"))?;
    let reference = rel_next(link).ok_or_else(|| refused("the Link header cannot be read"))?;
    let cursor = cursor_of(login_server, path, reference).map_err(refused)?;
    if previous.is_some_and(|previous| cursor.as_str() <= previous) || cursor.is_empty() {
        return Err(Failure::invalid(
            target,
            ProblemCode::CursorNotAdvancing,
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
    use super::super::items::{Item, Unusable};
    use super::{ProblemCode, in_order, next_cursor};
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

    fn name<'a>(item: &'a &'static str) -> &'a str {
        item.split_once('=').map_or(*item, |(name, _)| name)
    }

    /// The names that count, the codes and messages of the problems; or the code of the whole list. An item is
    /// `name=content`, or something that cannot be read.
    fn listed(last: Option<&str>, items: &[&'static str]) -> Result<(String, Vec<String>), ProblemCode> {
        let items = items.iter().map(|item| -> Item<&'static str> {
            let unusable = |name: &str| Unusable {
                name: Some(name.to_owned()).filter(|name| !name.is_empty()),
                detail: "broken".to_owned(),
            };
            item.strip_suffix('!').map_or(Ok(*item), |name| Err(unusable(name)))
        });
        let record = |item: &'static str| {
            let is_legal = !item.starts_with('-');
            is_legal.then_some(item).ok_or_else(|| format!("{item}: illegal"))
        };
        let (records, problems) =
            in_order(items, last, name, record, ProblemCode::InvalidTag).map_err(|(code, _)| code)?;
        let shown = |problem: super::Problem| format!("{}: {}", problem.code, problem.message);
        Ok((records.join(" "), problems.first.into_iter().map(shown).collect()))
    }

    #[test]
    fn an_item_that_cannot_be_used_takes_no_part_in_the_order() {
        let (records, problems) = listed(Some("a"), &["b", "a!", "-z", "!", "c", "!"]).unwrap();
        assert_eq!(records, "b c");
        assert_eq!(
            problems,
            [
                "invalid-tag: a: broken",
                "invalid-tag: -z: illegal",
                "invalid-tag: the item after b: broken",
                "invalid-tag: the item after c: broken"
            ]
        );
        assert_eq!(listed(None, &["!"]).unwrap().1, ["invalid-tag: the first item: broken"]);
        assert_eq!(listed(None, &["b", "-z", "a"]).unwrap_err(), ProblemCode::OutOfOrder);
        assert_eq!(listed(Some("b"), &["a"]).unwrap_err(), ProblemCode::OutOfOrder);
    }

    #[test]
    fn what_is_listed_again_counts_once_and_what_contradicts_itself_not_at_all() {
        let twice = "repeated-item: b: it is in the list twice";
        let differ = "repeated-item: b: it is in the list twice, and they differ";
        assert_eq!(
            listed(None, &["a", "b", "b", "b", "c"]).unwrap(),
            ("a b c".to_owned(), vec![twice.to_owned(); 2])
        );
        for items in [
            ["a", "b=1", "b=2", "c"].as_slice(),
            &["a", "b=1", "b=2", "b=1", "b=1", "c"],
        ] {
            let (records, problems) = listed(None, items).unwrap();
            assert_eq!(records, "a c", "{items:?}");
            assert_eq!(problems, vec![differ; items.len() - 2], "{items:?}");
        }
        // One that cannot be read says nothing against the one that can.
        assert_eq!(listed(None, &["b", "b!", "c"]).unwrap().0, "b c");
        assert_eq!(listed(None, &["b!", "b", "c"]).unwrap().0, "b c");
        // The page before ended with it: it is recorded there, and what it was is not known here.
        assert_eq!(
            listed(Some("b"), &["b=1", "c"]).unwrap(),
            (
                "c".to_owned(),
                vec!["repeated-item: b: it was on the page before".to_owned()]
            )
        );
        assert_eq!(listed(None, &["b=1", "b=2", "a"]).unwrap_err(), ProblemCode::OutOfOrder);
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
