//! Properties over arbitrary input: grammars against an oracle of their own, addresses that never collide, no panics.

use acr_inventory::azure::acr::next_cursor;
use acr_inventory::azure::acr::wire::{
    Challenge, parse_attributes, parse_catalog, parse_index, parse_manifests, parse_tags,
};
use acr_inventory::functions::protocol::{FromInvocation as _, HttpRequest, Invocation, QueueMessage, Timer};
use acr_inventory::names::{Digest, LoginServer, RepositoryName, Tag};
use acr_inventory::store::{BlobKey, Condition, DirectoryStore, Store};
use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use reqwest::header::{HeaderMap, HeaderValue};

/// The grammar of repository names as a machine that reads one character at a time; written from the specification
/// (`[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/…)*`), knowing nothing of the product's parser.
fn is_repository(text: &str) -> bool {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Start,
        Word,
        Dot,
        Underscore,
        TwoUnderscores,
        Dashes,
    }
    let mut state = State::Start;
    for character in text.chars() {
        state = match (state, character) {
            (_, 'a'..='z' | '0'..='9') => State::Word,
            (State::Word, '.') => State::Dot,
            (State::Word, '_') => State::Underscore,
            (State::Underscore, '_') => State::TwoUnderscores,
            (State::Word | State::Dashes, '-') => State::Dashes,
            (State::Word, '/') => State::Start,
            _ => return false,
        };
    }
    state == State::Word && text.chars().count() <= 256
}

fn is_tag(text: &str) -> bool {
    let mut characters = text.chars();
    let word = |c: char| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '_');
    characters.next().is_some_and(word) && characters.all(|c| word(c) || c == '.' || c == '-') && text.len() <= 128
}

/// Names that are near the grammar: most break it in one place.
fn nearly_a_name() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec![
            "a", "z9", ".", "_", "__", "-", "--", "/", "//", "..", "A", "%2F", "\\", "é",
        ]),
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

fn name() -> impl Strategy<Value = RepositoryName> {
    "[a-z0-9]{1,3}((\\.|_|__|-{1,2})[a-z0-9]{1,2}){0,2}(/[a-z0-9]{1,3}((\\.|_|__|-)[a-z0-9]{1,2}){0,2}){0,3}"
        .prop_map(|text| RepositoryName::parse(&text).unwrap())
}

fn server() -> LoginServer {
    LoginServer::parse("contoso.azurecr.io").unwrap()
}

