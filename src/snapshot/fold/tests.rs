//! Lines of repositories, summed up.

use proptest::prelude::{any, prop, prop_assert_eq, proptest};

use super::{SummaryFold, TagPatterns};
use crate::inventory::index::Summary;
use crate::inventory::repository::{ChangeableAttributes, ManifestRecord, TagRecord};
use crate::names::{Digest, Tag};

const IMAGE: &str = "application/vnd.oci.image.config.v1+json";
const NOTATION: &str = "application/vnd.cncf.notary.signature";

fn digest(n: u8) -> Digest {
    Digest::parse(&format!("sha256:{}", format!("{n:02x}").repeat(32))).unwrap()
}

fn manifest(n: u8, config: &str, write: Option<bool>, read: Option<bool>) -> ManifestRecord {
    ManifestRecord {
        digest: digest(n),
        media_type: None,
        config_media_type: Some(config.to_owned()),
        image_size: None,
        created_time: None,
        last_update_time: None,
        architecture: None,
        os: None,
        changeable_attributes: ChangeableAttributes {
            write_enabled: write,
            read_enabled: read,
            ..ChangeableAttributes::default()
        },
    }
}

fn tag(name: &str, n: u8, write: Option<bool>) -> TagRecord {
    TagRecord {
        name: Tag::parse(name).unwrap(),
        digest: digest(n),
        created_time: None,
        last_update_time: None,
        signed: None,
        changeable_attributes: ChangeableAttributes {
            write_enabled: write,
            ..ChangeableAttributes::default()
        },
    }
}

fn patterns(texts: &[&str]) -> TagPatterns {
    TagPatterns::new(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
}

fn sum(manifests: &[ManifestRecord], tags: &[TagRecord], patterns: &TagPatterns) -> Summary {
    let mut fold = SummaryFold::default();
    manifests.iter().for_each(|manifest| fold.manifest(manifest));
    tags.iter().for_each(|tag| fold.tag(tag, patterns));
    fold.finish(patterns)
}

#[test]
fn locks_images_and_signatures_are_counted() {
    let (on, off) = (Some(true), Some(false));
    let manifests = [
        manifest(1, IMAGE, on, on),
        manifest(2, IMAGE, off, on),
        manifest(3, NOTATION, on, on),
        manifest(4, IMAGE, on, on),
        manifest(5, IMAGE, None, off),
        manifest(6, IMAGE, None, None),
        manifest(7, IMAGE, None, off),
        manifest(8, NOTATION, on, on),
    ];
    let signature = |n: u8, kind: &str| format!("sha256-{}{kind}", format!("{n:02x}").repeat(32));
    let tags = [
        tag("latest", 1, on),
        tag("notes", 8, on),
        tag(&signature(1, ".sig"), 4, on),
        tag(&signature(2, ".att"), 4, on),
        tag("v1", 1, on),
        tag("v2", 2, on),
        tag("v3", 1, off),
        tag("v4", 5, None),
        tag("v5", 6, on),
        tag("v5-again", 6, on),
        // Its manifest is in no list.
        tag("v6", 9, on),
    ];
    let found = sum(&manifests, &tags, &patterns(&["v*", "[", "prod"]));
    let expected = Summary {
        patterns: ["v*", "[", "prod"].map(str::to_owned).to_vec(),
        locked: 2,
        unlocked: 5,
        unlocked_examples: ["v1", "v4", "v5", "v5-again", "v6"].map(str::to_owned).to_vec(),
        images: 6,
        signed: 1,
        unattributed: 1,
        unsigned_examples: ["notes", "v2", "v4", "v5", "v6"].map(str::to_owned).to_vec(),
        unsigned_unreadable: 1,
        unsigned_unsaid: 2,
    };
    assert_eq!(found, expected);
    assert!(patterns(&["v*", "[", "prod"]).made(&found));
    assert!(!patterns(&["v*"]).made(&found));
    let none = sum(&manifests, &tags, &patterns(&[]));
    assert_eq!((none.locked, none.unlocked), (0, 0));
}

#[test]
fn examples_are_the_first_five() {
    let tags: Vec<TagRecord> = (0..100).map(|n| tag(&format!("v{n:03}"), n, None)).collect();
    let found = sum(&[], &tags, &patterns(&["*"]));
    let first = ["v000", "v001", "v002", "v003", "v004"];
    assert_eq!(
        (found.unlocked_examples, found.unsigned_examples),
        (first.map(str::to_owned).to_vec(), first.map(str::to_owned).to_vec())
    );
}

proptest! {
    #[test]
    fn a_fold_that_was_written_down_goes_on_as_it_would_have(
        manifests in prop::collection::vec((any::<u8>(), any::<bool>(), any::<Option<bool>>(), any::<Option<bool>>()), 0..30),
        tags in prop::collection::vec((any::<u8>(), any::<bool>(), any::<Option<bool>>()), 0..30),
        stop in any::<prop::sample::Index>(),
    ) {
        let patterns = patterns(&["v?0*"]);
        let manifests: Vec<_> = manifests.into_iter()
            .map(|(n, signs, write, read)| manifest(n, if signs { NOTATION } else { IMAGE }, write, read)).collect();
        let tags: Vec<_> = tags.into_iter().enumerate().map(|(at, (n, signs, write))| match signs {
            true => tag(&format!("sha256-{}.sig", format!("{n:02x}").repeat(32)), n, write),
            false => tag(&format!("v{at:02}"), n, write),
        }).collect();
        let stop = stop.index(manifests.len() + tags.len() + 1);
        let mut fold = SummaryFold::default();
        let through = |fold: &mut SummaryFold, at| if at == stop {
            *fold = serde_json::from_str(&serde_json::to_string(&*fold).unwrap()).unwrap();
        };
        for (at, manifest) in manifests.iter().enumerate() {
            through(&mut fold, at);
            fold.manifest(manifest);
        }
        for (at, tag) in tags.iter().enumerate() {
            through(&mut fold, manifests.len() + at);
            fold.tag(tag, &patterns);
        }
        prop_assert_eq!(fold.finish(&patterns), sum(&manifests, &tags, &patterns));
    }
}
