//! Whether the lists show what an event said.

use crate::inventory::message::{EventEffect, EventHint};
use crate::names::{Digest, Tag};

/// Watches while the lists go by.
pub(in crate::collect) struct EventSight<'a> {
    hint: Option<&'a EventHint>,
    digest_listed: bool,
    tag_listed: bool,
}

impl<'a> EventSight<'a> {
    pub(in crate::collect) fn new(hint: Option<&'a EventHint>) -> Self {
        Self {
            hint,
            digest_listed: false,
            tag_listed: false,
        }
    }

    pub(in crate::collect) fn manifest(&mut self, digest: &Digest) {
        let watched = self.hint.and_then(|hint| hint.digest.as_ref());
        self.digest_listed |= watched == Some(digest);
    }

    pub(in crate::collect) fn tag(&mut self, tag: &Tag) {
        let watched = self.hint.and_then(|hint| hint.tag.as_ref());
        self.tag_listed |= watched == Some(tag);
    }

    /// Whether the event names something that the lists can show.
    pub(in crate::collect) fn can_be_shown(&self) -> bool {
        self.hint.is_some_and(|hint| match hint.effect {
            EventEffect::Pushed => hint.digest.is_some() || hint.tag.is_some(),
            EventEffect::Deleted => hint.digest.is_some(),
        })
    }

    pub(in crate::collect) fn is_shown(&self) -> bool {
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
