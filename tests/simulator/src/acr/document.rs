//! The JSON documents of `/acr/v1`, in the key order of the service.

use serde::Serialize;

use crate::world;

/// `GET /acr/v1/{name}`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Repository<'a> {
    pub(super) registry: &'a str,
    pub(super) image_name: &'a str,
    pub(super) created_time: &'a str,
    pub(super) last_update_time: &'a str,
    pub(super) manifest_count: usize,
    pub(super) tag_count: usize,
    pub(super) changeable_attributes: RepositorySwitches,
}

/// One list of one repository; `items` is `tags` or `manifests`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tags<'a> {
    pub(super) registry: &'a str,
    pub(super) image_name: &'a str,
    pub(super) tags: Vec<Tag<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneTag<'a> {
    pub(super) registry: &'a str,
    pub(super) image_name: &'a str,
    pub(super) tag: Tag<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifests<'a> {
    pub(super) registry: &'a str,
    pub(super) image_name: &'a str,
    pub(super) manifests: Vec<Manifest<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneManifest<'a> {
    pub(super) registry: &'a str,
    pub(super) image_name: &'a str,
    pub(super) manifest: Manifest<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tag<'a> {
    name: &'a str,
    digest: &'a str,
    created_time: &'a str,
    last_update_time: &'a str,
    signed: bool,
    changeable_attributes: Switches,
}

impl<'a> Tag<'a> {
    pub(super) fn new(name: &'a str, tag: &'a world::Tag) -> Self {
        Self {
            name,
            digest: &tag.digest,
            created_time: &tag.created,
            last_update_time: &tag.last_update,
            signed: false,
            changeable_attributes: Switches::from(tag.attributes),
        }
    }
}

/// What does not apply is absent, never null.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest<'a> {
    digest: &'a str,
    image_size: u64,
    created_time: &'a str,
    last_update_time: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    architecture: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    os: Option<&'a str>,
    media_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_media_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    changeable_attributes: ManifestSwitches<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<Reference<'a>>,
}

impl<'a> Manifest<'a> {
    pub(super) fn new(digest: &'a str, manifest: &'a world::Manifest, tags: Vec<&'a str>) -> Self {
        Self {
            digest,
            image_size: manifest.image_size,
            created_time: &manifest.created,
            last_update_time: &manifest.last_update,
            architecture: manifest.architecture.as_deref(),
            os: manifest.os.as_deref(),
            media_type: &manifest.media_type,
            config_media_type: manifest.config_media_type.as_deref(),
            tags,
            changeable_attributes: ManifestSwitches {
                switches: Switches::from(manifest.attributes),
                quarantine_state: manifest.quarantine_state.as_deref(),
                quarantine_details: manifest.quarantine_details.as_deref(),
            },
            references: Vec::new(),
        }
    }

    /// Adds the children of an index, which only the call for a single manifest shows.
    pub(super) fn with_references(mut self, manifest: &'a world::Manifest) -> Self {
        let references = manifest.references.iter().map(|child| Reference {
            digest: &child.digest,
            architecture: &child.architecture,
            os: &child.os,
        });
        self.references = references.collect();
        self
    }
}

#[derive(Serialize)]
pub(super) struct Reference<'a> {
    digest: &'a str,
    architecture: &'a str,
    os: &'a str,
}

/// `changeableAttributes` of tags; the others add to it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Switches {
    delete_enabled: bool,
    write_enabled: bool,
    read_enabled: bool,
    list_enabled: bool,
}

impl From<world::Attributes> for Switches {
    fn from(attributes: world::Attributes) -> Self {
        Self {
            delete_enabled: attributes.delete_enabled,
            write_enabled: attributes.write_enabled,
            read_enabled: attributes.read_enabled,
            list_enabled: attributes.list_enabled,
        }
    }
}

/// `changeableAttributes` of manifests may have two more.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ManifestSwitches<'a> {
    #[serde(flatten)]
    switches: Switches,
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantine_state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantine_details: Option<&'a str>,
}

/// `changeableAttributes` of repositories have one more.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RepositorySwitches {
    #[serde(flatten)]
    pub(super) switches: Switches,
    pub(super) teleport_enabled: bool,
}
