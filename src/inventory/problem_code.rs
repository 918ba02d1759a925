//! Every problem code of ours: its word, what it means, and what to do about it.
//!
//! Architecture invariant: a code is made of a variant and nothing else, so that none can stand in a document that the
//! documentation does not explain. How a code is kept and read back is [`super::problem::Code`].

use std::fmt::{self, Write as _};

macro_rules! codes {
    ($(#[doc = $meaning:literal] $variant:ident $word:literal $to_do:literal,)*) => {
        /// What went wrong, in a word that programs may branch on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemCode {
            $(#[doc = $meaning] $variant,)*
        }

        impl ProblemCode {
            /// Every code, in the order of the words.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The kebab-case word used in documents, tables and messages; it stays what it is for ever.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// What it says of the world, a sentence in Markdown.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning.trim_ascii(),)*
                }
            }

            /// What whoever runs the inventory can do about it, in Markdown.
            pub fn to_do(self) -> &'static str {
                match self {
                    $(Self::$variant => $to_do,)*
                }
            }
        }
    };
}

codes! {
    /// The document or the repository kept changing while it was read.
    Contended "contended"
        "Nothing: the next refresh reads it again.",
    /// The registry counts other numbers than it lists: something is hidden (`listEnabled: false`) or changing, or a list is not there.
    CountMismatch "count-mismatch"
        "If the next refresh says so too, look for `listEnabled: false`; nothing stored is removed until then.",
    /// No token could be had: the credential is wrong or not there.
    Credential "credential"
        "Run `acr-inventory check` with the same credential: it says what mends the log-in.",
    /// A next page begins where this one did, or before.
    CursorNotAdvancing "cursor-not-advancing"
        "See what answers for the service; if it is the service itself, tell its support.",
    /// What stands under a digest does not hash to it.
    DigestMismatch "digest-mismatch"
        "Pull the image: if it fails too, the registry's storage or something in between is broken; tell its support.",
    /// The registry's network rules keep us out.
    Firewall "firewall"
        "Let the address in that the message names, or run in the network: `acr-inventory check` has the commands.",
    /// 403, and not because of network rules.
    Forbidden "forbidden"
        "Assign the role that `acr-inventory check` names.",
    /// The answer is about another repository than was asked for.
    ForeignAnswer "foreign-answer"
        "See what answers for the registry: a cache or a proxy may mix up answers.",
    /// Resource Manager names a login server outside of this cloud; it was not contacted.
    ForeignLoginServer "foreign-login-server"
        "If it is yours, set `ACR_INVENTORY_CLOUD` or `ACR_INVENTORY_LOGIN_SERVER_SUFFIX`.",
    /// The next page is said to be somewhere it must not be.
    HostileLink "hostile-link"
        "See what answers for the registry: no registry is known to give such a link.",
    /// The token does not cover what was asked for: a role is missing.
    InsufficientScope "insufficient-scope"
        "Assign the role that `acr-inventory check` names.",
    /// Resource Manager names a login server that breaks the grammar.
    InvalidLoginServer "invalid-login-server"
        "Look at `loginServer` of the registry that the message names.",
    /// An item of a manifest list (or a tag that it names) cannot be used; the others were.
    InvalidManifest "invalid-manifest"
        "Compare with `az acr manifest list-metadata`; if the registry is right, open an issue.",
    /// An item of the catalog is no repository name, or one that breaks the grammar; the others were read.
    InvalidName "invalid-name"
        "Compare with `az acr repository list`; if the registry is right, open an issue.",
    /// An item of a tag list cannot be used; the others were.
    InvalidTag "invalid-tag"
        "Compare with `az acr repository show-tags --detail`; if the registry is right, open an issue.",
    /// The registry does not take its own token.
    InvalidToken "invalid-token"
        "Nothing: a new one was tried, and the next refresh tries again; if it stays, tell the registry's support.",
    /// The ARM resource has another login server now; the old one was not contacted.
    LoginServerChanged "login-server-changed"
        "Nothing: the next run finds the registry under its new login server.",
    /// The answer, or a row of Resource Manager, is not what the protocol says.
    Malformed "malformed"
        "See what answers for the service; if it is the service itself, open an issue with the message.",
    /// A repository is there although the catalog does not list it.
    MissingFromCatalog "missing-from-catalog"
        "Nothing, it was read all the same; if it stays, look for `listEnabled: false` of the repository.",
    /// Resource Manager lists a registry without a login server, as one whose creation failed.
    NoLoginServer "no-login-server"
        "Look at the provisioning state of the registry that the message names: create it anew, or delete it.",
    /// The identity sees no subscription.
    NoSubscription "no-subscription"
        "Assign `Reader` on a subscription or a registry, or name login servers in `ACR_INVENTORY_REGISTRIES`.",
    /// 404.
    NotFound "not-found"
        "Nothing if it was deleted; else see what answers for the service.",
    /// An answer that is not JSON.
    NotJson "not-json"
        "See what answers for the service: often it is a page of a proxy.",
    /// A list is not in order, so that a cursor may skip something.
    OutOfOrder "out-of-order"
        "See what answers for the registry; if it is the registry itself, open an issue with the message.",
    /// The registry takes no page size that we may ask for.
    PageSizeRefused "page-size-refused"
        "Set `ACR_INVENTORY_PAGE_SIZE` to less.",
    /// We did not send this, or not follow it: a redirect, a loopback address, a challenge that points elsewhere.
    Refused "refused"
        "Look at the address in the message, at name resolution, and at proxies.",
    /// No registry of the given name was found.
    RegistryNotFound "registry-not-found"
        "Look at the name, `ACR_INVENTORY_SUBSCRIPTIONS` and the role `Reader`; or give the login server.",
    /// A service refused the request for another reason.
    Rejected "rejected"
        "Read the message: it has the service's own code and words.",
    /// A list has an item twice: counted once where both are the same, left out where they differ.
    RepeatedItem "repeated-item"
        "If it stays, tell the service's support: nothing says which of two that differ is right.",
    /// The inventory could not be read or written.
    Store "store"
        "Mend what the message names; `acr-inventory check` tries the store and names missing roles.",
    /// A stored document is not one of ours, cut off, or of a newer schema.
    StoredDocumentUnreadable "stored-document-unreadable"
        "Put it back, remove it, or go back to the newer version that wrote it: it is never written over.",
    /// Another process carries on with this refresh.
    Superseded "superseded"
        "Nothing: the other process writes the result.",
    /// 429, or our own budget was used up.
    Throttled "throttled"
        "Nothing: the next refresh reads it; if it stays, look at who else uses the quota up.",
    /// An answer is larger than any that is to be expected.
    TooLarge "too-large"
        "Set `ACR_INVENTORY_PAGE_SIZE` to less if it is a page of a registry; else see what answers for the service.",
    /// A list did not end.
    TooManyPages "too-many-pages"
        "See what answers for the service: no list is known to be so long.",
    /// A list of Resource Manager, or one for Microsoft Graph, is longer than any that is to be expected.
    TooManyRows "too-many-rows"
        "Open an issue if so many are right.",
    /// Resource Graph or Microsoft Graph left rows out.
    Truncated "truncated"
        "Nothing: registries are listed by Resource Manager instead; names of principals stay unknown.",
    /// 401.
    Unauthorized "unauthorized"
        "Run `acr-inventory check` with the same credential: it names the role, or the way to sign in.",
    /// Connection, time-out or 5xx.
    Unavailable "unavailable"
        "Nothing: the next refresh reads it; if it stays, `acr-inventory check` tells name, connection and firewall apart.",
    /// A status that the protocol does not have.
    UnexpectedStatus "unexpected-status"
        "Read the message: it has the status and the service's own words; if it stays, open an issue.",
    /// The refresh was begun again and again and never came to its end: it may end the process that works on it.
    Unfinished "unfinished"
        "Read the quarantine's reason and the host's log (memory, time); `acr-inventory collect` of this registry alone shows more.",
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A Markdown table for the documentation, one row a code.
pub fn table() -> String {
    let mut text = String::from("| code | meaning | what to do |\n|---|---|---|\n");
    for code in ProblemCode::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `{code}` | {} | {} |", code.meaning(), code.to_do());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::ProblemCode;

    #[test]
    fn words_are_kebab_case_in_order_and_each_there_once() {
        let words: Vec<&str> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        assert!(words.is_sorted_by(|a, b| a < b), "{words:?}");
        for (code, word) in ProblemCode::ALL.iter().zip(words) {
            let variant = format!("{code:?}").to_lowercase();
            assert_eq!(word.replace('-', ""), variant);
            assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{word}");
        }
    }

    #[test]
    fn explanations_are_sentences_that_fit_a_cell() {
        for code in ProblemCode::ALL {
            for text in [code.meaning(), code.to_do()] {
                assert!(text.ends_with('.') && !text.contains(['|', '\n']), "{code}: {text}");
            }
        }
    }
}
