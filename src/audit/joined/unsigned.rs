//! Which images everybody can pull without signing in, though nobody signed them.
//!
//! An image is a manifest with a tag of its own. It is known to be unsigned where its repository holds no signature by
//! tag and no artifact that may be a signature of something. `readEnabled` off on the manifest or on the whole repository
//! blocks pulls.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::holders::{Holders, holder};
use crate::access::action::Action;
use crate::access::decision::Verdict;
use crate::audit::inventory::Line;
use crate::inventory::audit::EffectiveAccess;
use crate::inventory::index::IndexLine;
use crate::inventory::problem::Completeness;
use crate::inventory::repository::{ManifestRecord, TagRecord};
use crate::inventory::signature::{Attached, attached, may_sign};

/// Images that are listed; the others are counted.
const LISTED: usize = 10_000;
/// Tags named per image.
const TAGS: usize = 3;

/// An image that everybody may pull and that may be unsigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    pub repository: String,
    pub digest: String,
    /// The first few of its tags.
    pub tags: Vec<String>,
    /// Granted: everybody can pull it and nobody signed it. Unknown: perhaps.
    pub verdict: Verdict,
    /// Why it is not known.
    pub why: Vec<String>,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unsigned {
    pub images: Vec<Image>,
    /// Images that are not listed because there are too many.
    pub left_out: u64,
    /// Images with a signature.
    pub signed: u64,
    /// Images that a lock keeps from being pulled.
    pub locked: u64,
    /// Images in repositories that not everybody may pull from.
    pub closed: u64,
}

/// Takes the lines of a snapshot, repository after repository.
#[derive(Debug)]
pub struct UnsignedFold<'a> {
    access: &'a EffectiveAccess,
    answer: Unsigned,
    repository: String,
    /// `readEnabled` of every manifest.
    readable: HashMap<String, Option<bool>>,
    artifacts: HashSet<String>,
    signed: HashSet<String>,
    /// Digest → the first few tags.
    images: BTreeMap<String, Vec<String>>,
}

impl<'a> UnsignedFold<'a> {
    /// `access` is the table of the audit.
    pub fn new(access: &'a EffectiveAccess) -> Self {
        Self {
            access,
            answer: Unsigned::default(),
            repository: String::new(),
            readable: HashMap::new(),
            artifacts: HashSet::new(),
            signed: HashSet::new(),
            images: BTreeMap::new(),
        }
    }

    /// Takes one line of a repository.
    pub fn line(&mut self, line: Line) {
        match line {
            Line::Manifest(manifest) => self.manifest(&manifest),
            Line::Tag(tag) => self.tag(&tag),
        }
    }

    /// Takes a repository whose lines were taken.
    pub fn repository(&mut self, line: &IndexLine) {
        self.repository = line.repository.to_string();
        self.end(line);
    }

    /// The answer.
    pub fn finish(self) -> Unsigned {
        self.answer
    }

    fn manifest(&mut self, manifest: &ManifestRecord) {
        let digest = manifest.digest.to_string();
        if may_sign(manifest) {
            self.artifacts.insert(digest.clone());
        }
        self.readable
            .insert(digest, manifest.changeable_attributes.read_enabled);
    }

    fn tag(&mut self, tag: &TagRecord) {
        match attached(tag.name.as_str()) {
            Some(Attached::Signature(subject)) => {
                self.signed.insert(subject);
            }
            Some(Attached::Other) => {}
            None => {
                let tags = self.images.entry(tag.digest.to_string()).or_default();
                if tags.len() < TAGS {
                    tags.push(tag.name.to_string());
                }
            }
        }
    }

    fn end(&mut self, end: &IndexLine) {
        let images = std::mem::take(&mut self.images);
        let readable = std::mem::take(&mut self.readable);
        let signed = std::mem::take(&mut self.signed);
        let artifacts = std::mem::take(&mut self.artifacts);
        let (pull, mut doubts) = self.pull();
        let attributes = end.attributes.as_ref();
        let switch = attributes.map(|attributes| attributes.changeable_attributes.read_enabled);
        match switch {
            Some(Some(true) | Some(false)) => {}
            Some(None) => doubts.push("the registry did not say whether the repository may be read".to_owned()),
            None => doubts.push("the repository's own attributes were not read".to_owned()),
        }
        if end.completeness != Completeness::Complete {
            doubts.push(format!("the repository's inventory is {}", end.completeness.as_str()));
        }
        // What has a tag of its own is an image or was meant for people.
        let artifacts = artifacts.iter().filter(|digest| !images.contains_key(*digest)).count();
        if artifacts > 0 {
            doubts.push(format!(
                "{artifacts} artifacts of the repository may be signatures, and the inventory does not tell of which images"
            ));
        }
        for (digest, tags) in images {
            let own = readable.get(&digest).copied().flatten();
            if signed.contains(&digest) {
                self.answer.signed += 1;
            } else if pull == Verdict::Denied {
                self.answer.closed += 1;
            } else if switch == Some(Some(false)) || own == Some(false) {
                self.answer.locked += 1;
            } else if self.answer.images.len() == LISTED {
                self.answer.left_out += 1;
            } else {
                let mut why = doubts.clone();
                if own.is_none() {
                    why.push("the inventory does not say whether the manifest may be read".to_owned());
                }
                self.answer.images.push(Image {
                    repository: self.repository.clone(),
                    digest,
                    tags,
                    verdict: match why.is_empty() {
                        true => Verdict::Granted,
                        false => Verdict::Unknown,
                    },
                    why,
                });
            }
        }
    }

    /// Whether everybody may pull from the repository, and why that is not known.
    fn pull(&self) -> (Verdict, Vec<String>) {
        let names = [self.repository.clone()];
        let holders = Holders::new(self.access, &names);
        let mut principals = self.access.principals.iter();
        let anonymous = principals.find(|principal| principal.principal == ANONYMOUS);
        let found = anonymous.and_then(|principal| holder(principal, Action::Pull, holders.spot(&self.repository)));
        match found {
            None => (Verdict::Denied, Vec::new()),
            Some(found) if found.verdict == Verdict::Unknown => (Verdict::Unknown, found.reasons),
            Some(found) => (found.verdict, Vec::new()),
        }
    }
}

/// How the table names everybody who does not sign in.
const ANONYMOUS: &str = "anonymous";
