//! Snapshots: written by a walk that is fed with lines, read back by everybody.

mod carry;
mod differing;
mod long;
mod proof;
mod round_trip;
mod simulation;
mod thinned;
mod unchanged;
mod walk;
mod world;
