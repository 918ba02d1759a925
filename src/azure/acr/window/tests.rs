use std::num::NonZero;
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::{EVENT_PART, Purpose, Window};

const MINUTE: Duration = Duration::from_secs(60);

fn budget(requests: u32) -> NonZero<u32> {
    NonZero::new(requests).unwrap()
}

/// Runs under a clock that moves when everything waits.
fn paused<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(work)
}

/// The most of `at` (ascending) that lie in any 60 s.
pub(in crate::azure::acr) fn most_in_a_minute(at: &[Instant]) -> usize {
    let mut begin = 0;
    let counts = at.iter().enumerate().map(|(end, now)| {
        while *now - at[begin] >= MINUTE {
            begin += 1;
        }
        end + 1 - begin
    });
    counts.max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn what_fits_into_the_budget_is_not_slowed_and_the_rest_waits_until_the_minute_is_over() {
    let mut window = Window::new();
    for _ in 0..100 {
        assert_eq!(window.take(budget(100), Purpose::Walk), Ok(()));
    }
    assert_eq!(
        window.take(budget(100), Purpose::Walk),
        Err(Duration::from_secs(62)),
        "from the second in which they were sent to the end of the one after a minute"
    );
    tokio::time::advance(Duration::from_millis(61_999)).await;
    assert_eq!(window.take(budget(100), Purpose::Walk), Err(Duration::from_millis(1)));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(window.take(budget(100), Purpose::Walk), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn events_have_a_tenth_and_the_walk_keeps_it_free_once_one_has_asked() {
    let mut window = Window::new();
    let requests = budget(100);
    for _ in 0..10 {
        assert_eq!(window.take(requests, Purpose::Event), Ok(()));
    }
    assert!(
        window.take(requests, Purpose::Event).is_err(),
        "a flood of events has no more"
    );
    for _ in 0..90 {
        assert_eq!(window.take(requests, Purpose::Walk), Ok(()));
    }
    assert!(window.take(requests, Purpose::Walk).is_err());
    // The minute after: the walk is first, and what is the events' is still there.
    tokio::time::advance(Duration::from_secs(62)).await;
    let walked = (0..100)
        .take_while(|_| window.take(requests, Purpose::Walk).is_ok())
        .count();
    assert_eq!(walked, 90);
    assert_eq!(window.take(requests, Purpose::Event), Ok(()));
    // No event for ten minutes: nothing is left unused.
    tokio::time::advance(Duration::from_secs(700)).await;
    let walked = (0..200)
        .take_while(|_| window.take(requests, Purpose::Walk).is_ok())
        .count();
    assert_eq!(walked, 100);
}

#[tokio::test(start_paused = true)]
async fn the_smallest_budget_serves_both() {
    for purpose in [Purpose::Walk, Purpose::Event, Purpose::Walk] {
        let mut window = Window::new();
        assert_eq!(window.take(budget(1), purpose), Ok(()));
        assert!(window.take(budget(1), Purpose::Event).is_err());
        assert!(window.take(budget(1), Purpose::Walk).is_err());
        tokio::time::advance(Duration::from_secs(62)).await;
        assert_eq!(window.take(budget(1), Purpose::Walk), Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_changes_finds_what_was_sent_under_the_old_one() {
    let mut window = Window::new();
    for _ in 0..50 {
        assert_eq!(window.take(budget(50), Purpose::Walk), Ok(()));
    }
    assert!(window.take(budget(40), Purpose::Walk).is_err());
    for _ in 0..50 {
        assert_eq!(window.take(budget(100), Purpose::Walk), Ok(()));
    }
    assert!(window.take(budget(100), Purpose::Walk).is_err());
}

/// Pauses in milliseconds, each with so many requests after it.
fn arrivals() -> impl Strategy<Value = Vec<(u64, u32, bool)>> {
    let pause = prop_oneof![0..5_u64, 0..2_500_u64, 40_000..70_000_u64];
    prop::collection::vec((pause, 0..80_u32, any::<bool>()), 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_minute_sees_more_than_the_budget(requests in 1..300_u32, arrivals in arrivals()) {
        let (all, events) = paused(async {
            let mut window = Window::new();
            let (mut all, mut events) = (Vec::new(), Vec::new());
            for (pause, count, is_event) in arrivals {
                tokio::time::advance(Duration::from_millis(pause)).await;
                let purpose = if is_event { Purpose::Event } else { Purpose::Walk };
                for _ in 0..count {
                    if window.take(budget(requests), purpose).is_ok() {
                        all.push(Instant::now());
                        if is_event {
                            events.push(Instant::now());
                        }
                    }
                }
            }
            (all, events)
        });
        prop_assert!(most_in_a_minute(&all) <= requests as usize);
        prop_assert!(most_in_a_minute(&events) <= (requests / EVENT_PART).max(1) as usize);
    }

    #[test]
    fn whoever_always_asks_gets_nine_tenths(requests in 1..3_000_u32, first in 0..5_000_u64, with_events: bool) {
        const MINUTES: u32 = 20;
        let (sent, took) = paused(async {
            let mut window = Window::new();
            tokio::time::advance(Duration::from_millis(first)).await;
            let begun = Instant::now();
            let mut sent = 0;
            while begun.elapsed() < MINUTE * MINUTES {
                let event = if with_events { window.take(budget(requests), Purpose::Event) } else { Err(MINUTE) };
                let walk = window.take(budget(requests), Purpose::Walk);
                sent += u32::from(event.is_ok()) + u32::from(walk.is_ok());
                if let (Err(event), Err(walk)) = (event, walk) {
                    tokio::time::sleep(event.min(walk)).await;
                }
            }
            (sent, begun.elapsed())
        });
        let allowed = f64::from(requests) * took.as_secs_f64() / 60.0;
        prop_assert!(f64::from(sent) >= 0.9 * allowed, "{sent} of {allowed}");
    }
}
