//! Documents of lines that a loss of power cut off: they are not synced when they are written, because each can be made
//! again from the registry.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// What the last line of a whole one begins with.
const END: &[u8] = b"{\"kind\":\"end\"";
/// What a whole one begins with.
const BEGINS: [&[u8]; 2] = [b"{\"kind\":\"repository\"", b"{\"kind\":\"content\""];
/// An end line is looked for in so many last bytes, and then in more.
const TAILS: [u64; 2] = [4 << 10, 4 << 20];

/// Whether a file is the beginning of a document of lines, or nothing but what a file system fills up with. Something else
/// is not ours, and nothing is said of it.
pub(super) fn is_cut_off(name: &str, mut file: &File) -> io::Result<bool> {
    if !name.ends_with(",lists.ndjson") && !name.ends_with(",content.ndjson") {
        return Ok(false);
    }
    let length = file.metadata()?.len();
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(32).read_to_end(&mut head)?;
    let is_ours = BEGINS
        .iter()
        .any(|begin| begin.starts_with(&head) || head.starts_with(begin));
    let is_filled = head.iter().all(|byte| *byte == 0);
    let ends = is_ours && ends(file, length)?;
    file.seek(SeekFrom::Start(0))?;
    Ok((is_ours || is_filled) && !ends)
}

fn ends(mut file: &File, length: u64) -> io::Result<bool> {
    for tail in TAILS {
        let start = length.saturating_sub(tail);
        file.seek(SeekFrom::Start(start))?;
        let mut last = Vec::new();
        file.read_to_end(&mut last)?;
        let Some(lines) = last.strip_suffix(b"\n") else {
            return Ok(false);
        };
        match memchr::memrchr(b'\n', lines) {
            Some(before) => return Ok(lines.get(before + 1..).is_some_and(|line| line.starts_with(END))),
            None if start == 0 => return Ok(false),
            None => {}
        }
    }
    Ok(false)
}
