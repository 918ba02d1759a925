//! Bodies that the Functions host posts, for every kind of trigger: what went in comes out.
#![no_main]

use acr_inventory::functions::protocol::{FromInvocation, HttpRequest, Invocation, QueueMessage, Timer};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fn read<T: FromInvocation>(body: &[u8]) -> Option<T> {
    T::from_invocation(Invocation::decode(body).ok()?).ok()
}

fn wrapped(binding: &str, value: Value) -> Vec<u8> {
    json!({ "Data": { binding: value }, "Metadata": {} })
        .to_string()
        .into_bytes()
}

// Once as an invocation, once as what an invocation carries.
fuzz_target!(|data: &[u8]| {
    let _ = read::<Timer>(data);
    if let Some(message) = read::<QueueMessage>(data) {
        let again = wrapped("message", json!(BASE64_STANDARD.encode(&message.body)));
        assert_eq!(read::<QueueMessage>(&again).map(|again| again.body), Some(message.body));
    }
    if let Some(request) = read::<HttpRequest>(data) {
        assert!(std::str::from_utf8(&request.body).is_ok());
        let again = wrapped(
            "req",
            json!({ "Body": String::from_utf8(request.body.clone()).unwrap() }),
        );
        assert_eq!(read::<HttpRequest>(&again).unwrap().body, request.body);
    }

    let message = QueueMessage {
        body: data.to_vec(),
        delivery_count: 1,
    };
    let binary = wrapped("message", json!(BASE64_STANDARD.encode(data)));
    assert_eq!(read(&binary).as_ref(), Some(&message));
    let Ok(text) = std::str::from_utf8(data) else { return };
    let string = wrapped("message", json!(json!(text).to_string()));
    assert_eq!(read(&string).as_ref(), Some(&message));
    let request: HttpRequest = read(&wrapped("req", json!({ "Headers": { "x-a": ["b"] }, "Body": text }))).unwrap();
    assert_eq!((request.body.as_slice(), request.headers.len()), (data, 1));
});
