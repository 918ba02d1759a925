//! Stored documents, read back: whatever is accepted is written again as the same, a newer version never is, and a
//! repository document does not depend on how its bytes arrive.
#![no_main]

use acr_inventory::inventory::manifest::SnapshotManifest;
use acr_inventory::inventory::message::{RefreshRegistry, RefreshRepository};
use acr_inventory::inventory::quarantine::QuarantineDocument;
use acr_inventory::inventory::refresh::RefreshDocument;
use acr_inventory::inventory::registry::RegistryDocument;
use acr_inventory::inventory::run::{CurrentRun, RunDocument};
use acr_inventory::inventory::{DocumentError, SCHEMA_VERSION, decode, encode};
use acr_inventory::snapshot::parse_segment;
use acr_inventory_fuzz::{encoded, read};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(data: &[u8]) {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Versioned {
        schema_version: u32,
    }
    let version = serde_json::from_slice::<Versioned>(data).map(|versioned| versioned.schema_version);
    match decode::<T>(data) {
        Ok(document) => {
            assert!(version.unwrap() <= SCHEMA_VERSION);
            let bytes = encode(&document);
            let again: T = decode(&bytes).unwrap_or_else(|error| panic!("{error}"));
            assert!(again == document && encode(&again) == bytes);
        }
        Err(DocumentError::NewerVersion(newer)) => assert_eq!(newer, version.unwrap()),
        Err(_) => assert!(version.is_err() || version.unwrap() <= SCHEMA_VERSION),
    }
}

fuzz_target!(|data: &[u8]| {
    check::<RefreshDocument>(data);
    check::<RegistryDocument>(data);
    check::<RunDocument>(data);
    check::<CurrentRun>(data);
    check::<SnapshotManifest>(data);
    check::<QuarantineDocument>(data);
    check::<RefreshRegistry>(data);
    check::<RefreshRepository>(data);
    let _ = parse_segment(data);

    let size = data.len() % 61 + 1;
    let whole = read(data, usize::MAX);
    assert_eq!(whole, read(data, size));
    if let Some(document) = whole {
        assert!(document.header.schema_version <= SCHEMA_VERSION);
        let bytes = encoded(&document);
        assert_eq!(read(&bytes, size).as_ref(), Some(&document));
    }
});
