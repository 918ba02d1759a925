//! Locks that live through a panic.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. What a thread that panicked left behind is taken as it is: the test that panicked has failed already.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
