use serde_json::json;

use super::super::inventory_summary::{InventorySummary, ProductionTags};
use super::super::verdict::Verdict::{Fail, NotApplicable, Pass, Unknown};
use super::bench::{Bench, Notebook, bench};

fn holding(locked: u64, unlocked: u64, tagged: u64, signed: u64, complete: bool) -> Bench {
    let examples = |n: u64| (0..n.min(2)).map(|n| format!("team/app:v1.{n}")).collect::<Vec<_>>();
    let mut bench = bench(json!({}));
    bench.profile.production_tag_patterns = vec!["v*".to_owned()];
    bench.profile.signed_share_percent = 80;
    bench.inventory = Some(InventorySummary {
        complete,
        production_tags: ProductionTags {
            locked,
            unlocked,
            unlocked_examples: examples(unlocked),
        },
        tagged_images: tagged,
        signed_images: signed,
        unattributed_signatures: 0,
        unsigned_examples: examples(tagged - signed),
    });
    bench
}

#[test]
fn tags_and_signatures() {
    let mut notes = Notebook::default();
    let rule = "immutable-tags-locked";
    notes.see(rule, "all", &holding(3, 0, 3, 3, true), Pass);
    notes.see(rule, "some", &holding(3, 7, 3, 3, true), Fail);
    notes.see(rule, "some, partial", &holding(3, 7, 3, 3, false), Fail);
    notes.see(rule, "all, partial", &holding(3, 0, 3, 3, false), Unknown);
    notes.see(rule, "no production tags", &holding(0, 0, 3, 3, true), NotApplicable);
    notes.see(rule, "no pattern", &bench(json!({})), NotApplicable);
    let mut none = holding(0, 0, 0, 0, true);
    none.inventory = None;
    notes.see(rule, "no inventory", &none, Unknown);

    let rule = "images-signed";
    notes.see(rule, "80 of 100", &holding(0, 0, 100, 80, true), Pass);
    notes.see(rule, "79 of 100", &holding(0, 0, 100, 79, true), Fail);
    notes.see(rule, "partial", &holding(0, 0, 100, 100, false), Unknown);
    let mut elsewhere = holding(0, 0, 100, 79, true);
    elsewhere.inventory.as_mut().unwrap().unattributed_signatures = 1;
    notes.see(rule, "79 of 100, and one whose image is not told", &elsewhere, Unknown);
    notes.see(rule, "empty", &holding(0, 0, 0, 0, true), NotApplicable);
    notes.see(rule, "no inventory", &none, Unknown);
    notes.keep("inventory");
}
