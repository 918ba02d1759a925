//! The state hash: equal for equal observations.

use crate::hash::Sha256Hex;
use crate::inventory::problem::{Completeness, Problem};

/// Hash of exactly what a walk observes of a repository: the hashes of its chunks in order, completeness, the codes of the
/// problems (sorted, each once) and whether it is removed. Not of what only an event reads (attributes), nor of how
/// problems are worded, so that neither makes a walk write.
///
/// It is the `sha256:` of these lines: `chunk {sha256}` for each chunk, `completeness {word}`, `problem {code}` for each
/// code, and `removed` where it is.
pub fn state_hash<'c>(
    chunks: impl IntoIterator<Item = &'c str>,
    completeness: Completeness,
    problems: &[Problem],
    is_removed: bool,
) -> String {
    let mut hash = Sha256Hex::default();
    let mut line = |word: &str, value: &str| {
        for part in [word, value, "\n"] {
            hash.update(part.as_bytes());
        }
    };
    chunks.into_iter().for_each(|sha256| line("chunk ", sha256));
    line("completeness ", completeness.as_str());
    let mut codes: Vec<&str> = problems.iter().map(|problem| problem.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().for_each(|code| line("problem ", code));
    if is_removed {
        line("removed", "");
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::state_hash;
    use crate::hash::sha256;
    use crate::inventory::problem::{Completeness, Problem};
    use crate::inventory::problem_code::ProblemCode;

    #[test]
    fn says_what_was_observed_and_not_how_it_is_worded() {
        let problem = |code, text: &str| Problem::new(code, text);
        let (hidden, store) = (ProblemCode::CountMismatch, ProblemCode::Store);
        let chunks = ["sha256:1", "sha256:2"];
        let hash = |chunks: &[&str], completeness, problems: &[Problem], is_removed| {
            state_hash(chunks.iter().copied(), completeness, problems, is_removed)
        };
        let known = hash(
            &chunks,
            Completeness::Partial,
            &[problem(hidden, "one"), problem(store, "x")],
            false,
        );
        let written =
            "chunk sha256:1\nchunk sha256:2\ncompleteness partial\nproblem count-mismatch\nproblem store\n".as_bytes();
        assert_eq!(known, sha256(written));
        let again = [
            problem(store, "y"),
            problem(hidden, "other words"),
            problem(hidden, "twice"),
        ];
        assert_eq!(hash(&chunks, Completeness::Partial, &again, false), known);
        let others = [
            hash(&["sha256:1"], Completeness::Partial, &again, false),
            hash(&["sha256:2", "sha256:1"], Completeness::Partial, &again, false),
            hash(&chunks, Completeness::Complete, &again, false),
            hash(&chunks, Completeness::Partial, &again[..1], false),
            hash(&chunks, Completeness::Partial, &again, true),
        ];
        assert!(others.iter().all(|other| *other != known));
    }
}
