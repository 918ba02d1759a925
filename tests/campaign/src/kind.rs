//! The kinds of fault that a life may meet, with their numbers in the fault model.

use std::time::Duration;

use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::random::seeded::Random;

/// One kind of fault.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    /// Number in the fault model (F1 to F34).
    pub fault: &'static str,
    pub(super) what: What,
}

/// How a fault comes about.
#[derive(Debug)]
pub(super) enum What {
    /// An effect on requests that match.
    Requests(fn(&mut Random) -> Rule),
    /// A state of the simulated Azure.
    State(State),
    /// Something that host, broker, sender of events or clock do.
    Habit(Habit),
}

/// States of the simulated Azure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Revoked,
    Firewall,
    CatalogShrinks,
    Gone,
    Quota,
    ReaderRevoked,
    GraphDenied,
    GraphOmits,
    StorageDenied,
    CreatesConflict412,
    BrokerDown,
    BrokerDenied,
    /// A snapshot of a newer build lies beside those of this one.
    NewerSnapshot,
    /// Of every repository, its first tag and its last manifest are in no list: `listEnabled`.
    ItemsHidden,
}

/// Habits of everything that is no answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Habit {
    EventLost,
    EventTwice,
    EventLate,
    EventForged,
    Poison,
    MessageTwice,
    AcknowledgementLost,
    LockLost,
    ScheduledEarly,
    ScheduledLate,
    TimersOverlap,
    KilledBeforeEffect,
    KilledAfterEffect,
    KilledAnyTime,
    ClockOff,
    ClockStepsBack,
    PushedWhilePaging,
    DeletedWhilePaging,
    RepositoryAgain,
    RepositoryPasses,
}

const fn requests(name: &'static str, fault: &'static str, rule: fn(&mut Random) -> Rule) -> Kind {
    Kind {
        name,
        fault,
        what: What::Requests(rule),
    }
}

const fn state(name: &'static str, fault: &'static str, state: State) -> Kind {
    Kind {
        name,
        fault,
        what: What::State(state),
    }
}

const fn habit(name: &'static str, fault: &'static str, habit: Habit) -> Kind {
    Kind {
        name,
        fault,
        what: What::Habit(habit),
    }
}

