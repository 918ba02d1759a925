//! The triggers that the simulated host has.

use anyhow::{Context as _, bail};
use serde_json::Value;

/// What starts a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    Timer {
        schedule: String,
        /// Without it, `ScheduleStatus` is null.
        use_monitor: bool,
    },
    ServiceBus {
        queue: String,
        /// `dataType: binary`: the body arrives as base64 and nothing of it is promoted.
        is_binary: bool,
    },
    Http {
        /// Without the route prefix; the function's name when function.json has none.
        route: Option<String>,
        /// Upper case; empty: all.
        methods: Vec<String>,
        auth_level: AuthLevel,
    },
}

/// Who may call an HTTP function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthLevel {
    Anonymous,
    Function,
    Admin,
}

impl Trigger {
    /// Reads a trigger binding whose settings are expanded already.
    pub fn read(binding: &Value) -> anyhow::Result<Self> {
        let text = |key: &str| binding[key].as_str().map(str::to_owned);
        if binding["direction"] != "in" {
            bail!("the trigger's direction must be \"in\"");
        }
        match binding["type"].as_str() {
            Some("timerTrigger") => Ok(Self::Timer {
                schedule: text("schedule").context("timerTrigger without schedule")?,
                use_monitor: binding["useMonitor"] != false,
            }),
            Some("serviceBusTrigger") => {
                if text("connection").is_none() {
                    bail!("serviceBusTrigger without connection");
                }
                if text("cardinality").is_some_and(|many| many != "one") {
                    bail!("cardinality many is not simulated");
                }
                Ok(Self::ServiceBus {
                    queue: text("queueName").context("serviceBusTrigger without queueName")?,
                    is_binary: binding["dataType"] == "binary",
                })
            }
            Some("httpTrigger") => Ok(Self::Http {
                route: text("route"),
                methods: binding["methods"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|method| Some(method.as_str()?.to_uppercase()))
                    .collect(),
                auth_level: match text("authLevel").as_deref() {
                    Some("anonymous") => AuthLevel::Anonymous,
                    None | Some("function") => AuthLevel::Function,
                    Some("admin") => AuthLevel::Admin,
                    Some(other) => bail!("authLevel {other:?} is unknown"),
                },
            }),
            other => bail!("trigger {other:?} is not simulated"),
        }
    }
}
