//! Wildcards, as permissions and the `StringLike` operators have them.

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// Exactly this byte.
    Byte(u8),
    /// Any one character.
    One,
    /// Any number of characters, also none.
    Any,
}

/// Whether the whole of `text` follows the steps. Takes at most steps × text comparisons: only the last `*` is ever
/// tried again.
pub(super) fn matches(steps: &[Step], text: &[u8], ignore_case: bool) -> bool {
    let (mut step, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match steps.get(step) {
            Some(Step::Any) => {
                retry = Some((step + 1, at));
                step += 1;
                continue;
            }
            Some(Step::One) => {
                (step, at) = (step + 1, at + 1);
                continue;
            }
            Some(Step::Byte(byte)) if text.get(at).is_some_and(|given| same(*byte, *given, ignore_case)) => {
                (step, at) = (step + 1, at + 1);
                continue;
            }
            _ => {}
        }
        let Some((after, from)) = retry else {
            return false;
        };
        retry = Some((after, from + 1));
        (step, at) = (after, from + 1);
    }
    steps.iter().skip(step).all(|step| *step == Step::Any)
}

/// Steps of a text in which only `*` is special, as in permissions.
pub(super) fn stars(text: &str) -> Box<[Step]> {
    let step = |byte| if byte == b'*' { Step::Any } else { Step::Byte(byte) };
    text.bytes().map(step).collect()
}

fn same(left: u8, right: u8, ignore_case: bool) -> bool {
    left == right || (ignore_case && left.eq_ignore_ascii_case(&right))
}

#[cfg(test)]
mod tests {
    use super::{matches, stars};

    #[test]
    fn a_star_may_stand_anywhere() {
        let whole = |pattern: &str, text: &str| matches(&stars(pattern), text.as_bytes(), true);
        assert!(whole("*", "") && whole("*", "a/b") && whole("*/read", "a/b/read") && whole("a/*/c", "A/b/b/C"));
        assert!(whole("a*b*c", "aXbXbc") && whole("**", "x") && whole("", ""));
        assert!(!whole("*/read", "a/reads") && !whole("a/*", "b/a/") && !whole("", "a") && !whole("a*b", "a"));
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(2_000);
        assert!(!matches(&stars(&pattern), &vec![b'a'; 1_999], false));
        assert!(matches(&stars(&pattern), &vec![b'a'; 5_000], false));
    }
}
