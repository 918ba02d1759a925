//! Conditions against an oracle of their own.

use proptest::prelude::*;

use super::super::{Truth, parse};
use super::{NAME, READ, WRITE};

/// A condition as a test writes it, with a meaning of its own.
#[derive(Debug, Clone)]
enum Tiny {
    Action(&'static str),
    Name {
        operator: &'static str,
        not: bool,
        ignore: bool,
        quantifier: Option<bool>,
        values: Vec<&'static str>,
    },
    Foreign,
    Not(Box<Tiny>),
    And(Vec<Tiny>),
    Or(Vec<Tiny>),
}

const VALUES: &[&str] = &[
    "team",
    "team/",
    "TEAM/a",
    "team-secrets",
    "a",
    "a*",
    "*a",
    "t?am*",
    "*",
    "",
    "b/c",
];
const NAMES: &[&str] = &["team", "team/a", "team-secrets", "a", "b/c", "xa", "ab", "tram/x"];

impl Tiny {
    fn text(&self) -> String {
        match self {
            Self::Action(pattern) => format!("ActionMatches{{'{pattern}'}}"),
            Self::Name {
                operator,
                not,
                ignore,
                quantifier,
                values,
            } => {
                let quantifier = match quantifier {
                    None => "",
                    Some(false) => "ForAnyOfAnyValues:",
                    Some(true) => "ForAllOfAllValues:",
                };
                let not = if *not { "Not" } else { "" };
                let ignore = if *ignore { "IgnoreCase" } else { "" };
                let set: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
                format!("{NAME} {quantifier}String{not}{operator}{ignore} {{{}}}", set.join(","))
            }
            Self::Foreign => "@Principal[team] StringEquals 'a'".to_owned(),
            Self::Not(inner) => format!("NOT ({})", inner.text()),
            Self::And(parts) => joined(parts, " && "),
            Self::Or(parts) => joined(parts, " or "),
        }
    }

    /// None: not known.
    fn holds(&self, action: &str, name: &str) -> Option<bool> {
        match self {
            Self::Action(pattern) => Some(like(&pattern.to_lowercase(), &action.to_lowercase())),
            Self::Name {
                operator,
                not,
                ignore,
                quantifier,
                values,
            } => {
                if quantifier.is_none() && values.len() > 1 {
                    return None;
                }
                let one = |value: &&'static str| {
                    if value.is_empty() {
                        return None;
                    }
                    let (value, name) = match ignore {
                        true => (value.to_lowercase(), name.to_lowercase()),
                        false => ((*value).to_owned(), name.to_owned()),
                    };
                    let matched = match *operator {
                        "Equals" => value == name,
                        "StartsWith" => name.starts_with(&value),
                        _ => like(&value, &name),
                    };
                    Some(matched != *not)
                };
                let answers: Vec<Option<bool>> = values.iter().map(one).collect();
                if *quantifier == Some(true) {
                    all_hold(&answers)
                } else {
                    some_hold(&answers)
                }
            }
            Self::Foreign => None,
            Self::Not(inner) => inner.holds(action, name).map(|holds| !holds),
            Self::And(parts) => all_hold(&parts.iter().map(|part| part.holds(action, name)).collect::<Vec<_>>()),
            Self::Or(parts) => some_hold(&parts.iter().map(|part| part.holds(action, name)).collect::<Vec<_>>()),
        }
    }
}

fn joined(parts: &[Tiny], sign: &str) -> String {
    parts
        .iter()
        .map(|part| format!("({})", part.text()))
        .collect::<Vec<_>>()
        .join(sign)
}

fn some_hold(answers: &[Option<bool>]) -> Option<bool> {
    if answers.contains(&Some(true)) {
        Some(true)
    } else {
        all_known(answers).then_some(false)
    }
}

fn all_hold(answers: &[Option<bool>]) -> Option<bool> {
    if answers.contains(&Some(false)) {
        Some(false)
    } else {
        all_known(answers).then_some(true)
    }
}

fn all_known(answers: &[Option<bool>]) -> bool {
    answers.iter().all(Option::is_some)
}

/// The plainest wildcard match there is.
fn like(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len()).any(|cut| like(&pattern[1..], &text[cut..])),
        Some('?') => !text.is_empty() && like(&pattern[1..], &text[1..]),
        Some(c) => text.starts_with(c) && like(&pattern[1..], &text[1..]),
    }
}

fn tiny() -> impl Strategy<Value = Tiny> {
    let name = (
        prop::sample::select(vec!["Equals", "StartsWith", "Like"]),
        any::<bool>(),
        any::<bool>(),
        any::<Option<bool>>(),
        prop::collection::vec(prop::sample::select(VALUES), 1..3),
    )
        .prop_map(|(operator, not, ignore, quantifier, values)| Tiny::Name {
            operator,
            not,
            ignore,
            quantifier,
            values,
        });
    let leaf = prop_oneof![
        6 => name,
        3 => prop::sample::select(vec![READ, WRITE, "*", "*/read", "microsoft.CONTAINERregistry/*"]).prop_map(Tiny::Action),
        1 => Just(Tiny::Foreign),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Tiny::Not(Box::new(inner))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Tiny::And),
            prop::collection::vec(inner, 2..4).prop_map(Tiny::Or),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_evaluator_agrees_with_the_oracle(tiny in tiny()) {
        let expression = parse(&tiny.text()).unwrap();
        for name in NAMES {
            for action in [READ, WRITE, "Microsoft.Authorization/roleAssignments/write"] {
                let expected = tiny.holds(action, name).map_or(Truth::Unknown, Truth::from);
                prop_assert_eq!(expression.evaluate(action, Some(name)), expected, "{} on {}", tiny.text(), name);
            }
        }
    }

    #[test]
    fn repositories_with_the_same_patterns_are_alike(tiny in tiny()) {
        let expression = parse(&tiny.text()).unwrap();
        let patterns = expression.name_patterns();
        let signature = |name: &str| patterns.iter().map(|pattern| pattern.matches(name)).collect::<Vec<_>>();
        for (left, right) in NAMES.iter().zip(NAMES.iter().skip(1)) {
            if signature(left) == signature(right) {
                prop_assert_eq!(expression.evaluate(READ, Some(left)), expression.evaluate(READ, Some(right)));
            }
        }
    }
}
