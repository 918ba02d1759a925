//! Who the principals are beside their ids: names from Microsoft Graph where it was asked, and what they work for where a
//! resource id tells.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::read::read;
use super::registry::Reads;
use crate::access::principal::Workload;
use crate::azure::graph::{DirectoryObject, Graph};
use crate::inventory::audit::Gap;
pub use crate::inventory::audit::Identity;
use crate::posture::evidence::{Missing, Read};

/// The role of the directory that lets an identity read names.
const ROLE: &str = "Directory Readers";

/// The principals of one registry. Ids in lower case.
#[derive(Debug, Clone, Default)]
pub struct Identities {
    /// Those that the directory has, of all that were asked for.
    directory: Read<HashMap<String, DirectoryObject>>,
    /// Resource ids that the assignments themselves name.
    resources: HashMap<String, String>,
}

impl Identities {
    /// What the reads themselves tell.
    pub fn of(reads: &Reads) -> Self {
        let assignments = assignments(reads);
        let named = assignments.filter_map(|(id, resource)| Some((id.to_owned(), resource?.to_owned())));
        Self {
            directory: Read::NotAsked {
                why: "Microsoft Graph is not asked".to_owned(),
            },
            resources: named.collect(),
        }
    }

    /// The same with what Graph says, where it is to be asked: one request for every hundred principals.
    pub async fn asked(graph: Option<&Graph>, reads: &Reads) -> Self {
        let Some(graph) = graph else {
            return Self::of(reads);
        };
        let ids: BTreeSet<&str> = assignments(reads).map(|(id, _)| id).collect();
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        let outcome = graph.objects(&ids).await.map(|objects| {
            let by_id = objects.into_iter().map(|object| (object.id.to_lowercase(), object));
            by_id.collect()
        });
        Self {
            directory: read(outcome, Graph::VERSION, Graph::PERMISSION),
            ..Self::of(reads)
        }
    }

    /// One of them.
    pub fn identity(&self, principal: &str) -> Identity {
        let object = self.object(principal);
        let resource = self.resources.get(principal).map(String::as_str);
        let resource = resource.or_else(|| object.and_then(DirectoryObject::resource_id));
        Identity {
            name: object.and_then(|object| object.display_name.as_deref()).map(printable),
            workload: resource.and_then(|id| Workload::of_resource(id, None)),
            resource: resource.map(str::to_owned),
        }
    }

    /// Those of whom more is known than the id.
    pub fn known(&self) -> BTreeMap<String, Identity> {
        let directory = match &self.directory {
            Read::Known { value, .. } => Some(value.keys()),
            _ => None,
        };
        let ids = directory.into_iter().flatten().chain(self.resources.keys());
        let known = ids.map(|id| (id.clone(), self.identity(id)));
        known.filter(|(_, identity)| *identity != Identity::default()).collect()
    }

    /// Why there are ids only, where Graph was asked and did not tell.
    pub fn gap(&self) -> Option<Gap> {
        let (why, permission) = match self.directory.missing()? {
            Missing::NotAsked(_) => return None,
            Missing::Refused(permission) => (
                "refused by Microsoft Graph, so there are ids only".to_owned(),
                Some(permission),
            ),
            Missing::Failed(reason) => (format!("failed, so there are ids only: {reason}"), None),
        };
        Some(Gap {
            what: "the names of principals".to_owned(),
            why,
            permission: permission.map(str::to_owned),
            role: permission.map(|_| ROLE.to_owned()),
            rules: ["managed-identity-preferred", "no-deleted-principal"]
                .map(str::to_owned)
                .to_vec(),
        })
    }

    /// What Graph says of a principal that it was asked for.
    pub(super) fn object(&self, principal: &str) -> Option<&DirectoryObject> {
        match &self.directory {
            Read::Known { value, .. } => value.get(principal),
            _ => None,
        }
    }

    /// How the question to Graph ended, with another value.
    pub(super) fn told<T>(&self, value: T) -> Read<T> {
        self.directory.map(|_| value)
    }
}

/// A name that can be shown: whoever may name an object of the directory writes no control characters on a terminal.
fn printable(name: &str) -> String {
    const LONGEST: usize = 256;
    let shown = name.chars().take(LONGEST);
    shown
        .map(|letter| {
            if letter.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                letter
            }
        })
        .collect()
}

/// Principal and the resource id that its assignment names, of every assignment.
fn assignments(reads: &Reads) -> impl Iterator<Item = (&str, Option<&str>)> {
    let items = match &reads.role_assignments {
        Read::Known { value, .. } => value.items.as_slice(),
        _ => &[],
    };
    items.iter().map(|found| {
        let resource = found.delegated_managed_identity.as_deref();
        (found.principal_id.as_str(), resource)
    })
}