/// Every kind.
pub const KINDS: &[Kind] = &[
    requests("registry-429", "F1", |random| {
        let wait = random.between(1, 40).to_string();
        registry(status(429, Some(&wait)))
    }),
    requests("registry-429-no-retry-after", "F1", |_| registry(status(429, None))),
    requests("registry-5xx", "F2", |random| {
        registry(status(five_hundred(random), None))
    }),
    requests("registry-truncated", "F3", |_| registry(Effect::Truncate)),
    requests("registry-wrong-length", "F3", |_| registry(Effect::WrongLength)),
    requests("registry-reset", "F3", |_| registry(Effect::ResetBefore)),
    requests("registry-html", "F4", |_| registry(Effect::Garbage)),
    requests("registry-malformed-json", "F4", |_| {
        registry(body("{\"repositories\":[\"a\""))
    }),
    requests("registry-oversized", "F4", |_| registry(Effect::Oversize(9 << 20))),
    requests("registry-slow-body", "F5", |_| registry(Effect::SlowBody(20))),
    requests("registry-timeout", "F5", |_| registry(Effect::Hang)),
    requests("registry-late", "F5", |random| {
        registry(Effect::Delay(Duration::from_secs(random.between(2, 50))))
    }),
    requests("registry-redirect", "F18", |_| {
        registry(Effect::Redirect {
            location: "https://elsewhere.example.com/".to_owned(),
            status: 307,
        })
    }),
    requests("registry-404", "F4", |_| {
        registry(status(404, None)).path("/acr/v1/").method("GET")
    }),
    requests("registry-404-unknown", "F33", |_| {
        // One that knows the repository as soon as it is asked for itself.
        let body = "{\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"repository name not known to registry\"}]}";
        registry(answer(404, body)).path("/_manifests").method("GET")
    }),
    requests("cursor-refused", "F12", |_| registry(status(400, None)).query("last")),
    requests("cursor-repeated", "F12", |_| registry(Effect::RepeatCursor)),
    requests("cursor-backwards", "F12", |_| registry(Effect::RewindCursor)),
    requests("page-shrinks", "F13", |_| registry(Effect::PageSize(1)).query("n")),
    requests("page-grows", "F13", |_| registry(Effect::PageSize(900)).query("n")),
    requests("token-void", "F15", |_| registry(Effect::VoidToken).path("/acr/v1/")),
    requests("counts-flap", "F34", |_| registry(Effect::Miscount("tagCount"))),
    requests("content-503", "F2", |_| content(503)),
    requests("content-404", "F33", |_| content(404)),
    requests("content-401", "F17", |_| content(401)),
    requests("content-403", "F17", |_| content(403)),
    requests("content-of-another", "F4", |_| {
        // An index in every respect, but not the one that was asked for.
        let body = body("{\"schemaVersion\":2,\"manifests\":[]}");
        registry(body).path("/manifests/").method("GET")
    }),
    requests("authority-5xx", "F16", |random| {
        authority(status(five_hundred(random), None))
    }),
    requests("authority-429", "F16", |_| authority(status(429, Some("5")))),
    requests("authority-timeout", "F16", |_| authority(Effect::Hang)),
    requests("arm-5xx", "F2", |random| arm(status(five_hundred(random), None))),
    requests("arm-429", "F1", |_| arm(status(429, Some("17")))),
    requests("arm-truncated", "F3", |_| arm(Effect::Truncate)),
    requests("graph-5xx", "F2", |random| {
        Rule::new(status(five_hundred(random), None)).service(Service::ResourceGraph)
    }),
    requests("blob-5xx", "F21", |_| blob(status(503, None))),
    requests("blob-reset", "F21", |_| blob(Effect::ResetBefore)),
    requests("blob-answer-lost", "F20", |_| blob(Effect::ResetAfter)),
    requests("blob-timeout-before", "F21", |_| blob(Effect::Hang)),
    requests("blob-timeout-after", "F20", |_| blob(Effect::HangAfter)),
    requests("blob-late", "F21", |random| {
        blob(Effect::Delay(Duration::from_secs(random.between(2, 50))))
    }),
    requests("blob-truncated", "F21", |_| blob(Effect::Truncate).method("GET")),
    requests("blob-412", "F19", |_| {
        blob(storage_error(412, "ConditionNotMet")).method("PUT")
    }),
    requests("blob-409", "F19", |_| {
        blob(storage_error(409, "BlobAlreadyExists")).method("PUT")
    }),
    requests("send-5xx", "F32", |_| bus(status(503, None))),
    requests("send-answer-lost", "F27", |_| bus(Effect::ResetAfter)),
    requests("send-timeout-after", "F27", |_| bus(Effect::HangAfter)),
    state("permission-revoked", "F17", State::Revoked),
    state("firewall-closed", "F17", State::Firewall),
    state("catalog-shrinks", "F17", State::CatalogShrinks),
    state("registry-gone", "F18", State::Gone),
    state("registry-quota", "F1", State::Quota),
    state("reader-revoked", "F17", State::ReaderRevoked),
    state("graph-denied", "F17", State::GraphDenied),
    state("graph-omits", "F33", State::GraphOmits),
    state("storage-denied", "F21", State::StorageDenied),
    state("creates-conflict-412", "F19", State::CreatesConflict412),
    state("broker-down", "F32", State::BrokerDown),
    state("broker-denied", "F32", State::BrokerDenied),
    state("newer-snapshot", "F33", State::NewerSnapshot),
    habit("event-lost", "F8", Habit::EventLost),
    habit("event-twice", "F6", Habit::EventTwice),
    habit("event-late", "F7", Habit::EventLate),
    habit("event-forged", "F25", Habit::EventForged),
    habit("poison-message", "F25", Habit::Poison),
    habit("message-twice", "F6", Habit::MessageTwice),
    habit("acknowledgement-lost", "F24", Habit::AcknowledgementLost),
    habit("lock-lost", "F24", Habit::LockLost),
    habit("scheduled-early", "F26", Habit::ScheduledEarly),
    habit("scheduled-late", "F26", Habit::ScheduledLate),
    habit("timers-overlap", "F28", Habit::TimersOverlap),
    habit("killed-before-effect", "F22", Habit::KilledBeforeEffect),
    habit("killed-after-effect", "F22", Habit::KilledAfterEffect),
    habit("killed-any-time", "F31", Habit::KilledAnyTime),
    habit("clock-off", "F14", Habit::ClockOff),
    habit("clock-steps-back", "F14", Habit::ClockStepsBack),
    habit("pushed-while-paging", "F13", Habit::PushedWhilePaging),
    habit("deleted-while-paging", "F10", Habit::DeletedWhilePaging),
    habit("repository-again", "F11", Habit::RepositoryAgain),
    habit("repository-passing", "F11", Habit::RepositoryPasses),
];

fn registry(effect: Effect) -> Rule {
    Rule::new(effect).service(Service::Registry)
}

/// Single manifests.
fn content(code: u16) -> Rule {
    registry(status(code, None)).path("/manifests/").method("GET")
}

fn authority(effect: Effect) -> Rule {
    Rule::new(effect).service(Service::Authority)
}

fn arm(effect: Effect) -> Rule {
    Rule::new(effect).service(Service::Arm)
}

fn blob(effect: Effect) -> Rule {
    Rule::new(effect).service(Service::Blob)
}

fn bus(effect: Effect) -> Rule {
    Rule::new(effect).service(Service::ServiceBus)
}

fn five_hundred(random: &mut Random) -> u16 {
    random.pick(&[500, 502, 503, 504]).copied().unwrap_or(500)
}

fn status(code: u16, retry_after: Option<&str>) -> Effect {
    Effect::Status {
        code,
        retry_after: retry_after.map(str::to_owned),
        body: "<html><body>not now</body></html>".to_owned(),
    }
}

fn answer(code: u16, body: &str) -> Effect {
    Effect::Status {
        code,
        retry_after: None,
        body: body.to_owned(),
    }
}

fn storage_error(code: u16, error: &str) -> Effect {
    Effect::Status {
        code,
        retry_after: None,
        body: format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{error}</Code><Message>no</Message></Error>"
        ),
    }
}

fn body(text: &'static str) -> Effect {
    Effect::Body {
        content_type: "application/json; charset=utf-8".to_owned(),
        body: bytes::Bytes::from_static(text.as_bytes()),
    }
}
