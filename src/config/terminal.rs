//! What a terminal takes, as every program is told of it by its environment.

use std::ffi::OsString;

/// One that is empty counts as not set.
fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether colours are wanted: <https://no-color.org>, <https://bixense.com/clicolors>. The crate that decides it for the
/// help, anstream, takes `CLICOLOR_FORCE=0` for a wish.
pub fn takes_colours(is_terminal: bool) -> bool {
    let is = |name, wanted: &str| set(name).map(|value| value == *wanted);
    if set("NO_COLOR").is_some() {
        return false;
    }
    if is("CLICOLOR_FORCE", "0") == Some(false) {
        return true;
    }
    // Terminals of Windows need no name.
    let term = is("TERM", "dumb").unwrap_or(cfg!(not(windows)));
    is_terminal && is("CLICOLOR", "0") != Some(true) && !term
}

/// Whether the language takes more than ASCII. The first of these that is set says it; none is POSIX, which is ASCII. On
/// Windows the console is written to in Unicode.
pub fn takes_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    cfg!(windows) || locale.is_some_and(|locale| names_utf8(&locale.to_string_lossy()))
}

fn names_utf8(locale: &str) -> bool {
    let lower = locale.to_ascii_lowercase();
    ["utf-8", "utf8"].iter().any(|word| lower.contains(word))
}
