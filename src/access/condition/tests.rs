//! Conditions against an oracle of their own, and what the parser says of what it does not understand.

use proptest::prelude::*;

use super::super::name_pattern::Comparison;
use super::{
    Attribute, Condition, Expression, Literal, Operator, Quantifier, Source, StringOperator, Truth, Values, parse,
};

const READ: &str = "Microsoft.ContainerRegistry/registries/repositories/content/read";
const WRITE: &str = "Microsoft.ContainerRegistry/registries/repositories/content/write";
const NAME: &str = "@Request[Microsoft.ContainerRegistry/registries/repositories:name]";

fn guarded(test: &str) -> String {
    format!("((!(ActionMatches{{'{READ}'}})) OR ({test}))")
}

#[test]
fn the_documented_form_limits_one_action_to_one_repository() {
    let condition = parse(&guarded(&format!("{NAME} StringEqualsIgnoreCase 'team/app'"))).unwrap();
    assert_eq!(condition.evaluate(READ, Some("team/app")), Truth::True);
    assert_eq!(condition.evaluate(READ, Some("team/apple")), Truth::False);
    assert_eq!(condition.evaluate(READ, None), Truth::Unknown);
    assert_eq!(
        condition.evaluate(WRITE, Some("other")),
        Truth::True,
        "other actions pass"
    );
    assert_eq!(condition.evaluate(&READ.to_uppercase(), Some("other")), Truth::False);
}

#[test]
fn quantified_forms_count_the_right_hand_side() {
    for (test, name, expected) in [
        ("ForAnyOfAnyValues:StringEquals {'a','b'}", "b", Truth::True),
        (
            "ForAllOfAnyValues:StringStartsWithIgnoreCase {'A/', 'b/'}",
            "a/x",
            Truth::True,
        ),
        ("ForAnyOfAllValues:StringNotEquals {'a', 'b'}", "b", Truth::False),
        ("ForAnyOfAnyValues:StringNotEquals {'a', 'b'}", "b", Truth::True),
        ("ForAllOfAllValues:StringLike {'a*', '*z'}", "a/z", Truth::True),
        ("StringEquals {'a'}", "a", Truth::True),
        ("StringEquals {'a', 'b'}", "a", Truth::Unknown),
        (
            "ForAnyOfAnyValues:GuidEquals {0b5fe924-9a61-425c-96af-cfe6e287ca2d}",
            "a",
            Truth::Unknown,
        ),
        ("StringEquals @Principal[team]", "a", Truth::Unknown),
        ("NumericLessThan 5", "a", Truth::Unknown),
        ("StringContains 'a'", "a", Truth::Unknown),
        ("stringnotlike 'a?'", "ab", Truth::False),
    ] {
        let expression = parse(&format!("{NAME} {test}")).unwrap();
        assert_eq!(expression.evaluate(READ, Some(name)), expected, "{test}");
    }
}

#[test]
fn what_is_not_the_repository_is_unknown() {
    for text in [
        "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'a'",
        "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags:Project<$key_case_sensitive$>] StringEquals 'a'",
        "@Environment[UtcNow] DateTimeGreaterThan '2030-01-01T00:00:00.0Z'",
        "@Environment[isPrivateLink] BoolEquals true",
        "Exists @Principal[x]",
        "SubOperationMatches{'Blob.List'}",
        "ActionMatches{'*', 'a'}",
    ] {
        let expression = parse(text).unwrap();
        assert_eq!(expression.evaluate(READ, Some("a")), Truth::Unknown, "{text}");
        assert_eq!((!expression.evaluate(READ, Some("a"))), Truth::Unknown, "{text}");
    }
    let spared = parse(&format!("!(ActionMatches{{'{WRITE}'}} AND SubOperationMatches{{'x'}})")).unwrap();
    assert_eq!(spared.evaluate(READ, Some("a")), Truth::True);
    assert_eq!(
        parse(&format!("Exists {NAME}")).unwrap().evaluate(READ, Some("a")),
        Truth::True
    );
}

