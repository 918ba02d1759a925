//! Trees go to text and back, and no text is too much for the parser.

use proptest::prelude::*;

use super::super::super::name_pattern::Comparison;
use super::super::{Attribute, Expression, Literal, Operator, Quantifier, Source, StringOperator, Values, parse};

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
    let attribute = (source, "[A-Za-z][A-Za-z./:<$>_]{0,12}").prop_map(|(source, name)| Attribute {
        source,
        name: name.as_str().into(),
    });
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
