//! Snapshots: what a registry held at the end of a run, written by the one writer (the walk) and read by everybody.
//!
//! ```text
//!  registry.json ── pointer: generation, sha256 of the manifest
//!       │
//!       ▼
//!  snapshots/{generation}.json            totals, completeness; segments and packs, each by name, size, sha256
//!       │                    │
//!       ▼                    ▼
//!  index/{name}.ndjson.gz    packs/{name}.ndjson.gz
//!  one line per repository   gzip members, each with whole chunks:
//!  in the catalog's order:   ┌ member ─────────────────┬ member ──┬ member ─────────┬ …
//!  facts, state hash, ETag,  │ chunk  chunk of another │ chunk    │ list of a long  │
//!  summary, and for each     │ lines  repository       │          │ one's chunks    │
//!  chunk: sha256 and place ─►└─────────────────────────┴──────────┴─────────────────┴ …
//! ```
//! Names are `{generation}-{uuid}`, given to one PUT and never again. A segment whose lines did not change is named again
//! by the next manifest, and a chunk that did not change keeps its place in an old pack: **storage grows with change, not
//! with runs**. `zcat` of a segment or a pack gives its lines.
//!
//! # Writing
//! The walk, from one invocation to the next:
//! ```text
//!  SnapshotWriter::begin(base)            the current snapshot's manifest; resume(base, saved) from a checkpoint
//!  IndexReader::new(base)                 read beside the catalog: find(name), or peek and next to see what is missing
//!  for each repository, in the catalog's order:
//!    known = KnownChunks::new(base line's chunks, writer.retiring())   of a listed one: Snapshot::lines(line).references()
//!    RepositoryLines::manifest, ::tag     as pages come in; digests_held() bytes of it want room of their own
//!    RepositoryLines::finish ─► Observed::state_hash: with the ETag in the listing, is it what the base says?
//!      as it was, TagPatterns::made, nothing in hand ─► writer.unchanged(base line)
//!      another version says the same, or not observed ─► writer.kept(line, base line)
//!      anything else ─► writer.changed(Observed::line, pieces, base line)
//!      long ones ─► writer.piece(…) for take_pieces() while it is read, then end(line), or abandon() to observe again
//!      gone ─► writer.kept(removed_line)
//!  writer.save() ─► Saved                 every 30 s and at the deadline: segments and packs into the checkpoint, the rest
//!                                         into its carry
//!  writer.seal()                          at the end of the lists: what is open goes into the store
//!  writer.finish(catalog) ─► publish      the manifest, created once: whoever comes second takes the one that is there
//! ```
//! Compaction is part of it: lines in hand of a pack that is being retired are written anew ([`retiring`]), never more than
//! the run's own changes.
//!
//! # Reading
//! [`Snapshot::index`] for what a line tells (most questions), [`Snapshot::repository`] and [`Snapshot::lines`] for one
//! repository by ranges, [`Snapshot::everything`] for all lines as a stream, [`SideBySide`] for what two snapshots tell
//! apart. [`verify()`] is the proof, [`retention`] what is forgotten.
//!
//! Invariants: what is handed over has been held against a hash that the pointer proves; an error names the blob; memory
//! grows with neither registry nor repository (but for 17 bytes a manifest of the one being summed up); nothing here knows
//! a registry, a document or who asks.

mod chunk;
mod compaction;
mod cursor;
mod cut;
mod digests;
mod error;
mod fold;
mod index;
mod limits;
mod lines;
mod member;
mod observed;
mod pack;
mod piece;
mod proven;
mod reader;
pub mod retention;
mod segment;
mod side_by_side;
mod state;
mod verify;
mod writer;

pub use chunk::{Chunk, Chunker};
pub use compaction::retiring;
pub use error::SnapshotError;
pub use fold::{SummaryFold, TagPatterns};
pub use index::{BaseLine, IndexReader, parse_segment};
pub use limits::Limits;
pub use lines::RepositoryLines;
pub use observed::{Counts, Observed, removed_line, unobserved_line};
pub use piece::{KnownChunks, Piece};
pub use proven::{Pointed, publish, read_manifest};
pub use reader::{ChunkReader, Everything, RepositoryReader, Snapshot};
pub use side_by_side::{Beside, SideBySide};
pub use state::state_hash;
pub use verify::{Depth, Finding, Verified, verify};
pub use writer::{Saved, SnapshotWriter, WriterCarry};
