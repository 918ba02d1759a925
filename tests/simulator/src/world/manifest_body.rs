//! The bytes of a manifest: those that were pushed, or made up from its metadata.

use bytes::Bytes;
use serde_json::{Value, json};

use super::Manifest;
use super::mutate::sha256_digest;
use super::seed::OCI_MANIFEST;

impl Manifest {
    /// What `GET /v2/{name}/manifests/{digest}` answers.
    pub fn body(&self) -> Bytes {
        match &self.content {
            Some(content) => content.clone(),
            None => made_up(self).to_string().into(),
        }
    }
}

fn made_up(manifest: &Manifest) -> Value {
    if manifest.references.is_empty() {
        let config = manifest
            .config_media_type
            .as_deref()
            .unwrap_or("application/vnd.oci.empty.v1+json");
        let empty = sha256_digest(b"{}");
        return json!({
            "schemaVersion": 2, "mediaType": manifest.media_type,
            "config": {"mediaType": config, "size": 2, "digest": empty}, "layers": [],
        });
    }
    let children = manifest.references.iter().map(|child| {
        let platform = json!({"architecture": child.architecture, "os": child.os});
        let mut descriptor =
            json!({"mediaType": OCI_MANIFEST, "digest": child.digest, "size": 1_480, "platform": platform});
        if let Some(image) = &child.attests {
            descriptor["annotations"] = json!({
                "vnd.docker.reference.digest": image, "vnd.docker.reference.type": "attestation-manifest",
            });
        }
        descriptor
    });
    json!({"schemaVersion": 2, "mediaType": manifest.media_type, "manifests": children.collect::<Vec<_>>()})
}
