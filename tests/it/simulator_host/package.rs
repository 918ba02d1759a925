//! Reading a package folder.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
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
    assert_eq!(names, ["bytes", "flaky", "hook", "text", "tick"]);
    let timer = Trigger::Timer {
        schedule: "0 0 * * * *".to_owned(),
        use_monitor: true,
    };
    assert_eq!(package.functions[4].trigger, timer);
    assert_eq!(package.host.function_timeout, Some(Duration::from_secs(600)));
    assert_eq!(package.host.max_concurrent_calls, 4);
    settings.insert("AzureWebJobs.hook.Disabled".to_owned(), "true".to_owned());
    assert_eq!(
        Package::load(folder.path(), None, &settings).unwrap().functions.len(),
        4
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
        5
    );
}

#[test]
fn reads_retry_policies_of_timers_and_refuses_others() {
    let folder = tempfile::tempdir().unwrap();
    write_package(folder.path());
    let settings = BTreeMap::from([("SCHEDULE".to_owned(), "x".to_owned())]);
    let load = || Package::load(folder.path(), None, &settings);
    let policies: Vec<_> = load().unwrap().functions.iter().map(|found| found.retry).collect();
    let pauses = policies[1].map(|retry| (retry.max_count, [1, 2, 3].map(|number| retry.pause(number).as_secs())));
    assert_eq!(pauses, Some((3, [5, 8, 8])));
    assert_eq!((policies[0], policies[4]), (None, None));
    let queue = folder.path().join("text/function.json");
    let binding: Value = serde_json::from_slice(&std::fs::read(&queue).unwrap()).unwrap();
    let fixed = json!({"strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:10"});
    std::fs::write(
        &queue,
        json!({"retry": fixed, "bindings": binding["bindings"]}).to_string(),
    )
    .unwrap();
    let refused = format!("{:#}", load().unwrap_err());
    assert!(refused.contains("function text"), "{refused}");
    std::fs::remove_file(queue).unwrap();
    for wrong in [
        json!({"strategy": "often"}),
        json!({"strategy": "fixedDelay", "maxRetryCount": 2}),
    ] {
        let timer = folder.path().join("flaky/function.json");
        let document: Value = serde_json::from_slice(&std::fs::read(&timer).unwrap()).unwrap();
        std::fs::write(
            &timer,
            json!({"retry": wrong, "bindings": document["bindings"]}).to_string(),
        )
        .unwrap();
        assert!(format!("{:#}", load().unwrap_err()).contains("function flaky: retry"));
    }
}
