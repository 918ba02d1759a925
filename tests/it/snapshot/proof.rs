//! One flipped bit in any blob below the pointer is found, and the blob is named.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use acr_inventory::inventory::manifest::SnapshotManifest;
use acr_inventory::inventory::problem::Completeness;
use acr_inventory::snapshot::{Depth, Limits, Pointed, SnapshotError, Verified, publish, verify};
use acr_inventory::store::{BlobKey, Condition};
use proptest::test_runner::{Config, TestRunner};

use super::round_trip::everything;
use super::walk::Place;
use super::world::{Repository, World, scramble};

/// Two runs, so that there are packs with dead lines in them, and a repository whose chunks are listed.
async fn place() -> (World, Place) {
    let mut world = World::new(24, 3);
    let mut place = Place::new(Limits {
        pack: 12 << 10,
        ..Limits::default()
    });
    world.repositories.push(Repository::new("zz/large", 400, 5_000_000));
    place.walk(&world, None).await;
    let pushed = world.push(8, 1);
    place.walk(&world, Some(&pushed)).await;
    (world, place)
}

fn path(place: &Place, name: &str) -> PathBuf {
    place
        .folder
        .path()
        .join("v2/registries")
        .join(place.server.as_str())
        .join(name)
}

async fn verified(place: &Place, depth: Depth) -> Verified {
    verify(&place.store, &place.server, Pointed::from(place.pointer()), depth)
        .await
        .unwrap()
}

/// The blobs that the current snapshot consists of.
fn blobs(place: &Place) -> Vec<String> {
    let manifest = place.base().unwrap();
    let segments = manifest
        .segments
        .iter()
        .map(|segment| format!("index/{}.ndjson.gz", segment.name));
    let packs = manifest
        .packs
        .iter()
        .map(|pack| format!("packs/{}.ndjson.gz", pack.name));
    let own = format!("snapshots/{}.json", manifest.generation);
    segments.chain(packs).chain([own]).collect()
}

#[test]
fn one_flipped_bit_in_any_blob_is_found_and_named() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (_, place) = runtime.block_on(place());
    let whole = runtime.block_on(verified(&place, Depth::Packs));
    assert_eq!(whole.findings, BTreeSet::new());
    let manifest = place.base().unwrap();
    assert_eq!((whole.repositories, whole.packs), (25, manifest.packs.len() as u64));
    let blobs = blobs(&place);
    assert!(manifest.packs.len() > 2 && manifest.packs.iter().any(|pack| pack.alive < pack.lines));
    let mut runner = TestRunner::new_with_rng(
        Config::with_cases(60),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let flip = (
        0..blobs.len(),
        proptest::prelude::any::<proptest::sample::Index>(),
        0u8..8,
    );
    let result = runner.run(&flip, |(blob, at, bit)| {
        let (name, path) = (&blobs[blob], path(&place, &blobs[blob]));
        let bytes = std::fs::read(&path).unwrap();
        let mut flipped = bytes.clone();
        flipped[at.index(bytes.len())] ^= 1 << bit;
        std::fs::write(&path, &flipped).unwrap();
        let found = runtime.block_on(verified(&place, Depth::Packs));
        std::fs::write(&path, &bytes).unwrap();
        let named: BTreeSet<&str> = found.findings.iter().map(|finding| finding.blob.as_str()).collect();
        let expected = format!("v2/registries/{}/{name}", place.server);
        proptest::prop_assert_eq!(named, BTreeSet::from([expected.as_str()]));
        Ok(())
    });
    result.unwrap();
}

#[tokio::test]
async fn a_bit_that_gzip_does_not_look_at_is_found_too() {
    let (_, place) = place().await;
    for name in blobs(&place).into_iter().filter(|name| name.ends_with(".gz")) {
        let path = path(&place, &name);
        let bytes = std::fs::read(&path).unwrap();
        let mut flipped = bytes.clone();
        // The time in the header of the first member.
        flipped[4] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        let found = verified(&place, Depth::Packs).await;
        std::fs::write(&path, &bytes).unwrap();
        let named: Vec<&str> = found.findings.iter().map(|finding| finding.blob.as_str()).collect();
        assert_eq!(named, [format!("v2/registries/{}/{name}", place.server)]);
    }
}

