//! A manifest itself, by its digest: what no list says. Needs the right to pull, which the lists do not.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::auth::Access;
use super::client::RegistryClient;
use super::error::object;
use super::tags::text;
use crate::azure::Failure;
use crate::hash::sha256;
use crate::inventory::content::{Child, Platform};
use crate::inventory::problem_code::ProblemCode;
use crate::names::{Digest, RepositoryName};

/// Largest manifest that registries take (OCI distribution specification), bytes.
const MANIFEST_CAP: usize = 4 << 20;
/// An index that refers to more is not one that anybody pushed for people.
const CHILDREN_CAP: usize = 10_000;
/// Both formats of an index.
const ACCEPT: &str =
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json";
/// The annotations that tell an attestation from an image (BuildKit, "Image attestation storage").
const ANNOTATIONS: [&str; 2] = ["vnd.docker.reference.type", "vnd.docker.reference.digest"];

impl RegistryClient {
    /// What a multi-platform index refers to. The body is held against its digest: nothing else can stand under it.
    pub async fn index_children(
        &self,
        access: &Access,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Vec<Child>, Failure> {
        let path = format!("/v2/{repository}/manifests/{digest}");
        let target = || format!("GET {}{path}", self.login_server);
        let reply = self.get_manifest(access, &path, ACCEPT, MANIFEST_CAP).await?;
        if sha256(&reply.body) != digest.as_str() {
            let detail = "the answer does not hash to its digest";
            return Err(Failure::invalid(target(), ProblemCode::DigestMismatch, detail));
        }
        parse_index(&reply.body).map_err(|detail| Failure::invalid(target(), ProblemCode::Malformed, detail))
    }
}

/// Reads an index of either format.
pub fn parse_index(body: &[u8]) -> Result<Vec<Child>, String> {
    #[derive(Deserialize)]
    struct Index<'a> {
        #[serde(borrow)]
        manifests: Vec<Descriptor<'a>>,
    }
    let index: Index = object(body)?;
    if index.manifests.len() > CHILDREN_CAP {
        return Err(format!("it refers to more than {CHILDREN_CAP} manifests"));
    }
    index.manifests.into_iter().map(Descriptor::child).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    #[serde(borrow)]
    digest: Cow<'a, str>,
    #[serde(borrow)]
    media_type: Option<Cow<'a, str>>,
    size: Option<u64>,
    #[serde(borrow)]
    platform: Option<WirePlatform<'a>>,
    #[serde(borrow)]
    annotations: Option<BTreeMap<Cow<'a, str>, Cow<'a, str>>>,
}

#[derive(Deserialize)]
struct WirePlatform<'a> {
    #[serde(borrow)]
    os: Option<Cow<'a, str>>,
    #[serde(borrow)]
    architecture: Option<Cow<'a, str>>,
    #[serde(borrow)]
    variant: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "os.version")]
    os_version: Option<Cow<'a, str>>,
}

impl Descriptor<'_> {
    fn child(self) -> Result<Child, String> {
        let platform = |platform: WirePlatform<'_>| {
            Ok::<_, String>(Platform {
                os: text(platform.os)?,
                architecture: text(platform.architecture)?,
                variant: text(platform.variant)?,
                os_version: text(platform.os_version)?,
            })
        };
        let mut annotations = BTreeMap::new();
        for (name, value) in self.annotations.into_iter().flatten() {
            if ANNOTATIONS.contains(&name.as_ref())
                && let Some(value) = text(Some(value))?
            {
                annotations.insert(name.into_owned(), value);
            }
        }
        Ok(Child {
            digest: Digest::parse(&self.digest).map_err(|error| error.to_string())?,
            media_type: text(self.media_type)?,
            size: self.size,
            platform: self.platform.map(platform).transpose()?,
            annotations,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::parse_index;

    #[test]
    fn reads_what_buildx_pushes() {
        let digest = |digit: char| format!("sha256:{}", digit.to_string().repeat(64));
        let body = serde_json::json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [
                {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest('a'), "size": 1_200,
                 "platform": {"architecture": "arm", "os": "linux", "variant": "v7"}},
                {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest('b'), "size": 840,
                 "annotations": {"vnd.docker.reference.digest": digest('a'), "vnd.docker.reference.type": "attestation-manifest", "com.example": "x"},
                 "platform": {"architecture": "unknown", "os": "unknown"}},
            ],
        });
        let children = parse_index(body.to_string().as_bytes()).unwrap();
        let variant = children[0]
            .platform
            .as_ref()
            .and_then(|platform| platform.variant.as_deref());
        assert_eq!(variant, Some("v7"));
        assert_eq!(children[1].annotations.len(), 2, "{children:?}");
        assert_eq!(children[1].size, Some(840));
    }

    #[test]
    fn refuses_what_is_no_index() {
        for body in [
            "[]",
            "{}",
            r#"{"manifests":null}"#,
            r#"{"manifests":[{"digest":"latest"}]}"#,
        ] {
            assert!(parse_index(body.as_bytes()).is_err(), "{body}");
        }
        assert_eq!(parse_index(br#"{"manifests":[]}"#), Ok(Vec::new()));
    }
}
