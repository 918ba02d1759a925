//! A snapshot that is interrupted, written down, and goes on, perhaps twice.

use std::collections::BTreeSet;

use acr_inventory::inventory::index::Chunks;
use acr_inventory::inventory::manifest::SnapshotManifest;
use acr_inventory::inventory::problem::Completeness;
use acr_inventory::snapshot::{
    Chunk, IndexReader, KnownChunks, Limits, Piece, RepositoryLines, Saved, SnapshotError, SnapshotWriter, publish,
};

use base64::Engine as _;

use super::round_trip::everything;
use super::walk::{Place, chunks, observe, patterns};
use super::world::{Repository, World, scramble};

/// Every repository's lines are read back as they are.
async fn assert_read(place: &Place, world: &World) {
    let read = everything(&place.open().await).await;
    let mut repositories = world.repositories.iter();
    assert!(repositories.all(|repository| read[&repository.name] == repository.text()));
}

/// Through what a checkpoint and its carry hold.
fn written_down(saved: &Saved) -> Saved {
    serde_json::from_slice(&serde_json::to_vec(saved).unwrap()).unwrap()
}

/// A run that begins again after every `every`th chunk, and each time once more from the same checkpoint: what the first
/// of the two does is lost.
async fn interrupted(place: &mut Place, world: &World, every: usize) -> SnapshotManifest {
    place.run += 1;
    let generation = place.generation();
    let base = place.base().cloned();
    let begin = || SnapshotWriter::begin(&place.store, &place.server, &generation, base.as_ref(), place.limits);
    let resume = |saved| {
        SnapshotWriter::resume(
            &place.store,
            &place.server,
            &generation,
            base.as_ref(),
            place.limits,
            saved,
        )
    };
    let mut writer = begin();
    let mut count = 0;
    for repository in &world.repositories {
        let mut known = None;
        if let Some(base) = &base {
            let mut index = IndexReader::new(&place.store, base);
            index.seek(&repository.name);
            known = index.find(&repository.name).await.unwrap();
        }
        let of_base = known.as_ref().map(|known| chunks(&known.line)).unwrap_or_default();
        let observed = observe(repository, &KnownChunks::new(of_base, writer.retiring()));
        for piece in &observed.pieces {
            writer.piece(piece.clone()).await.unwrap();
            count += 1;
            if count % every == 0 {
                let saved = writer.save().await.unwrap();
                let mut lost = resume(written_down(&saved)).await.unwrap();
                lost.piece(piece.clone()).await.unwrap();
                lost.save().await.unwrap();
                writer = resume(written_down(&saved)).await.unwrap();
                assert_eq!(writer.save().await.unwrap(), saved);
            }
        }
        let etag = Some("0x8DE".to_owned());
        let line = observed.line(repository.name.clone(), etag, Completeness::Complete, Vec::new(), None);
        writer.end(line, known.as_ref()).await.unwrap();
    }
    writer.finish(Completeness::Complete, None).await.unwrap()
}

#[tokio::test]
async fn an_interrupted_snapshot_is_the_one_that_it_would_have_been() {
    let limits = Limits {
        pack: 40 << 10,
        ..Limits::default()
    };
    let mut world = World::new(60, 4);
    // More than one chunk.
    world.repositories.push(Repository::new("zz/large", 600, 5_000_000));
    for every in [1, 13] {
        let mut place = Place::new(limits);
        let whole = interrupted(&mut place, &world, usize::MAX).await;
        let manifest = interrupted(&mut place, &world, every).await;
        assert_eq!(
            (manifest.totals, manifest.completeness),
            (whole.totals, whole.completeness)
        );
        assert_eq!(manifest.changed_bytes, whole.changed_bytes);
        // Names are used once: nothing of the one is in the other, nor of what was lost.
        let names = |manifest: &SnapshotManifest| {
            let packs = manifest.packs.iter().map(|pack| pack.name.clone());
            let segments = manifest.segments.iter().map(|segment| segment.name.clone());
            packs.chain(segments).collect::<BTreeSet<_>>()
        };
        assert!(names(&manifest).is_disjoint(&names(&whole)));
        place.current = Some(publish(&place.store, manifest).await.unwrap());
        assert_read(&place, &world).await;
        place.assert_proven().await;
        // Over the base that is there now, everything is known.
        let again = interrupted(&mut place, &world, every).await;
        assert_eq!((&again.packs, again.changed_bytes), (&place.base().unwrap().packs, 0));
        assert_eq!(again.segments, place.base().unwrap().segments);
    }
}

#[tokio::test]
async fn chunks_of_a_repository_that_has_to_be_observed_again_are_dead() {
    let (mut place, world) = (Place::new(Limits::default()), World::new(3, 5));
    place.run = 1;
    let generation = place.generation();
    let mut writer = SnapshotWriter::begin(&place.store, &place.server, &generation, None, place.limits);
    for repository in &world.repositories {
        let observed = observe(repository, &KnownChunks::default());
        for piece in observed.pieces.clone() {
            writer.piece(piece).await.unwrap();
        }
        writer.abandon();
        let line = observed.line(repository.name.clone(), None, Completeness::Complete, Vec::new(), None);
        writer.changed(line, observed.pieces, None).await.unwrap();
    }
    let manifest = writer.finish(Completeness::Complete, None).await.unwrap();
    assert_eq!((manifest.packs[0].lines, manifest.packs[0].alive), (60, 30));
    place.current = Some(publish(&place.store, manifest).await.unwrap());
    assert_read(&place, &world).await;
}

