//! The routes of a registry. Names may come with `/` or `%2F`, digests with `:` or `%3A`.

/// One route; names are decoded and follow the repository grammar.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    Exchange,
    Token,
    Ping,
    Catalog {
        v2: bool,
    },
    /// A list of tags, in the registry's own or the OCI form.
    Tags {
        repository: String,
        v2: bool,
    },
    Manifests {
        repository: String,
    },
    /// Metadata of a repository or of one item in it.
    Attributes {
        repository: String,
        item: Item,
    },
    /// A manifest itself, by tag or digest.
    Manifest {
        repository: String,
        reference: String,
    },
}

impl Route {
    /// The repository that the route is about.
    pub(super) fn repository(&self) -> Option<&str> {
        match self {
            Self::Exchange | Self::Token | Self::Ping | Self::Catalog { .. } => None,
            Self::Tags { repository, .. }
            | Self::Manifests { repository }
            | Self::Manifest { repository, .. }
            | Self::Attributes { repository, .. } => Some(repository),
        }
    }
}

/// What in a repository the metadata is of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    Repository,
    Tag(String),
    Manifest(String),
}

impl Item {
    pub(super) fn is_manifest(&self) -> bool {
        matches!(self, Self::Manifest(_))
    }
}

/// Why a path is no route.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// The repository name breaks the grammar (capitals, …): 404 before any authentication.
    Name,
    Route,
}

/// Reads a path as sent.
pub(super) fn parse(path: &str) -> Result<Route, Unknown> {
    let path = decode(path);
    match path.as_str() {
        "/oauth2/exchange" => return Ok(Route::Exchange),
        "/oauth2/token" => return Ok(Route::Token),
        "/v2/" | "/v2" => return Ok(Route::Ping),
        "/v2/_catalog" => return Ok(Route::Catalog { v2: true }),
        "/acr/v1/_catalog" => return Ok(Route::Catalog { v2: false }),
        _ => {}
    }
    if let Some(rest) = path.strip_prefix("/v2/") {
        if let Some(repository) = rest.strip_suffix("/tags/list") {
            let repository = name(repository)?;
            return Ok(Route::Tags { repository, v2: true });
        }
        let (repository, reference) = rest.rsplit_once("/manifests/").ok_or(Unknown::Route)?;
        let (repository, reference) = (name(repository)?, reference.to_owned());
        return Ok(Route::Manifest { repository, reference });
    }
    let rest = path.strip_prefix("/acr/v1/").ok_or(Unknown::Route)?;
    if let Some(repository) = rest.strip_suffix("/_tags") {
        let repository = name(repository)?;
        return Ok(Route::Tags { repository, v2: false });
    }
    if let Some(repository) = rest.strip_suffix("/_manifests") {
        let repository = name(repository)?;
        return Ok(Route::Manifests { repository });
    }
    let (repository, item) = if let Some((repository, tag)) = rest.split_once("/_tags/") {
        (repository, Item::Tag(tag.to_owned()))
    } else if let Some((repository, digest)) = rest.split_once("/_manifests/") {
        (repository, Item::Manifest(digest.to_owned()))
    } else if rest.starts_with('_') || rest.contains("/_") {
        return Err(Unknown::Route);
    } else {
        (rest, Item::Repository)
    };
    let repository = name(repository)?;
    Ok(Route::Attributes { repository, item })
}

/// The repository grammar of the OCI distribution specification.
fn name(text: &str) -> Result<String, Unknown> {
    match text.split('/').all(component) {
        true => Ok(text.to_owned()),
        false => Err(Unknown::Name),
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn component(text: &str) -> bool {
    let separator = |byte: u8| matches!(byte, b'.' | b'_' | b'-');
    let bytes = text.as_bytes();
    let known = bytes
        .iter()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || separator(*byte));
    let ends = [bytes.first(), bytes.last()];
    let bare_ends = ends.iter().all(|byte| byte.is_some_and(|byte| !separator(*byte)));
    let runs = text.split(|letter: char| letter.is_ascii_alphanumeric());
    known
        && bare_ends
        && runs
            .into_iter()
            .all(|run| matches!(run, "" | "." | "_" | "__") || run.bytes().all(|byte| byte == b'-'))
}

/// Percent-decodes; `+` stays itself. A malformed escape stays as it is and then fails the grammar.
fn decode(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        let hex = path.get(position + 1..position + 3).filter(|_| *byte == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                decoded.push(value);
                position += 3;
            }
            None => {
                decoded.push(*byte);
                position += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Item, Route, Unknown, component, parse};

    #[test]
    fn accepts_both_spellings_of_names_and_digests() {
        let plain = parse("/acr/v1/library/busybox/_manifests/sha256:ab");
        assert_eq!(plain, parse("/acr/v1/library%2Fbusybox/_manifests/sha256%3Aab"));
        let (repository, item) = ("library/busybox".to_owned(), Item::Manifest("sha256:ab".to_owned()));
        assert_eq!(plain, Ok(Route::Attributes { repository, item }));
    }

    #[test]
    fn refuses_names_outside_the_grammar() {
        assert_eq!(parse("/acr/v1/Capital/_tags"), Err(Unknown::Name));
        for bad in ["", "-a", "a-", "a..b", "a___b", "a.-b", "ä"] {
            assert!(!component(bad), "{bad}");
        }
        for good in ["a", "a.b", "a__b", "a---b", "0"] {
            assert!(component(good), "{good}");
        }
    }
}
