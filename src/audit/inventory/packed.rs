//! The lines of a gzip stream that comes in pieces, whatever its length.

use std::io::Write as _;

use flate2::write::MultiGzDecoder;

use crate::hash::Sha256Hex;

/// Longest line of any document, bytes.
const LINE_CAP: usize = 4 << 20;
/// So much is unpacked at a time, bytes: what comes out of it (a thousand times as much at the very most) is in memory.
const PIECE: usize = 16 << 10;

/// Unpacks pieces and cuts what is in them into lines.
#[derive(Debug)]
pub(super) struct PackedLines {
    decoder: MultiGzDecoder<Vec<u8>>,
    hash: Sha256Hex,
}

impl Default for PackedLines {
    fn default() -> Self {
        Self {
            decoder: MultiGzDecoder::new(Vec::new()),
            hash: Sha256Hex::default(),
        }
    }
}

impl PackedLines {
    /// Takes the next bytes of the stream; hands over every line that is whole by now, with its newline.
    pub(super) fn unpack(
        &mut self,
        packed: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<(), String> {
        self.hash.update(packed);
        for piece in packed.chunks(PIECE) {
            let unpacked = self.decoder.write_all(piece).and_then(|()| self.decoder.flush());
            unpacked.map_err(|error| error.to_string())?;
            let text = self.decoder.get_mut();
            let Some(whole) = text.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1) else {
                if text.len() > LINE_CAP {
                    return Err(format!("a line is longer than {LINE_CAP} bytes"));
                }
                continue;
            };
            let rest = text.split_off(whole);
            let lines = std::mem::replace(text, rest);
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                if line.len() > LINE_CAP {
                    return Err(format!("a line is longer than {LINE_CAP} bytes"));
                }
                take(line)?;
            }
        }
        Ok(())
    }

    /// The end of the stream; the hash of all of it.
    pub(super) fn finish(mut self) -> Result<String, String> {
        self.decoder.try_finish().map_err(|error| error.to_string())?;
        match self.decoder.get_ref().is_empty() {
            true => Ok(self.hash.finish()),
            false => Err("its last line is cut off".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    use super::PackedLines;
    use crate::hash::sha256;

    fn packed(members: &[Vec<String>]) -> Vec<u8> {
        let mut packed = Vec::new();
        for lines in members {
            let mut encoder = GzEncoder::new(packed, Compression::fast());
            lines.iter().for_each(|line| writeln!(encoder, "{line}").unwrap());
            packed = encoder.finish().unwrap();
        }
        packed
    }

    fn read(packed: &[u8], size: usize) -> Result<(Vec<String>, String), String> {
        let (mut lines, mut read) = (PackedLines::default(), Vec::new());
        for piece in packed.chunks(size) {
            lines.unpack(piece, |line| {
                read.push(String::from_utf8_lossy(line).trim_end().to_owned());
                Ok(())
            })?;
        }
        Ok((read, lines.finish()?))
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_the_stream_is_cut(
            members in prop::collection::vec(prop::collection::vec("[a-z]{0,20}", 0..20), 1..4),
            size in 1usize..70,
        ) {
            let packed = packed(&members);
            prop_assert_eq!(read(&packed, size), Ok((members.concat(), sha256(&packed))));
        }
    }

    #[test]
    fn a_stream_that_is_cut_off_is_told() {
        let packed = packed(&[vec!["one".to_owned(), "two".to_owned()]]);
        assert!(read(&packed[..packed.len() - 4], 7).is_err());
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(b"one\ntwo").unwrap();
        let error = read(&encoder.finish().unwrap(), 7).unwrap_err();
        assert_eq!(error, "its last line is cut off");
    }

    #[test]
    fn a_line_without_an_end_is_not_kept_for_ever() {
        let packed = packed(&[vec!["a".repeat(20 << 20)]]);
        assert!(read(&packed, 4096).unwrap_err().contains("longer than"));
    }
}
