use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::{ArmBudget, BURST, Bucket, PER_SECOND};

fn bucket(path: &str) -> Bucket {
    Bucket::of(&Url::parse(&format!("https://management.azure.com{path}?api-version=1")).unwrap())
}

#[test]
fn requests_are_counted_where_resource_manager_counts_them() {
    let one = bucket("/subscriptions/AAAA/providers/Microsoft.Authorization/locks");
    assert_eq!(one, Bucket::Subscription("aaaa".to_owned()));
    assert_eq!(one, bucket("/Subscriptions/aaaa/resourceGroups/x"));
    assert_eq!(bucket("/subscriptions"), Bucket::Tenant);
    assert_eq!(
        bucket("/providers/Microsoft.Authorization/roleDefinitions"),
        Bucket::Tenant
    );
    assert_eq!(
        bucket("/providers/Microsoft.ResourceGraph/resources"),
        Bucket::ResourceGraph
    );
}

#[tokio::test(start_paused = true)]
async fn half_of_the_bucket_goes_at_once_and_half_of_the_refill_after_it() {
    let budget = ArmBudget::default();
    let (one, other) = (bucket("/subscriptions/one"), bucket("/subscriptions/other"));
    let begun = Instant::now();
    for _ in 0..BURST.get() {
        budget.pass(&one).await.unwrap();
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
    let mut at = vec![begun; BURST.get() as usize];
    for _ in 0..600 {
        budget.pass(&one).await.unwrap();
        at.push(Instant::now());
    }
    let took = begun.elapsed().as_secs_f64();
    let sustained = 600.0 / took;
    assert!((11.0..=12.01).contains(&sustained), "{sustained} a second");
    // Between any two moments: never more than half of what the documented bucket would let through.
    for (later, end) in at.iter().enumerate() {
        for (earlier, begin) in at.iter().enumerate().take(later + 1) {
            let allowed = f64::from(BURST.get()) + f64::from(PER_SECOND.get()) * (*end - *begin).as_secs_f64();
            assert!((later - earlier + 1) as f64 <= allowed + 1.0);
        }
    }
    let begun = Instant::now();
    budget.pass(&other).await.unwrap();
    assert_eq!(
        begun.elapsed(),
        Duration::ZERO,
        "another subscription has a budget of its own"
    );
}

#[tokio::test(start_paused = true)]
async fn a_short_retry_after_is_waited_for_and_a_long_one_is_handed_back() {
    let budget = ArmBudget::default();
    let (one, other) = (bucket("/subscriptions/one"), bucket("/subscriptions"));
    budget.close_for(one.clone(), Duration::from_secs(5));
    budget.close_for(one.clone(), Duration::from_secs(1));
    let begun = Instant::now();
    budget.pass(&other).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
    budget.pass(&one).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    budget.close_for(one.clone(), Duration::from_secs(17));
    assert_eq!(budget.pass(&one).await.unwrap_err().0, Duration::from_secs(17));
}
