//! The order of packs, and what the budget allows.

use std::collections::BTreeSet;

use proptest::prelude::{any, prop, prop_assert, proptest};

use super::{alive_bytes, retiring};
use crate::inventory::generation::Generation;
use crate::inventory::manifest::PackRef;
use crate::inventory::used_once::UsedOnce;
use crate::snapshot::Limits;

fn pack(number: u32, size: u64, lines: u64, alive: u64) -> PackRef {
    let generation = Generation::try_from("00000001-20261122T073000Z".to_owned()).unwrap();
    PackRef {
        number,
        name: UsedOnce::new(&generation),
        sha256: String::new(),
        size,
        unpacked: 3 * size,
        lines,
        alive,
    }
}

const LIMITS: Limits = Limits {
    member: 64 << 10,
    pack: 1_000,
    small: 500,
    packs: 3,
};

fn chosen(packs: &[PackRef], budget: u64) -> Vec<u32> {
    retiring(packs, budget, &LIMITS).into_iter().collect()
}

#[test]
fn the_least_alive_go_first_then_the_smallest_of_too_many() {
    let packs = [
        pack(1, 900, 100, 100),
        pack(2, 900, 100, 49),
        pack(3, 900, 100, 10),
        pack(4, 100, 10, 5),
        pack(5, 200, 20, 20),
        pack(6, 499, 20, 20),
        pack(7, 500, 20, 20),
    ];
    // 270 of the third, 1,323 of the second; then there are five left, two too many: the fourth and the fifth.
    assert_eq!(chosen(&packs, 0), [3]);
    assert_eq!(chosen(&packs, 270), [3]);
    assert_eq!(chosen(&packs, 271), [2, 3]);
    assert_eq!(chosen(&packs, 270 + 1_323), [2, 3]);
    assert_eq!(chosen(&packs, 270 + 1_324), [2, 3, 4]);
    assert_eq!(chosen(&packs, u64::MAX), [2, 3, 4, 5]);
    // Half alive is alive enough, three are not too many, and a large one is never merged.
    assert!(chosen(&packs[..1], u64::MAX).is_empty());
    assert!(chosen(&[pack(1, 900, 100, 50), pack(2, 1, 1, 1), pack(3, 1, 1, 1)], u64::MAX).is_empty());
    let large: Vec<PackRef> = (0..10).map(|number| pack(number, 500, 10, 10)).collect();
    assert!(chosen(&large, u64::MAX).is_empty());
    // One in which nothing is alive costs nothing.
    assert_eq!(chosen(&[pack(1, 900, 100, 0), pack(2, 900, 100, 1)], 1), [1, 2]);
}

proptest! {
    #[test]
    fn only_as_many_as_the_budget_takes_and_nothing_that_is_well(
        packs in prop::collection::vec((1u64..2_000, 1u64..100, any::<prop::sample::Index>()), 0..60),
        budget in 0u64..20_000,
    ) {
        let packs: Vec<PackRef> = packs.into_iter().enumerate()
            .map(|(at, (size, lines, alive))| pack(u32::try_from(at).unwrap(), size, lines, alive.index(lines as usize + 1) as u64))
            .collect();
        let chosen: BTreeSet<u32> = retiring(&packs, budget, &LIMITS);
        let of = |number: &u32| packs.iter().find(|pack| pack.number == *number).unwrap();
        let bytes: Vec<u64> = chosen.iter().map(|number| alive_bytes(of(number))).collect();
        let most = bytes.iter().max().copied().unwrap_or_default();
        prop_assert!(bytes.iter().sum::<u64>() < budget.max(1) + most);
        let is_dead = |pack: &PackRef| pack.alive * 2 < pack.lines;
        let healthy = packs.iter().filter(|pack| !is_dead(pack)).count();
        let merged = chosen.iter().filter(|number| !is_dead(of(number))).count();
        prop_assert!(merged <= healthy.saturating_sub(LIMITS.packs));
        prop_assert!(chosen.iter().all(|number| is_dead(of(number)) || of(number).size < LIMITS.small));
        // Nothing is merged while a dead one is left out.
        let left_out = packs.iter().any(|pack| is_dead(pack) && !chosen.contains(&pack.number));
        prop_assert!(merged == 0 || !left_out);
        // There is always something to do where there is something to be done.
        prop_assert!(!chosen.is_empty() || packs.iter().all(|pack| !is_dead(pack)));
    }
}
