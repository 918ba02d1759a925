//! Whatever was read: with fewer reads a verdict stays what it was, or is unknown.

use proptest::prelude::*;

use super::super::rule::RULES;
use super::super::source::Source;
use super::super::verdict::Verdict;
use super::any::any_bench;
use super::bench::{Bench, refused};

/// Takes a read away.
fn refuse(bench: &mut Bench, source: Source) {
    let permission = source.permission();
    match source {
        Source::Registry => bench.evidence.registry = refused(permission),
        Source::RegistryPreview => bench.evidence.registry_preview = refused(permission),
        Source::DefenderPricing => bench.evidence.defender_pricing = refused(permission),
        Source::Access => bench.access = refused(permission),
        Source::Inventory => bench.inventory = None,
        list => *bench.evidence.list_mut(list).unwrap() = refused(permission),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn fewer_reads_leave_a_verdict_or_make_it_unknown(
        mut bench in any_bench(),
        sources in prop::sample::subsequence(Source::ALL.to_vec(), 1..5),
    ) {
        let before: Vec<Verdict> = RULES.iter().map(|rule| bench.judge(rule.id).verdict).collect();
        for source in &sources {
            refuse(&mut bench, *source);
        }
        for (rule, before) in RULES.iter().zip(before) {
            let after = bench.judge(rule.id);
            prop_assert!(
                after.verdict == Verdict::Unknown || after.verdict == before,
                "{} was {} and without {sources:?} is {after:#?}", rule.id, before.as_str()
            );
        }
    }
}