#[tokio::test]
async fn lines_that_somebody_packed_anew_are_not_handed_over() {
    let (world, place) = place().await;
    let snapshot = place.open().await;
    let base = snapshot.index().next().await.unwrap().unwrap();
    let chunk = super::walk::chunks(&base.line).remove(0);
    let mut packs = snapshot.manifest().packs.iter();
    let pack = packs.find(|pack| pack.number == chunk.place.pack).unwrap();
    let path = path(&place, &format!("packs/{}.ndjson.gz", pack.name));
    let mut bytes = std::fs::read(&path).unwrap();
    let offset = usize::try_from(chunk.place.offset).unwrap();
    let member = offset..offset + chunk.place.length as usize;
    let mut text = String::new();
    flate2::read::GzDecoder::new(&bytes[member.clone()])
        .read_to_string(&mut text)
        .unwrap();
    // Another digest, which is shorter when it is packed; a comment makes up for it.
    let first = world.repositories[0].manifests().remove(0).digest.to_string();
    let forged = text.replacen(&first, &format!("sha256:{}", "0".repeat(64)), 1);
    assert_ne!(forged, text);
    let packed = |comment: usize| {
        let builder = flate2::GzBuilder::new().comment("x".repeat(comment));
        let mut encoder = builder.write(Vec::new(), flate2::Compression::new(6));
        encoder.write_all(forged.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let missing = member.len() - packed(0).len();
    bytes.splice(member, packed(missing));
    std::fs::write(&path, &bytes).unwrap();
    let refused = snapshot.lines(&base).next_lines().await.unwrap_err();
    let name = format!("v2/registries/{}/packs/{}.ndjson.gz", place.server, pack.name);
    assert!(
        matches!(&refused, SnapshotError::Altered { blob } if *blob == name),
        "{refused}"
    );
}

#[tokio::test]
async fn what_is_cut_off_longer_or_gone_is_found_and_named() {
    let (_, place) = place().await;
    for name in blobs(&place) {
        let path = path(&place, &name);
        let bytes = std::fs::read(&path).unwrap();
        let expected = format!("v2/registries/{}/{name}", place.server);
        let longer = [bytes.as_slice(), b"\n"].concat();
        for changed in [Some(&bytes[..bytes.len() - 1]), Some(longer.as_slice()), None] {
            match changed {
                Some(changed) => std::fs::write(&path, changed).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            let found = verified(&place, Depth::Packs).await;
            let named: BTreeSet<&str> = found.findings.iter().map(|finding| finding.blob.as_str()).collect();
            assert_eq!(named, BTreeSet::from([expected.as_str()]), "{found:?}");
            std::fs::write(&path, &bytes).unwrap();
        }
    }
}

#[tokio::test]
async fn a_reader_never_hands_over_what_was_altered() {
    let (world, place) = place().await;
    let packs = blobs(&place).into_iter().filter(|name| name.starts_with("packs/"));
    for name in packs {
        let path = path(&place, &name);
        let bytes = std::fs::read(&path).unwrap();
        for seed in 0..6 {
            let mut flipped = bytes.clone();
            let at = usize::try_from(scramble(seed) % bytes.len() as u64).unwrap();
            flipped[at] ^= 4;
            std::fs::write(&path, &flipped).unwrap();
            let snapshot = place.open().await;
            let mut reader = snapshot.everything();
            while let Some(base) = reader.next_repository().await.unwrap() {
                let repository = world
                    .repositories
                    .iter()
                    .find(|repository| repository.name == base.line.repository);
                let (mut text, mut is_whole) = (Vec::new(), true);
                loop {
                    match reader.next_lines().await {
                        Ok(Some(lines)) => text.extend_from_slice(&lines),
                        Ok(None) => break,
                        Err(error) => {
                            assert_eq!(
                                error.blob(),
                                Some(format!("v2/registries/{}/{name}", place.server).as_str())
                            );
                            is_whole = false;
                        }
                    }
                }
                assert!(
                    !is_whole || text == repository.unwrap().text(),
                    "{}",
                    base.line.repository
                );
            }
        }
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(everything(&place.open().await).await.len(), 25);
}

/// The current snapshot with another manifest, which its pointer proves.
async fn with(place: &mut Place, change: impl FnOnce(&mut SnapshotManifest)) -> Vec<String> {
    let mut manifest = place.base().unwrap().clone();
    place.run += 1;
    manifest.generation = place.generation();
    change(&mut manifest);
    place.current = Some(publish(&place.store, manifest).await.unwrap());
    let found = verified(place, Depth::Index).await;
    found
        .findings
        .into_iter()
        .map(|finding| format!("{} {}", finding.blob, finding.what))
        .collect()
}

#[tokio::test]
async fn what_does_not_follow_from_the_lines_is_found_although_every_hash_is_right() {
    let (_, mut place) = place().await;
    assert_eq!(with(&mut place, |_| {}).await, Vec::<String>::new());
    let whole = place.base().unwrap().clone();
    type Change = fn(&mut SnapshotManifest);
    let changes: [(Change, &str); 7] = [
        (|manifest| manifest.totals.tags += 1, "its totals are not"),
        (|manifest| manifest.incomplete_repositories = 1, "its totals are not"),
        (
            |manifest| manifest.completeness = Completeness::Partial,
            "its completeness does not",
        ),
        (
            |manifest| manifest.catalog = Completeness::Partial,
            "its completeness does not",
        ),
        (|manifest| manifest.packs[0].alive += 1, "what is alive"),
        (|manifest| manifest.segments[0].lines += 1, "its lines are not those"),
        (|manifest| drop(manifest.packs.pop()), "is in no pack"),
    ];
    for (change, expected) in changes {
        let found = with(&mut place, change).await;
        assert!(
            found.iter().any(|found| found.contains(expected)),
            "{expected}: {found:?}"
        );
        place.current.as_mut().unwrap().0 = whole.clone();
    }
}

#[tokio::test]
async fn a_line_that_says_something_else_than_its_lines_is_found() {
    use acr_inventory::hash::sha256;
    use acr_inventory::inventory::index::IndexLine;
    use acr_inventory::inventory::used_once::UsedOnce;
    let (_, mut place) = place().await;
    let whole = place.base().unwrap().clone();
    let mut lines: Vec<IndexLine> = Vec::new();
    let mut index = place.open().await.index();
    while let Some(base) = index.next().await.unwrap() {
        lines.push(base.line);
    }
    type Change = fn(&mut IndexLine);
    let changes: [(Change, &str); 6] = [
        (|line| line.state_hash = "sha256:other".to_owned(), "the state hash of"),
        (|line| line.completeness = Completeness::Partial, "the state hash of"),
        (|line| line.summary.images += 1, "its summary is not"),
        (
            |line| line.summary.patterns = vec!["*".to_owned()],
            "its summary is not",
        ),
        (|line| line.bytes += 1, "its counts are not"),
        (|line| line.indexes += 1, "its counts are not"),
    ];
    for (change, expected) in changes {
        let mut lines = lines.clone();
        change(&mut lines[3]);
        let mut text = Vec::new();
        lines
            .iter()
            .for_each(|line| acr_inventory::inventory::encode_line(line, &mut text));
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&text).unwrap();
        let bytes = encoder.finish().unwrap();
        place.run += 1;
        let mut manifest = whole.clone();
        manifest.generation = place.generation();
        manifest.segments.truncate(1);
        let segment = &mut manifest.segments[0];
        segment.name = UsedOnce::new(&manifest.generation);
        (segment.sha256, segment.size, segment.lines) = (sha256(&bytes), bytes.len() as u64, 25);
        let key = BlobKey::Index(place.server.clone(), segment.name.clone());
        place.store.write(&key, bytes, Condition::Always).await.unwrap();
        place.current = Some(publish(&place.store, manifest).await.unwrap());
        let found = verified(&place, Depth::Packs).await;
        let named = |finding: &acr_inventory::snapshot::Finding| {
            finding.blob == key.to_string() && finding.what.contains(expected)
        };
        assert!(found.findings.iter().any(named), "{expected}: {found:?}");
    }
}
