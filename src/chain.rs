//! An error with its causes, for people.

use std::error::Error;

/// The error and all its causes in one line; a cause that the text before it quotes already is left out.
pub fn chain(error: &dyn Error) -> String {
    let mut text = one_line(error);
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = one_line(cause);
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

fn one_line(error: &dyn Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Step(&'static str, #[source] Option<Box<Step>>);

    #[test]
    fn every_cause_is_said_once_and_in_one_line() {
        let error = Step(
            "reading x:\nno luck",
            Some(Box::new(Step("no luck", Some(Box::new(Step("disk on fire", None)))))),
        );
        assert_eq!(chain(&error), "reading x: no luck: disk on fire");
    }
}
