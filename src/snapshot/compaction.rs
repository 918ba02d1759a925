//! Which packs to retire: a pure decision at the beginning of a walk.
//!
//! A pack is retired by writing anew what is alive in it. That takes no read, because a walk has the lines of every
//! repository in hand, and never more bytes than the run's own changes: what is kept grows with change, not with runs.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::limits::Limits;
use crate::inventory::manifest::PackRef;

/// Numbers of the packs to retire: first those less than half alive, the least alive ones first, then the smallest ones
/// where there are too many. So many of them that what is alive in them comes to `budget` bytes of lines, and no more: a
/// pack that takes several runs is retired in several runs, one after the other and not all of them at once.
pub fn retiring(packs: &[PackRef], budget: u64, limits: &Limits) -> BTreeSet<u32> {
    let mut chosen = BTreeSet::new();
    let mut bytes = 0_u64;
    for pack in ranked(packs, limits) {
        if bytes >= budget && !chosen.is_empty() {
            break;
        }
        bytes = bytes.saturating_add(alive_bytes(pack));
        chosen.insert(pack.number);
    }
    chosen
}

/// The candidates in order.
fn ranked<'p>(packs: &'p [PackRef], limits: &Limits) -> Vec<&'p PackRef> {
    let is_half_dead = |pack: &&PackRef| pack.alive.saturating_mul(2) < pack.lines;
    let (mut ranked, mut rest): (Vec<&PackRef>, Vec<&PackRef>) = packs.iter().partition(is_half_dead);
    ranked.sort_by(|left, right| by_share(left, right).then(left.number.cmp(&right.number)));
    rest.sort_by_key(|pack| (pack.size, pack.number));
    let too_many = rest.len().saturating_sub(limits.packs);
    let small = rest.into_iter().filter(|pack| pack.size < limits.small);
    ranked.extend(small.take(too_many));
    ranked
}

/// By the share that is alive, without a division.
fn by_share(left: &PackRef, right: &PackRef) -> Ordering {
    let cross = |one: u64, other: u64| u128::from(one) * u128::from(other);
    cross(left.alive, right.lines).cmp(&cross(right.alive, left.lines))
}

/// What is alive, bytes of lines, by the share of lines.
fn alive_bytes(pack: &PackRef) -> u64 {
    let bytes = u128::from(pack.unpacked) * u128::from(pack.alive) / u128::from(pack.lines.max(1));
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
