//! What conditions mean, and what the parser says of what it does not understand.

mod delegation;
mod oracle;
mod trees;

use super::{Condition, Truth, parse};

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
