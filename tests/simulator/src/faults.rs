//! Faults on demand: rules that tests, the demo and campaigns put before the simulated services.

pub mod alteration;
pub mod effect;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use self::effect::Effect;
use super::front::route::Service;
use super::wire::SimRequest;
use crate::lock::lock;
use crate::random::seeded::Random;

/// Handle on the rules of one simulator. Clones share the rules.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    rules: Arc<Mutex<Rules>>,
    /// Whether there is any rule: the request path takes no lock when there is none.
    armed: Arc<AtomicBool>,
}

/// Which requests an [`Effect`] is injected into. A field that is none matches everything.
#[derive(Debug, Clone)]
pub struct Rule {
    pub service: Option<Service>,
    /// Upper case, e.g. `GET`.
    pub method: Option<String>,
    /// Text in the path as sent (percent-encoded).
    pub path_contains: Option<String>,
    /// Host without port, lower case.
    pub host: Option<String>,
    /// Matching requests let through before the first of these.
    pub skip: u64,
    /// Requests that it is injected into before the rule is spent; none: always.
    pub times: Option<u64>,
    /// Chance that it is injected into a matching request, 0 to 1, drawn from the generator of [`Faults::seed`].
    pub probability: f64,
    /// A query parameter that the request has to have.
    pub query_has: Option<String>,
    /// What [`Faults::fired`] counts under instead of the effect's kind.
    pub name: Option<&'static str>,
    pub effect: Effect,
}

impl Rule {
    /// Strikes every request, once and for all, until narrowed.
    pub fn new(effect: Effect) -> Self {
        Self {
            service: None,
            method: None,
            path_contains: None,
            host: None,
            skip: 0,
            times: None,
            probability: 1.0,
            query_has: None,
            name: None,
            effect,
        }
    }

    pub fn service(mut self, service: Service) -> Self {
        self.service = Some(service);
        self
    }

    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_uppercase());
        self
    }

    pub fn path(mut self, contains: &str) -> Self {
        self.path_contains = Some(contains.to_owned());
        self
    }

    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(host.to_lowercase());
        self
    }

    /// Only requests with this query parameter.
    pub fn query(mut self, parameter: &str) -> Self {
        self.query_has = Some(parameter.to_owned());
        self
    }

    pub fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    pub fn skip(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    pub fn times(mut self, requests: u64) -> Self {
        self.times = Some(requests);
        self
    }

    pub fn probability(mut self, chance: f64) -> Self {
        self.probability = chance;
        self
    }

    fn matches(&self, service: Service, request: &SimRequest) -> bool {
        self.service.is_none_or(|wanted| wanted == service)
            && (self.method.as_deref()).is_none_or(|wanted| wanted == request.method.as_str())
            && (self.path_contains.as_deref()).is_none_or(|text| request.path.contains(text))
            && (self.host.as_deref()).is_none_or(|wanted| wanted == request.host)
            && (self.query_has.as_deref()).is_none_or(|wanted| request.query(wanted).is_some())
    }
}

#[derive(Debug, Default)]
struct Rules {
    rules: Vec<Rule>,
    fired: BTreeMap<&'static str, u64>,
    random: Random,
}

impl Faults {
    /// Adds a rule after those already there.
    pub fn add(&self, rule: Rule) {
        self.lock().rules.push(rule);
        self.armed.store(true, Ordering::SeqCst);
    }

    /// Removes the rules of this name.
    pub fn remove(&self, name: &str) {
        self.lock().rules.retain(|rule| rule.name != Some(name));
    }

    /// Removes every rule; what has fired stays counted.
    pub fn clear(&self) {
        self.armed.store(false, Ordering::SeqCst);
        self.lock().rules.clear();
    }

    /// Restarts the generator that rules with a probability draw from.
    pub fn seed(&self, seed: u64) {
        self.lock().random = Random::new(seed);
    }

    /// How often each kind of effect was injected.
    pub fn fired(&self) -> BTreeMap<&'static str, u64> {
        self.lock().fired.clone()
    }

    /// The effects to inject into this request, in rule order: any number that shape an answer, and at most one, the
    /// last, that takes its place.
    pub(super) fn inject(&self, service: Service, request: &SimRequest) -> Vec<Effect> {
        if !self.armed.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut state = self.lock();
        let Rules { rules, fired, random } = &mut *state;
        let mut effects = Vec::new();
        for rule in rules.iter_mut() {
            if rule.times == Some(0) || !rule.matches(service, request) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            if rule.probability < 1.0 && random.fraction() >= rule.probability {
                continue;
            }
            rule.times = rule.times.map(|times| times - 1);
            *fired.entry(rule.name.unwrap_or(rule.effect.kind())).or_default() += 1;
            effects.push(rule.effect.clone());
            if rule.effect.replaces() {
                break;
            }
        }
        effects
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        lock(&self.rules)
    }
}
