//! Every rule from ARM bodies of our own: pass, fail, not applicable, unknown; the findings are kept as snapshots.

mod access;
mod any;
mod bench;
mod credentials;
mod encryption;
mod fewer_reads;
mod formats;
mod identity;
mod inventory;
mod lifecycle;
mod monitoring;
mod network;
mod recordings;
mod refused;
mod resilience;
mod supply_chain;
mod table;
mod transfer;
