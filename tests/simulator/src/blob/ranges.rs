//! The `Range` header of Get Blob: `bytes=start-` and `bytes=start-end`, nothing else.

/// What a reader asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Range {
    Whole,
    /// Half-open.
    Part {
        start: usize,
        end: usize,
    },
    Unsatisfiable,
}

/// Judges a range against the length; a header in another form is ignored, as HTTP asks.
pub(super) fn read_range(header: Option<&str>, length: usize) -> Range {
    let parsed = header
        .and_then(|text| text.strip_prefix("bytes="))
        .and_then(|text| text.split_once('-'))
        .and_then(|(start, end)| {
            let start = start.parse::<usize>().ok()?;
            let end = match end {
                "" => length,
                text => text.parse::<usize>().ok()?.saturating_add(1),
            };
            (end > start || start >= length).then_some((start, end))
        });
    match parsed {
        None => Range::Whole,
        Some((start, _)) if start >= length => Range::Unsatisfiable,
        Some((start, end)) => Range::Part {
            start,
            end: end.min(length),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, read_range};

    #[test]
    fn cuts_a_range_at_the_end_of_the_blob() {
        let cases = [
            (None, 10, Range::Whole),
            (Some("bytes=0-3"), 10, Range::Part { start: 0, end: 4 }),
            (Some("bytes=8-99"), 10, Range::Part { start: 8, end: 10 }),
            (Some("bytes=4-"), 10, Range::Part { start: 4, end: 10 }),
            (Some("bytes=0-3"), 0, Range::Unsatisfiable),
            (Some("bytes=10-"), 10, Range::Unsatisfiable),
            (Some("rows=1-2"), 10, Range::Whole),
        ];
        for (header, length, expected) in cases {
            assert_eq!(read_range(header, length), expected, "{header:?} of {length}");
        }
    }
}
