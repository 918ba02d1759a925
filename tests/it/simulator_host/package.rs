//! Reading a package folder.

use std::collections::BTreeMap;
use std::time::Duration;

use simulator::host::{Package, Trigger};

use super::handler::write_package;

#[test]
fn reads_functions_and_expands_settings() {
    let folder = tempfile::tempdir().unwrap();
    write_package(folder.path());
    let mut settings = BTreeMap::from([("SCHEDULE".to_owned(), "0 0 * * * *".to_owned())]);
    let package = Package::load(folder.path(), None, &settings).unwrap();
    let names: Vec<_> = package
        .functions
        .iter()
        .map(|function| function.name.as_str())
        .collect();
    assert_eq!(names, ["bytes", "hook", "text", "tick"]);
    let timer = Trigger::Timer {
        schedule: "0 0 * * * *".to_owned(),
        use_monitor: true,
    };
    assert_eq!(package.functions[3].trigger, timer);
    assert_eq!(package.host.function_timeout, Some(Duration::from_secs(600)));
    assert_eq!(package.host.max_concurrent_calls, 4);
    settings.insert("AzureWebJobs.hook.Disabled".to_owned(), "true".to_owned());
    assert_eq!(
        Package::load(folder.path(), None, &settings).unwrap().functions.len(),
        3
    );
}

#[test]
fn names_the_missing_setting() {
    let folder = tempfile::tempdir().unwrap();
    write_package(folder.path());
    let error = Package::load(folder.path(), None, &BTreeMap::new()).unwrap_err();
    let text = format!("{error:#}");
    assert!(
        text.contains("tick") && text.contains("schedule") && text.contains("SCHEDULE"),
        "{text}"
    );
}

#[test]
fn looks_in_another_folder_only_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let nested = folder.path().join("functions");
    write_package(&nested);
    std::fs::rename(nested.join("host.json"), folder.path().join("host.json")).unwrap();
    let settings = BTreeMap::from([("SCHEDULE".to_owned(), "x".to_owned())]);
    assert!(
        Package::load(folder.path(), None, &settings)
            .unwrap()
            .functions
            .is_empty()
    );
    assert_eq!(
        Package::load(folder.path(), Some(&nested), &settings)
            .unwrap()
            .functions
            .len(),
        4
    );
}
