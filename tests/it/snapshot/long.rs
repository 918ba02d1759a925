//! A repository with more chunks than stand in its line.

use acr_inventory::inventory::encode_line;
use acr_inventory::inventory::index::Chunks;
use acr_inventory::inventory::problem::Completeness;
use acr_inventory::inventory::repository::{ChangeableAttributes, ManifestRecord, TagRecord};
use acr_inventory::snapshot::{IndexReader, KnownChunks, Limits, RepositoryLines, SnapshotWriter, publish};

use super::round_trip::everything;
use super::walk::{Place, patterns};
use super::world::Repository;

/// What a registry says of an image at the least, or at the most.
#[derive(Clone, Copy)]
enum Lines {
    Short,
    Full,
}

impl Lines {
    fn of(self, repository: &Repository) -> (Vec<ManifestRecord>, Vec<TagRecord>) {
        let (mut manifests, mut tags) = (repository.manifests(), repository.tags());
        if let Self::Short = self {
            for manifest in &mut manifests {
                *manifest = ManifestRecord {
                    digest: manifest.digest.clone(),
                    media_type: None,
                    config_media_type: None,
                    image_size: None,
                    created_time: None,
                    last_update_time: None,
                    architecture: None,
                    os: None,
                    changeable_attributes: ChangeableAttributes::default(),
                };
            }
            for tag in &mut tags {
                tag.created_time = None;
                tag.last_update_time = None;
                tag.changeable_attributes = ChangeableAttributes::default();
            }
        }
        (manifests, tags)
    }
}

/// A run over one repository, whose chunks go into the snapshot while it is read.
async fn run(place: &mut Place, repository: &Repository, lines: Lines) -> Vec<u8> {
    place.run += 1;
    let generation = place.generation();
    let base = place.base().cloned();
    let mut writer = SnapshotWriter::begin(&place.store, &place.server, &generation, base.as_ref(), place.limits);
    let (mut known, mut of_base) = (KnownChunks::default(), None);
    if let Some(base) = &base {
        of_base = IndexReader::new(&place.store, base).next().await.unwrap();
        let snapshot = place.open().await;
        let references = snapshot.references(of_base.as_ref().unwrap()).await.unwrap();
        known = KnownChunks::new(references, writer.retiring());
    }
    let ((manifests, tags), mut text) = (lines.of(repository), Vec::new());
    let (patterns, mut lines, mut most) = (patterns(), RepositoryLines::default(), 0);
    for record in manifests {
        let line = serde_json::to_string(&record).unwrap();
        encode_line(&record, &mut text);
        lines.manifest(&record, &line, &known);
        most = most.max(lines.text_held() + lines.digests_held());
        for piece in lines.take_pieces() {
            writer.piece(piece).await.unwrap();
        }
    }
    for record in tags {
        let line = serde_json::to_string(&record).unwrap();
        encode_line(&record, &mut text);
        lines.tag(&record, &line, &patterns, &known);
    }
    let mut observed = lines.finish(&patterns, &known);
    for piece in std::mem::take(&mut observed.pieces) {
        writer.piece(piece).await.unwrap();
    }
    let line = observed.line(repository.name.clone(), None, Completeness::Complete, Vec::new(), None);
    writer.end(line, of_base.as_ref()).await.unwrap();
    let manifest = writer.finish(Completeness::Complete, None).await.unwrap();
    place.current = Some(publish(&place.store, manifest).await.unwrap());
    // A chunk and 16 bytes a digest, whatever its length.
    assert!(most < (1 << 20) + 64 * repository.images.len(), "{most}");
    text
}

/// Bytes kept by a run that moves one tag of a repository of so many tags.
async fn one_tag_moved(tags: u64, lines: Lines) -> u64 {
    let mut place = Place::new(Limits::default());
    let mut repository = Repository::new("long", tags, 0);
    run(&mut place, &repository, lines).await;
    let first = place.base().unwrap().clone();
    let before = place.all_blobs();
    repository.push(usize::try_from(tags / 3).unwrap(), 90_000_000);
    let text = run(&mut place, &repository, lines).await;
    let kept: u64 = place.blobs_since(&before).values().sum();
    let snapshot = place.open().await;
    let base = snapshot.repository(&repository.name).await.unwrap().unwrap();
    let Chunks::Listed(list) = &base.line.chunks else {
        panic!("{} lines stand in the line", 2 * tags);
    };
    let in_packs: u64 = list.packs.iter().map(|(_, lines)| lines).sum();
    assert_eq!(in_packs, 2 * tags + 1);
    // A manifest that comes, a line that changes: three chunks at the most, but for a forced cut.
    let is_old = |number: &u32| first.packs.iter().any(|pack| pack.number == *number);
    let written: u64 = list
        .packs
        .iter()
        .filter(|(pack, _)| !is_old(pack))
        .map(|(_, lines)| lines)
        .sum();
    assert!((1..4_000).contains(&written), "{written}");
    assert!(everything(&snapshot).await[&repository.name] == text);
    place.assert_proven().await;
    // And a run that changes nothing writes nothing but the manifest.
    let before = place.all_blobs();
    run(&mut place, &repository, lines).await;
    assert_eq!(place.all_blobs().len(), before.len() + 1);
    kept
}

#[tokio::test]
async fn one_tag_that_moved_costs_its_chunks_and_the_list_of_them() {
    let kept = one_tag_moved(18_000, Lines::Short).await;
    assert!(kept < 256 << 10, "{kept}");
}

#[tokio::test]
#[ignore = "300,000 lines: for a build that is optimised"]
async fn one_tag_that_moved_among_three_hundred_thousand_lines_costs_half_a_mebibyte() {
    let kept = one_tag_moved(150_000, Lines::Full).await;
    println!("{kept} bytes");
    assert!(kept <= 512 << 10, "{kept}");
}
