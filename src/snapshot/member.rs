//! Gzip members: the unit in which lines are packed and read.

use std::io::{Read as _, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

/// Bytes whose ends of lines are counted at once; as many fit into a byte.
const BLOCK: usize = 128;

/// Lines as one gzip member; members one after the other are a gzip file again.
pub(super) fn pack(text: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 3), level);
    // Writing into a Vec cannot fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default()
}

/// The lines of exactly one member. At most about a thousand times as large as what it is unpacked from.
pub(super) fn unpack(member: &[u8]) -> Result<Bytes, String> {
    let mut decoder = GzDecoder::new(member);
    let mut text = Vec::with_capacity(member.len().saturating_mul(4));
    decoder.read_to_end(&mut text).map_err(|error| error.to_string())?;
    match decoder.into_inner().is_empty() {
        true => Ok(text.into()),
        false => Err("there is more behind it".to_owned()),
    }
}

/// `count` lines behind the first `skip` ones, with their newlines; none if there are not so many.
pub(super) fn some_lines(text: &Bytes, skip: u32, count: u32) -> Option<Bytes> {
    let start = end_of(text, skip)?;
    let length = end_of(text.get(start..)?, count)?;
    Some(text.slice(start..start + length))
}

/// Bytes of the first `count` lines.
fn end_of(text: &[u8], count: u32) -> Option<usize> {
    let (mut left, mut passed) = (count as usize, 0);
    if left == 0 {
        return Some(0);
    }
    // Ends are counted a block at a time, which compilers make many times as fast as byte after byte.
    for block in text.chunks(BLOCK) {
        let ends = block.iter().fold(0_u8, |ends, byte| ends + u8::from(*byte == b'\n'));
        if left <= usize::from(ends) {
            let mut ends = block.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            return ends.nth(left - 1).map(|(at, _)| passed + at + 1);
        }
        left -= usize::from(ends);
        passed += block.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{pack, some_lines, unpack};
    use bytes::Bytes;
    use flate2::Compression;
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    #[test]
    fn lines_are_found_by_their_number() {
        let text = Bytes::from_static(b"a\nbb\n\nc\n");
        let found = |skip, count| some_lines(&text, skip, count).map(|lines| lines.to_vec());
        assert_eq!(found(0, 4).unwrap(), b"a\nbb\n\nc\n");
        assert_eq!(found(1, 2).unwrap(), b"bb\n\n");
        assert_eq!(found(3, 1).unwrap(), b"c\n");
        assert_eq!(found(4, 0).unwrap(), b"");
        assert_eq!((found(3, 2), found(5, 0)), (None, None));
    }

    proptest! {
        #[test]
        fn lines_of_any_length_are_found(lines in prop::collection::vec("[a-z]{0,300}", 0..40), skip in 0u32..45, count in 0u32..45) {
            let text = Bytes::from(lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            let (from, to) = (skip as usize, skip as usize + count as usize);
            let expected = lines.get(from..to).map(|lines| lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            let found = some_lines(&text, skip, count).map(|lines| String::from_utf8(lines.to_vec()).unwrap());
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_member_is_taken_whole_and_alone() {
        let packed = pack(b"one\ntwo\n", Compression::fast());
        assert_eq!(unpack(&packed).unwrap(), "one\ntwo\n");
        for cut in 0..packed.len() {
            assert!(unpack(&packed[..cut]).is_err(), "{cut}");
        }
        let twice = packed.repeat(2);
        assert!(unpack(&twice).unwrap_err().contains("more"));
    }
}