/// A line that gzip makes little of.
fn chunk(number: u64) -> Chunk {
    let random: Vec<u8> = (0..20_000)
        .flat_map(|n| scramble(number * 20_000 + n).to_le_bytes())
        .collect();
    let text = format!("{}\n", base64::prelude::BASE64_STANDARD.encode(random));
    Chunk {
        from: format!("v{number:04}"),
        lines: 1,
        sha256: acr_inventory::hash::sha256(text.as_bytes()),
        text,
    }
}

#[tokio::test]
async fn an_open_pack_travels_while_it_is_in_memory_and_is_closed_once_it_is_not() {
    let mut place = Place::new(Limits::default());
    place.run = 1;
    let generation = place.generation();
    let mut writer = SnapshotWriter::begin(&place.store, &place.server, &generation, None, place.limits);
    let mut saved = Vec::new();
    for number in 0..30 {
        writer.piece(Piece::New(chunk(number))).await.unwrap();
        if number % 15 == 14 {
            let value = writer.save().await.unwrap();
            saved.push((value.packs.len(), serde_json::to_vec(&value.carry).unwrap().len()));
        }
    }
    // 15 are 2.4 MB packed, 30 are more than what a writer keeps in memory.
    let [(closed, carry), (closed_later, carry_later)] = saved[..] else {
        panic!("{saved:?}");
    };
    assert!(
        closed == 0 && (2 << 20..6 << 20).contains(&carry),
        "{closed} closed, {carry} bytes"
    );
    assert!(
        closed_later == 1 && carry_later < 10_000,
        "{closed_later} closed, {carry_later} bytes"
    );
    assert_eq!(place.blobs("packs").len(), 1);
    // The repository has fewer chunks than have to be listed, and all of them are where it says.
    let line = observe(&World::new(1, 1).repositories[0], &KnownChunks::default());
    let name = acr_inventory::names::RepositoryName::parse("app").unwrap();
    let line = line.line(name.clone(), None, Completeness::Complete, Vec::new(), None);
    writer.end(line, None).await.unwrap();
    let manifest = writer.finish(Completeness::Complete, None).await.unwrap();
    place.current = Some(publish(&place.store, manifest).await.unwrap());
    let found = place.open().await.repository(&name).await.unwrap().unwrap();
    assert!(matches!(&found.line.chunks, Chunks::Here(chunks) if chunks.len() == 30));
    let text: String = (0..30).map(|number| chunk(number).text).collect();
    assert!(everything(&place.open().await).await[&name] == text.into_bytes());
}

#[tokio::test]
async fn a_snapshot_does_not_go_on_over_another_base() {
    let (mut place, mut world) = (Place::new(Limits::default()), World::new(20, 2));
    place.walk(&world, None).await;
    let base = place.base().unwrap().clone();
    let pushed = world.push(5, 1);
    place.walk(&world, Some(&pushed)).await;
    let other = place.base().unwrap().clone();
    place.run += 1;
    let generation = place.generation();
    let mut writer = SnapshotWriter::begin(&place.store, &place.server, &generation, Some(&base), place.limits);
    let known = IndexReader::new(&place.store, &base).next().await.unwrap().unwrap();
    writer.unchanged(&known).await.unwrap();
    let saved = writer.save().await.unwrap();
    for wrong in [None, Some(&other)] {
        let resumed = SnapshotWriter::resume(
            &place.store,
            &place.server,
            &generation,
            wrong,
            place.limits,
            saved.clone(),
        );
        assert!(matches!(resumed.await.unwrap_err(), SnapshotError::Misuse { .. }));
    }
    // Nor does it end with lines that are in packs of another one.
    let mut writer = SnapshotWriter::begin(&place.store, &place.server, &generation, None, place.limits);
    writer.kept(known.line.clone(), None).await.unwrap();
    let refused = writer.finish(Completeness::Complete, None).await.unwrap_err();
    assert!(matches!(refused, SnapshotError::Misuse { .. }));
}

#[test]
fn what_was_read_of_a_repository_goes_on_from_where_it_was_written_down() {
    let repository = Repository::new("app", 800, 0);
    let (patterns, known) = (patterns(), KnownChunks::default());
    let mut lines = RepositoryLines::default();
    for (at, line) in String::from_utf8(repository.text()).unwrap().lines().enumerate() {
        if at % 97 == 50 {
            lines = serde_json::from_slice(&serde_json::to_vec(&lines).unwrap()).unwrap();
        }
        lines.stored(line, &patterns, &known).unwrap();
    }
    let lines = lines.finish(&patterns, &known);
    assert!(lines.pieces.len() > 1);
    assert_eq!(lines, observe(&repository, &known));
}
