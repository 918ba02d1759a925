//! The Functions host.
