//! A webhook's body, a CloudEvent, our own messages: what they become asks for one repository of the grammar, and is
//! the same message after it went through a queue.
#![no_main]

use acr_inventory::functions::wire::{read_queue_message, read_webhook};
use acr_inventory::inventory::SCHEMA_VERSION;
use acr_inventory::inventory::message::{RefreshRegistry, RefreshRepository, decode_message};
use acr_inventory_fuzz::{fixed, server};
use libfuzzer_sys::fuzz_target;
use regex::Regex;
use std::sync::LazyLock;

static REPOSITORY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\A[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z").unwrap()
});

fn check(message: &RefreshRepository) {
    assert!(REPOSITORY.is_match(message.repository.as_str()));
    assert!(message.schema_version <= SCHEMA_VERSION);
    fixed(message);
    let body = serde_json::to_vec(message).unwrap();
    assert_eq!(read_queue_message(&body, &server()), Ok(Some(message.clone())));
    assert!(
        decode_message::<RefreshRegistry>(&body).is_err(),
        "one kind is taken for the other"
    );
}

fuzz_target!(|data: &[u8]| {
    if let Ok(Some(message)) = read_webhook(data) {
        assert_eq!(
            (message.tries.attempt, message.recheck, message.schema_version),
            (0, 0, SCHEMA_VERSION)
        );
        check(&message);
    }
    if let Ok(Some(message)) = read_queue_message(data, &server()) {
        check(&message);
    }
    if let Ok(message) = decode_message::<RefreshRegistry>(data) {
        fixed(&message);
        let body = serde_json::to_vec(&message).unwrap();
        assert_eq!(decode_message::<RefreshRegistry>(&body).ok(), Some(message));
        assert!(
            decode_message::<RefreshRepository>(&body).is_err(),
            "one kind is taken for the other"
        );
    }
});
