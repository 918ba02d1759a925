//! Lines to stdout and stderr that outlive their reader: `audit | head` ends when it ends, with its own exit code.
//!
//! The macros of the standard library panic when nobody reads any more. A closed pipe is no failure; a full disk is one,
//! and is said at the end.

use std::fmt::Arguments;
use std::io::{Error, ErrorKind, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lock::lock;

/// The first failure of stdout.
static FAILURE: Mutex<Option<Error>> = Mutex::new(None);

/// Nobody reads stdout any more.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// A line of the result.
macro_rules! outln {
    ($($text:tt)*) => { $crate::cli::out::result(format_args!("{}\n", format_args!($($text)*))) };
}

/// Text of the result as it is.
macro_rules! out {
    ($($text:tt)*) => { $crate::cli::out::result(format_args!($($text)*)) };
}

/// A line about the work, for people.
macro_rules! errln {
    ($($text:tt)*) => { $crate::cli::out::note(format_args!("{}\n", format_args!($($text)*))) };
}

/// Writes to stdout.
pub(super) fn result(text: Arguments<'_>) {
    match std::io::stdout().lock().write_fmt(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            lock(&FAILURE).get_or_insert(error);
        }
        Err(_) => CLOSED.store(true, Ordering::Relaxed),
        Ok(()) => {}
    }
}

/// Writes to stderr. That it cannot be written is not for anybody to be told.
pub(super) fn note(text: Arguments<'_>) {
    let _ = std::io::stderr().lock().write_fmt(text);
}

/// Whether what is written to stdout is for nobody: a long answer need not be looked for any further.
#[cfg(feature = "query")]
pub(super) fn is_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

/// Why some of the result is not on stdout, if that is so.
pub(super) fn failure() -> Option<Error> {
    lock(&FAILURE).take()
}