#[test]
fn errors_name_the_place_and_what_was_expected() {
    for (text, position, expected) in [
        ("", 0, "'(', NOT, an attribute"),
        ("(ActionMatches{'a'}", 19, "')', AND or OR"),
        ("ActionMatches{'a'} )", 19, "AND, OR or the end"),
        ("ActionMatches{}", 14, "a value"),
        ("ActionMatches{a}", 14, "a quoted text"),
        ("@Request[a] Matches 'x'", 12, "an operator"),
        ("@Request[a] StringEquals AND", 25, "a value, a set"),
        ("@Request[a] ForSomeValues:StringEquals 'x'", 12, "ForAnyOfAnyValues"),
        ("@Subject.Application == '1'", 0, "an attribute such as"),
        ("@Requests[a] StringEquals 'x'", 0, "@Request, @Resource"),
        ("@Request[a] StringEquals 'x", 25, "a closing quote"),
        ("@Request[a] StringEquals 'x\\' OR'", 25, "without an escaped quote"),
        ("@Request[a] StringEquals 'x''y'", 28, "AND, OR or the end"),
        (
            "ActionMatches{'a'} AND ActionMatches{'b'} OR ActionMatches{'c'}",
            42,
            "parentheses where AND and OR",
        ),
        ("ActionMatches{'a'} ; ", 19, "a word or a sign"),
        ("ä", 0, "a word or a sign"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(
            error.expected.starts_with(expected) || error.expected.contains(expected),
            "{text}: {error}"
        );
        assert_eq!(error.position, position, "{text}: {error}");
    }
    let error = parse("ActionMatches{'a'} AND )").unwrap_err().to_string();
    assert!(
        error.starts_with("condition not understood at byte 23: expected '(', NOT"),
        "{error}"
    );
    assert!(error.ends_with("found ')'"), "{error}");
}

#[test]
fn nesting_and_length_are_bounded() {
    let deep = |open: &str, close: &str, times: usize| {
        format!("{}ActionMatches{{'a'}}{}", open.repeat(times), close.repeat(times))
    };
    for text in [
        deep("(", ")", 100_000),
        "(".repeat(100_000),
        "!".repeat(100_000),
        deep("NOT ", "", 60_000),
        deep("!(", ")", 100_000),
    ] {
        assert!(parse(&text).is_err());
        let condition = Condition::from_arm(Some(&text), None).unwrap();
        assert_eq!(condition.evaluate(READ, Some("a")), Truth::Unknown);
    }
    assert!(parse(&deep("(", ")", 60)).is_ok() && parse(&deep("!(", ")", 60)).is_ok());
    assert!(
        parse(&" ".repeat(super::MAX_LENGTH + 1))
            .unwrap_err()
            .expected
            .starts_with("at most")
    );
    let long = vec![format!("{NAME} StringEquals 'a'"); 2_000].join(" OR ");
    assert_eq!(parse(&long).unwrap().evaluate(READ, Some("a")), Truth::True);
}

#[test]
fn only_version_two_is_understood() {
    let text = format!("{NAME} StringEquals 'a'");
    let with = |version| {
        Condition::from_arm(Some(&text), version)
            .unwrap()
            .evaluate(READ, Some("a"))
    };
    assert_eq!((with(None), with(Some("2.0"))), (Truth::True, Truth::True));
    assert_eq!(with(Some("1.0")), Truth::Unknown);
    assert!(Condition::from_arm(Some("  "), None).is_none() && Condition::from_arm(None, Some("2.0")).is_none());
}

#[test]
fn open_prefixes_are_found() {
    let text = guarded(&format!(
        "{NAME} StringStartsWith 'team' OR {NAME} StringStartsWithIgnoreCase 'app/' OR {NAME} StringLike 'x*'"
    ));
    let condition = Condition::from_arm(Some(&text), Some("2.0")).unwrap();
    assert_eq!(condition.open_prefixes(), ["team", "x"]);
    assert_eq!(condition.name_patterns().len(), 3);
}

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

fn expression() -> impl Strategy<Value = Expression> {
    let text = || "[a-z/*?A-Z \\\\.{}()@]{0,8}[a-z]";
    let literal = prop_oneof![
        text().prop_map(Literal::Text),
        "[0-9a-f]{1,8}(-[0-9a-f]{1,4})?".prop_map(Literal::Bare),
    ];
    let source = prop::sample::select(vec![
        Source::Request,
        Source::Resource,
        Source::Principal,
        Source::Environment,
    ]);
    let attribute = (source, "[A-Za-z][A-Za-z./:<$>_]{0,12}").prop_map(|(source, name)| Attribute { source, name });
    let comparison = prop::sample::select(vec![Comparison::Equals, Comparison::StartsWith, Comparison::Like]);
    let string = (comparison, any::<bool>(), any::<bool>()).prop_map(|(comparison, negated, ignore_case)| {
        Operator::String(StringOperator {
            comparison,
            negated,
            ignore_case,
        })
    });
    let operator = prop_oneof![
        string,
        prop::sample::select(vec!["GuidEquals", "NumericLessThan", "BoolNotEquals"])
            .prop_map(|word| Operator::Other(word.to_owned())),
    ];
    let quantifier = prop::option::of(prop::sample::select(vec![
        Quantifier::AnyOfAny,
        Quantifier::AllOfAny,
        Quantifier::AnyOfAll,
        Quantifier::AllOfAll,
    ]));
    let values = prop_oneof![
        literal.clone().prop_map(Values::One),
        prop::collection::vec(literal, 1..4).prop_map(Values::Set),
        attribute.clone().prop_map(Values::Attribute),
    ];
    let compare =
        (attribute.clone(), quantifier, operator, values).prop_map(|(attribute, quantifier, operator, values)| {
            Expression::Compare {
                attribute,
                quantifier,
                operator,
                values,
            }
        });
    let leaf = prop_oneof![
        4 => compare,
        1 => prop::collection::vec(text(), 1..3).prop_map(Expression::ActionMatches),
        1 => prop::collection::vec(text(), 1..3).prop_map(Expression::SubOperationMatches),
        1 => attribute.prop_map(Expression::Exists),
    ];
    leaf.prop_recursive(5, 32, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Expression::Not(Box::new(inner))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            prop::collection::vec(inner, 2..4).prop_map(Expression::Or),
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

    #[test]
    fn the_text_of_a_tree_parses_back_to_it(expression in expression()) {
        let text = expression.to_string();
        prop_assert_eq!(parse(&text), Ok(expression), "{}", text);
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "[()!{},'@\\[\\]A-Za-z:&| ]{0,60}") {
        if let Ok(expression) = parse(&text) {
            prop_assert_eq!(parse(&expression.to_string()), Ok(expression));
        }
    }
}
