//! Whether the lists show what an event said.

use crate::inventory::message::{EventEffect, EventHint};
use crate::names::{Digest, Tag};

/// Watches while the lists go by.
pub(super) struct EventSight<'a> {
    hint: Option<&'a EventHint>,
    digest_listed: bool,
    tag_listed: bool,
}

impl<'a> EventSight<'a> {
    pub(super) fn new(hint: Option<&'a EventHint>) -> Self {
        Self {
            hint,
            digest_listed: false,
            tag_listed: false,
        }
    }

    pub(super) fn manifest(&mut self, digest: &Digest) {
        let watched = self.hint.and_then(|hint| hint.digest.as_ref());
        self.digest_listed |= watched == Some(digest);
    }

    pub(super) fn tag(&mut self, tag: &Tag) {
        let watched = self.hint.and_then(|hint| hint.tag.as_ref());
        self.tag_listed |= watched == Some(tag);
    }

    pub(super) fn is_shown(&self) -> bool {
        let Some(hint) = self.hint else {
            return true;
        };
        match hint.effect {
            EventEffect::Pushed => {
                (hint.digest.is_none() || self.digest_listed) && (hint.tag.is_none() || self.tag_listed)
            }
            EventEffect::Deleted => !self.digest_listed,
        }
    }
}
