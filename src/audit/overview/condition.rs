//! A condition in a few words.

use crate::access::condition::Condition;
use crate::access::delegation;
use crate::access::name_pattern::{Comparison, NamePattern};

/// What it leaves of the right to assign roles, or the names it is about.
pub fn condition_in_short(text: &str) -> String {
    let Some(condition) = Condition::from_arm(Some(text), None) else {
        return String::new();
    };
    if let Some(why) = condition.undecided() {
        return format!("not decided: {why}");
    }
    let pattern = |pattern: &NamePattern| match pattern.comparison {
        Comparison::StartsWith => format!("{}*", pattern.value),
        Comparison::Equals | Comparison::Like => pattern.value.clone(),
    };
    let names: Vec<String> = condition.name_patterns().iter().map(pattern).collect();
    let delegated = delegation::in_words(&condition.delegation(), &[]);
    match (names.is_empty(), delegated.is_empty()) {
        (false, _) => format!("about {}", names.join(", ")),
        (true, false) => delegated,
        (true, true) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::condition_in_short;

    #[test]
    fn conditions_are_told_by_what_they_are_about() {
        let name = "@Request[Microsoft.ContainerRegistry/registries/repositories:name]";
        for (condition, short) in [
            (
                format!("{name} StringStartsWith 'team/' OR {name} StringEquals 'base'"),
                "about base, team/*",
            ),
            ("(".to_owned(), "not decided: "),
        ] {
            let told = condition_in_short(&condition);
            assert!(told.starts_with(short), "{told}");
        }
        assert_eq!(condition_in_short(" "), "");
    }
}
