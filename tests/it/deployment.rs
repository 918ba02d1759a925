//! The deployment, step by step in the order of `infra/main.bicep`, into the simulated tenant: roles count late, Event Grid
//! tries who delivers before it takes a subscription, and `check` says how far it has come.

mod azure;

use serde_json::Value;

use self::azure::Azure;
use crate::command_line::run;

const REFUSED: &str = "Managed Identity Authorization Error";

/// A step of the deployment: what it is called, what it makes, what it waits for.
#[derive(Debug)]
struct Step {
    name: String,
    makes: Vec<String>,
    waits: Vec<String>,
}

/// The steps as `tests/infra/run` reads them off the Bicep files, each after what it waits for.
fn steps() -> Vec<Step> {
    let texts = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
    let steps = azure::written("order.json").into_iter();
    steps
        .map(|step| Step {
            name: step["step"].as_str().unwrap().to_owned(),
            makes: texts(&step["makes"]),
            waits: texts(&step["waits"]),
        })
        .collect()
}

/// The one step that makes this.
fn maker<'a>(steps: &'a [Step], kind: &str) -> &'a Step {
    let mut makers = steps.iter().filter(|step| step.makes.iter().any(|made| made == kind));
    let maker = makers.next().unwrap();
    assert!(makers.next().is_none(), "{kind} is made by one step");
    maker
}

/// Deploys a step as early as it may: after what it waits for, and nothing else.
fn earliest(azure: &mut Azure, steps: &[Step], last: &Step) -> Result<(), String> {
    for step in steps.iter().filter(|step| last.waits.contains(&step.name)) {
        azure.deploy(&step.name)?;
    }
    azure.deploy(&last.name)
}

/// Deploys everything; the step at which it stops, and why.
fn deploy(azure: &mut Azure, steps: &[Step]) -> Result<(), (String, String)> {
    steps
        .iter()
        .try_for_each(|step| azure.deploy(&step.name).map_err(|why| (step.name.clone(), why)))
}

/// Exit code of `check` on everything, and the roles that its fixes name.
async fn check(azure: &Azure) -> (Option<i32>, Vec<String>) {
    azure.settle();
    let settings = azure.settings();
    let ended = run(&settings, &["check", "--format", "json"]).await;
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let rows = report["checks"].as_array().unwrap().iter();
    let fixes = rows.flat_map(|row| row["fixes"].as_array().unwrap());
    let roles = fixes.map(|fix| fix["role"].as_str().unwrap_or_default().to_owned());
    (ended.code, roles.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_finds_what_it_needs_as_early_as_it_may_come() {
    let steps = steps();
    let mut azure = Azure::start(0).await;
    let subscription = maker(&steps, "Microsoft.EventGrid/systemTopics/eventSubscriptions");
    assert_eq!(earliest(&mut azure, &steps, subscription), Ok(()));
    // The app starts at once, and needs its storage and its queues.
    let mut azure = Azure::start(0).await;
    assert_eq!(
        earliest(&mut azure, &steps, maker(&steps, "Microsoft.Web/sites")),
        Ok(())
    );
    azure.settle();
    assert!(azure.app_can_start());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_roles_are_new_the_deployment_stops_at_its_last_step_and_goes_on_from_there() {
    let steps = steps();
    let mut azure = Azure::start(600).await;
    let (stopped, why) = deploy(&mut azure, &steps).unwrap_err();
    assert_eq!(stopped, steps.last().unwrap().name, "everything else is there");
    assert!(why.starts_with(REFUSED), "{why}");
    let (code, roles) = check(&azure).await;
    assert_eq!(code, Some(2), "nothing is visible yet");
    assert!(roles.contains(&"Reader".to_owned()), "{roles:?}");
    azure.wait(300);
    assert!(
        deploy(&mut azure, &steps).is_err(),
        "made again, they are no newer, and no older"
    );
    azure.wait(301);
    assert_eq!(deploy(&mut azure, &steps), Ok(()));
    assert_eq!(check(&azure).await, (Some(0), Vec::new()));
    azure.push("by-event").await;
    assert!(azure.tags().contains(&"by-event".to_owned()));
    // A third time changes nothing.
    assert_eq!(deploy(&mut azure, &steps), Ok(()));
    azure.push("by-one-event").await;
    assert_eq!(azure.dead_letters(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_before_the_roles_of_a_topic_is_refused() {
    let steps = steps();
    let subscription = maker(&steps, "Microsoft.EventGrid/systemTopics/eventSubscriptions");
    for missing in ["registry", "eventRoles"] {
        assert!(subscription.waits.iter().any(|name| name == missing), "{missing}");
        let mut azure = Azure::start(0).await;
        for step in steps.iter().filter(|step| subscription.waits.contains(&step.name)) {
            // Without a topic its roles have nobody to be of.
            if step.name != missing && (missing != "registry" || step.name != "eventRoles") {
                azure.deploy(&step.name).unwrap();
            }
        }
        let refused = azure.deploy(&subscription.name).unwrap_err();
        let expected = if missing == "registry" {
            "ResourceNotFound"
        } else {
            REFUSED
        };
        assert!(refused.starts_with(expected), "{missing}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_the_roles_of_each_step_that_is_missing() {
    let steps = steps();
    for (missing, code, roles) in [
        ("registry", 2, vec!["Reader"]),
        (
            "roles",
            1,
            vec![
                "Azure Service Bus Data Receiver",
                "Azure Service Bus Data Sender",
                "Storage Blob Data Contributor",
            ],
        ),
    ] {
        let mut azure = Azure::start(0).await;
        for step in steps.iter().filter(|step| step.name != missing) {
            let _ = azure.deploy(&step.name);
        }
        let (ended, mut named) = check(&azure).await;
        named.sort();
        named.dedup();
        assert_eq!(
            (ended, named),
            (Some(code), roles.into_iter().map(str::to_owned).collect()),
            "{missing}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_firewall_only_an_identity_of_the_topics_own_delivers() {
    use simulator::event_grid::Delivery;

    let steps = steps();
    let mut azure = Azure::start(0).await;
    assert_eq!(deploy(&mut azure, &steps), Ok(()));
    assert_eq!(azure.deliver("a"), [Delivery::Delivered]);
    azure.events.is_behind_firewall = true;
    assert_eq!(azure.deliver("b"), [Delivery::Delivered], "as the deployment makes it");
    azure.give_topic_a_user_assigned_identity();
    assert_eq!(
        azure.deliver("c"),
        [Delivery::Dropped],
        "the dead letters are behind it, too"
    );
    azure.events.is_behind_firewall = false;
    assert_eq!(azure.deliver("d"), [Delivery::Delivered]);
    azure.take_from_topic("Azure Service Bus Data Sender");
    assert_eq!(azure.deliver("e"), [Delivery::DeadLettered]);
    assert_eq!(azure.dead_letters(), 1);
}
