//! The triggers that the simulated host has.

use anyhow::{Context as _, bail};
use serde_json::Value;

/// What starts a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// Monitored, so that invocations have a `ScheduleStatus`.
    Timer,
    /// `dataType: binary`: the body arrives as base64.
    ServiceBus { queue: String },
    /// `authLevel: function`: callers need the function key.
    Http {
        /// Without the route prefix.
        route: String,
        /// Upper case.
        methods: Vec<String>,
    },
}

impl Trigger {
    /// Reads a trigger binding whose settings are expanded already.
    pub fn read(binding: &Value) -> anyhow::Result<Self> {
        let text = |key: &str| binding[key].as_str().map(str::to_owned);
        if binding["direction"] != "in" {
            bail!("the trigger's direction must be \"in\"");
        }
        match binding["type"].as_str() {
            Some("timerTrigger") => {
                text("schedule").context("timerTrigger without schedule")?;
                if binding["useMonitor"] == false {
                    bail!("a timer that is not monitored is not simulated");
                }
                Ok(Self::Timer)
            }
            Some("serviceBusTrigger") => {
                text("connection").context("serviceBusTrigger without connection")?;
                if text("cardinality").is_some_and(|many| many != "one") || binding["dataType"] != "binary" {
                    bail!("only messages one by one, as bytes, are simulated");
                }
                Ok(Self::ServiceBus {
                    queue: text("queueName").context("serviceBusTrigger without queueName")?,
                })
            }
            Some("httpTrigger") => {
                if text("authLevel").is_some_and(|level| level != "function") {
                    bail!("only the function key is simulated");
                }
                let methods = binding["methods"].as_array().context("httpTrigger without methods")?;
                Ok(Self::Http {
                    route: text("route").context("httpTrigger without route")?,
                    methods: methods
                        .iter()
                        .filter_map(|method| Some(method.as_str()?.to_uppercase()))
                        .collect(),
                })
            }
            other => bail!("trigger {other:?} is not simulated"),
        }
    }
}
