//! Answers that are too large, compressed, cut off or slow.

use std::io::Write as _;

use acr_inventory::azure::http::{PAGE_CAP, TOKEN_CAP};
use flate2::Compression;
use flate2::write::GzEncoder;
use simulator::faults::effect::Effect;

use super::{Hostile, REPOSITORY};

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_over_its_cap_is_refused() {
    let hostile = Hostile::start().await;
    for (path, cap) in [
        ("/oauth2/exchange", TOKEN_CAP),
        ("/oauth2/token", TOKEN_CAP),
        ("_catalog", PAGE_CAP),
        ("service-000001/_manifests", PAGE_CAP),
        ("service-000001/_tags", PAGE_CAP),
    ] {
        for bytes in [cap as u64 + 1, 4 << 30] {
            hostile.fault(path, Effect::Oversize(bytes));
            let after = hostile.run(&format!("{bytes} bytes for {path}")).await;
            // Who gives no token may give one later; a list that is none is a problem of the list.
            let code = if cap == TOKEN_CAP { "unavailable" } else { "too-large" };
            assert!(after.codes.iter().all(|found| found == code), "{path}: {after:?}");
        }
    }
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_answer_is_not_unpacked() {
    let hostile = Hostile::start().await;
    // 64 MiB of spaces in 64 KiB: nobody asked for compression, so nobody unpacks it.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        bomb.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let bomb = bytes::Bytes::from(bomb.finish().unwrap());
    for path in ["_catalog", "service-000001/_tags"] {
        hostile.header(path, "content-encoding", "gzip");
        hostile.body(path, bomb.clone());
        let after = hostile.run(&format!("gzip for {path}")).await;
        assert_eq!(after.codes, ["malformed"], "{path}");
    }
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_tried_again_and_then_recorded() {
    let hostile = Hostile::start().await;
    let list = format!("{REPOSITORY}/_tags");
    hostile.fault(&list, Effect::Truncate);
    let after = hostile.run("tags that break off").await;
    assert_eq!(after.codes, ["unavailable"]);
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_trickles_does_not_hold_an_invocation() {
    let limits = [
        ("ACR_INVENTORY_SOFT_LIMIT_SECONDS", "1"),
        ("ACR_INVENTORY_HARD_LIMIT_SECONDS", "3"),
    ];
    let hostile = Hostile::start_with(simulator::Options::default(), &limits).await;
    hostile.fault(&format!("{REPOSITORY}/_tags"), Effect::SlowBody(10));
    let after = hostile.run("tags at 10 bytes a second").await;
    assert_eq!(after.codes, ["unavailable"]);
    hostile.recovers().await;
}
