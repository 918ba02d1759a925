//! Which changes are asked for.

use globset::GlobSet;

use super::What;

/// Which changes are meant; all of it has to hold.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub repositories: Option<GlobSet>,
    pub tags: Option<GlobSet>,
    /// The beginning of a digest.
    pub digest: Option<String>,
    /// Any of these; empty: all.
    pub kinds: Vec<String>,
    /// Nothing that is in a repository.
    pub of_registries_alone: bool,
}

impl Wanted {
    /// Whether changes in a repository (none: of the registry as a whole) are looked at.
    pub fn repository(&self, name: Option<&str>) -> bool {
        let matches = |globs: &GlobSet| name.is_some_and(|name| globs.is_match(name));
        (name.is_none() || !self.of_registries_alone) && self.repositories.as_ref().is_none_or(matches)
    }

    /// Whether a change is meant, its repository aside.
    pub fn change(&self, what: &What) -> bool {
        let kind = what.kind();
        (self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind))
            && (self.tags.as_ref()).is_none_or(|globs| what.tag().is_some_and(|tag| globs.is_match(tag)))
            && (self.digest.as_ref())
                .is_none_or(|wanted| what.digests().iter().any(|digest| digest.starts_with(wanted.as_str())))
    }

    /// Whether a change of one of these kinds can be meant.
    pub fn asks_for(&self, kinds: &[&str]) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|wanted| kinds.contains(&wanted.as_str()))
    }

    /// Whether a change of the registry as a whole can be meant.
    pub fn asks_for_registries(&self) -> bool {
        self.repository(None) && self.tags.is_none() && self.digest.is_none()
    }
}