proptest! {
    #[test]
    fn repository_names_are_those_of_the_grammar(near in nearly_a_name(), far in "\\PC{0,40}") {
        prop_assert_eq!(RepositoryName::parse(&near).is_ok(), is_repository(&near), "{}", near);
        prop_assert_eq!(RepositoryName::parse(&far).is_ok(), is_repository(&far), "{}", far);
    }

    #[test]
    fn tags_are_those_of_the_grammar(text in "[a-zA-Z0-9_.\\-/ é]{0,8}", far in "\\PC{0,140}") {
        prop_assert_eq!(Tag::parse(&text).is_ok(), is_tag(&text), "{}", text);
        prop_assert_eq!(Tag::parse(&far).is_ok(), is_tag(&far), "{}", far);
    }

    #[test]
    fn a_digest_has_no_character_that_an_address_gives_a_meaning(text in "(sha256|[a-z+.]{1,6}):?[\\PC]{0,70}") {
        if let Ok(digest) = Digest::parse(&text) {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b":+._-=".contains(&b);
            prop_assert!(digest.as_str().bytes().all(plain), "{}", digest);
        }
    }

    #[test]
    fn a_login_server_is_the_host_of_its_own_address(text in "[a-z0-9.\\-:@/%\\[\\]]{0,30}(\\.azurecr\\.io)?") {
        if let Ok(server) = LoginServer::parse(&text) {
            let url = url::Url::parse(&format!("https://{server}/acr/v1/_catalog")).unwrap();
            let host = server.as_str().split(':').next();
            prop_assert_eq!(url.host_str(), host);
            prop_assert_eq!(url.path(), "/acr/v1/_catalog");
            prop_assert!(url.username().is_empty());
        }
    }

    #[test]
    fn different_repositories_have_different_places(names in prop::collection::btree_set(name(), 1..40)) {
        let places: std::collections::BTreeSet<String> =
            names.iter().map(|name| BlobKey::Repository(server(), name.clone()).to_string()).collect();
        prop_assert_eq!(places.len(), names.len());
        for name in &names {
            let place = BlobKey::Repository(server(), name.clone()).to_string();
            prop_assert!(place.starts_with("v2/registries/contoso.azurecr.io/repositories/"), "{}", place);
            prop_assert!(place.split('/').all(|part| !part.is_empty() && part != "." && part != ".."), "{}", place);
            prop_assert_eq!(BlobKey::repository_of(&server(), &place), Some(name.clone()));
        }
    }

    #[test]
    fn no_link_header_panics(link in prop::collection::vec(any::<u8>(), 0..200), previous in prop::option::of("\\PC{0,20}")) {
        let Ok(value) = HeaderValue::from_bytes(&link) else { return Ok(()) };
        let headers: HeaderMap = [(reqwest::header::LINK, value)].into_iter().collect();
        let cursor = next_cursor(&server(), "/acr/v1/a/_tags", &headers, previous.as_deref());
        if let (Ok(Some(cursor)), Some(previous)) = (cursor, previous) {
            prop_assert!(cursor > previous);
        }
    }

    #[test]
    fn a_link_never_leads_elsewhere(
        before in "(https?:)?(//)?[a-z@:.\\\\]{0,12}(contoso\\.azurecr\\.io)?[:0-9]{0,5}",
        path in "/[a-z/_.%0-9]{0,30}",
    ) {
        let mut headers = HeaderMap::new();
        let Ok(value) = HeaderValue::from_str(&format!("<{before}{path}?last=x>; rel=\"next\"")) else { return Ok(()) };
        headers.insert("link", value);
        if next_cursor(&server(), "/acr/v1/a/_tags", &headers, None).is_ok() {
            let base = url::Url::parse("https://contoso.azurecr.io/acr/v1/a/_tags").unwrap();
            let target = base.join(&format!("{before}{path}")).unwrap();
            prop_assert_eq!(target.origin(), base.origin());
            prop_assert!(target.username().is_empty());
        }
    }

    #[test]
    fn no_challenge_panics(text in "(Bearer )?\\PC{0,80}") {
        let _ = Challenge::parse(&text);
    }

    #[test]
    fn no_invocation_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), binding in "\\PC{0,60}") {
        let decode = |bytes: &[u8]| {
            let _ = Invocation::decode(bytes).map(QueueMessage::from_invocation);
            let _ = Invocation::decode(bytes).map(Timer::from_invocation);
            let _ = Invocation::decode(bytes).map(HttpRequest::from_invocation);
        };
        decode(&bytes);
        for value in [serde_json::json!(binding), serde_json::json!([binding]), serde_json::json!({"Headers": {"x": [binding]}})] {
            decode(serde_json::json!({"Data": {"message": value, "timer": value, "req": value}}).to_string().as_bytes());
        }
    }

    #[test]
    fn a_queue_message_comes_out_as_it_went_in(body in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
        use base64::Engine as _;
        let decode = |value: String| {
            let invocation = serde_json::json!({"Data": {"message": value}, "Metadata": {}}).to_string();
            QueueMessage::from_invocation(Invocation::decode(invocation.as_bytes()).unwrap()).unwrap().body
        };
        prop_assert_eq!(decode(base64::prelude::BASE64_STANDARD.encode(&body)), body);
        prop_assert_eq!(decode(serde_json::json!(text).to_string()), text.into_bytes());
    }

    #[test]
    fn no_answer_of_a_registry_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\":,a-z0-9 ]{0,80}") {
        let repository = RepositoryName::parse("team/app").unwrap();
        for body in [bytes.as_slice(), text.as_bytes()] {
            let _ = parse_catalog(body, None);
            let _ = parse_tags(body, &repository, Some("a"));
            let _ = parse_manifests(body, &repository, None);
            let _ = parse_index(body);
            let _ = parse_attributes(body, &repository);
        }
    }
}

/// The longest names that the grammar has, and the ones whose file would be another one's folder.
#[tokio::test]
async fn every_name_has_a_file_of_its_own_in_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::directory(DirectoryStore::open_root(folder.path()).unwrap());
    let mut names = vec![
        "a".to_owned(),
        "a.ndjson/b".to_owned(),
        "a.ndjson".to_owned(),
        "a".repeat(256),
        "b".repeat(249),
        format!("{}/c", "b".repeat(249)),
        format!("{}/{}", "c".repeat(200), "c".repeat(55)),
        "c".repeat(255),
        "c".repeat(256),
    ];
    for name in &names {
        let key = BlobKey::Repository(server(), RepositoryName::parse(name).unwrap());
        store
            .write(&key, name.clone().into_bytes(), Condition::Create)
            .await
            .unwrap();
    }
    for name in &names {
        let key = BlobKey::Repository(server(), RepositoryName::parse(name).unwrap());
        assert_eq!(store.read(&key).await.unwrap().unwrap().0, name.as_bytes());
    }
    let listed = store.list(&BlobKey::repositories_prefix(&server())).await.unwrap();
    let listed = listed
        .iter()
        .map(|name| BlobKey::repository_of(&server(), name).unwrap().to_string());
    let mut listed: Vec<String> = listed.collect();
    listed.sort();
    names.sort();
    assert_eq!(listed, names);
}

/// The pairs by which encodings of names are known to collide.
#[test]
fn names_that_look_alike_have_places_of_their_own() {
    let pairs = [
        ("a/b", "a.b"),
        ("a__b", "a_b"),
        ("a-b", "a--b"),
        ("a/b", "a-b"),
        ("a.ndjson", "a"),
        ("a/a", "a"),
    ];
    for (one, other) in pairs {
        let place = |name: &str| BlobKey::Repository(server(), RepositoryName::parse(name).unwrap()).to_string();
        assert_ne!(place(one), place(other));
    }
    for broken in [
        "a%2Fb", "a%2fb", "A/b", "a/./b", "a/../b", "a\\b", "a/b ", "a/b\u{0}", "ａ/b",
    ] {
        assert!(RepositoryName::parse(broken).is_err(), "{broken}");
    }
}
