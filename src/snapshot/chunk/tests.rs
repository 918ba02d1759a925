//! Cutting is a function of the lines, and forgets what lies far behind.

use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

use super::super::cut::begins_with;
use super::{Chunk, Chunker, EVERY, MOST};

fn cut(lines: &[(String, String)]) -> Vec<Chunk> {
    let mut chunker = Chunker::default();
    let mut chunks: Vec<Chunk> = lines.iter().filter_map(|(key, line)| chunker.push(key, line)).collect();
    chunks.extend(chunker.take());
    chunks
}

fn text(lines: &[(String, String)]) -> String {
    lines.iter().map(|(_, line)| format!("{line}\n")).collect()
}

/// `count` lines in the order of keys that no two worlds of different seeds share.
fn lines(count: u32, seed: u64) -> Vec<(String, String)> {
    let line = |n: u32| (format!("v{seed}.{n:07}"), format!("{{\"line\":{n}}}"));
    (0..count).map(line).collect()
}

#[derive(Debug, Clone, Copy)]
enum Edit {
    Insert,
    Remove,
    Change,
}

fn edited(lines: &[(String, String)], edit: Edit, at: usize) -> Vec<(String, String)> {
    let mut lines = lines.to_vec();
    match edit {
        Edit::Insert => lines.insert(at, (format!("{}-inserted", lines[at].0), "{}".to_owned())),
        Edit::Remove => drop(lines.remove(at)),
        Edit::Change => lines[at].1 = "{\"changed\":true}".to_owned(),
    }
    lines
}

/// How many chunks of the second are not in the first.
fn new_chunks(before: &[Chunk], after: &[Chunk]) -> usize {
    let known: std::collections::HashSet<&str> = before.iter().map(|chunk| chunk.sha256.as_str()).collect();
    after
        .iter()
        .filter(|chunk| !known.contains(chunk.sha256.as_str()))
        .count()
}

proptest! {
    #[test]
    fn one_line_changes_the_chunks_that_touch_it_and_no_others(
        count in 1u32..3_000,
        seed in any::<u64>(),
        edit in prop::sample::select(vec![Edit::Insert, Edit::Remove, Edit::Change]),
        at in any::<prop::sample::Index>(),
    ) {
        let before = lines(count, seed);
        let at = at.index(before.len());
        let after = edited(&before, edit, at);
        let (old, new) = (cut(&before), cut(&after));
        prop_assert_eq!(new.iter().map(|chunk| chunk.text.as_str()).collect::<String>(), text(&after));
        prop_assert!(new.iter().all(|chunk| (1..=MOST).contains(&chunk.lines)));
        prop_assert!(new.iter().all(|chunk| chunk.text.lines().count() == chunk.lines as usize));
        // A key that begins a chunk ends what a forced cut may have moved: the chunks before the line, and from the next
        // such key on, are the old ones.
        let untouched = |chunks: &[Chunk], from: &str| chunks.iter().filter(|chunk| *chunk.from >= *from).cloned().collect::<Vec<_>>();
        let next = before.iter().skip(at + 1).find(|(key, _)| begins_with(key, EVERY));
        if let Some((next, _)) = next {
            prop_assert_eq!(untouched(&old, next), untouched(&new, next));
        }
        let first = &before[at].0;
        let ended = |chunks: &[Chunk]| {
            let mut ended: Vec<Chunk> = chunks.iter().filter(|chunk| chunk.from < *first).cloned().collect();
            ended.pop();
            ended
        };
        prop_assert_eq!(ended(&old), ended(&new));
        // So a change is one chunk, and what comes or goes two, but for cuts that were forced one after the other.
        let forced = new.iter().filter(|chunk| chunk.lines == MOST).count();
        match edit {
            Edit::Change => prop_assert_eq!(new_chunks(&old, &new), 1),
            Edit::Insert | Edit::Remove => prop_assert!(new_chunks(&old, &new) <= 2 + forced),
        }
    }

    #[test]
    fn a_chunker_that_was_written_down_goes_on_as_it_would_have(count in 1u32..3_000, at in any::<prop::sample::Index>()) {
        let lines = lines(count, 7);
        let at = at.index(lines.len());
        let mut chunker = Chunker::default();
        let mut chunks = Vec::new();
        for (n, (key, line)) in lines.iter().enumerate() {
            if n == at {
                chunker = serde_json::from_str(&serde_json::to_string(&chunker).unwrap()).unwrap();
            }
            chunks.extend(chunker.push(key, line));
        }
        chunks.extend(chunker.take());
        prop_assert_eq!(chunks, cut(&lines));
    }
}

#[test]
fn a_chunk_has_about_five_hundred_lines_and_what_comes_or_goes_makes_about_two() {
    let old = cut(&lines(100_000, 1));
    let mean = 100_000 / old.len();
    assert!((475..525).contains(&mean), "{mean}");
    let before = lines(6_000, 2);
    let old = cut(&before);
    let made = |edit| {
        let counts = (0..20).map(|n| new_chunks(&old, &cut(&edited(&before, edit, n * 250 + 17))));
        let counts: Vec<usize> = counts.collect();
        (
            counts.iter().sum::<usize>(),
            counts.into_iter().max().unwrap_or_default(),
        )
    };
    for edit in [Edit::Insert, Edit::Remove] {
        let (sum, most) = made(edit);
        assert!(sum <= 35 && most <= 4, "{edit:?}: {sum} in all, {most} at most");
    }
}
