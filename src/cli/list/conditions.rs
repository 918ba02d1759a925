//! The conditions of the command line: those that what is listed has nothing for are refused.

use clap::ValueEnum as _;

use super::values::{globs, wanted};
use super::{By, ListArgs, What};
use crate::query::difference::Wanted;
use crate::query::filter::Filter;

impl ListArgs {
    pub(super) fn filter(&self) -> anyhow::Result<Filter> {
        self.refuse()?;
        let now = crate::clock::now();
        Ok(Filter {
            repositories: globs(&self.repository)?,
            tags: globs(&self.tag)?,
            digest: self.digest.clone(),
            before: self.older_than.map(|age| now - age),
            after: self.newer_than.map(|age| now - age),
            by_updated: self.by == By::Updated,
            larger: self.larger_than,
            smaller: self.smaller_than,
            untagged: self.untagged,
            locked: self.locked,
            platform: self.platform.clone(),
            media_type: self.media_type.clone(),
        })
    }

    /// Which changes are meant.
    pub(super) fn wanted(&self) -> anyhow::Result<Wanted> {
        wanted(&self.repository, &self.tag, self.digest.as_ref(), &self.kind)
    }

    fn refuse(&self) -> anyhow::Result<()> {
        use What::{Changes, Manifests, Registries, Repositories, Tags};
        let given = [
            (
                "--repository",
                !self.repository.is_empty(),
                &[Repositories, Tags, Manifests, Changes][..],
            ),
            ("--tag", !self.tag.is_empty(), &[Tags, Manifests, Changes]),
            ("--digest", self.digest.is_some(), &[Tags, Manifests, Changes]),
            ("--older-than", self.older_than.is_some(), &[Tags, Manifests]),
            ("--newer-than", self.newer_than.is_some(), &[Tags, Manifests]),
            ("--larger-than", self.larger_than.is_some(), &[Repositories, Manifests]),
            (
                "--smaller-than",
                self.smaller_than.is_some(),
                &[Repositories, Manifests],
            ),
            ("--untagged", self.untagged, &[Manifests]),
            ("--locked", self.locked, &[Repositories, Tags, Manifests]),
            ("--platform", self.platform.is_some(), &[Tags, Manifests]),
            ("--media-type", self.media_type.is_some(), &[Manifests]),
            ("--at", self.at.is_some(), &[Registries, Repositories, Tags, Manifests]),
            ("--since", self.since.is_some(), &[Changes]),
            ("--until", self.until.is_some(), &[Changes]),
            ("--kind", !self.kind.is_empty(), &[Changes]),
        ];
        let refused = given
            .iter()
            .find(|(_, is_given, of)| *is_given && !of.contains(&self.what));
        if let Some((flag, ..)) = refused {
            let what = self.what.to_possible_value();
            let what = what.as_ref().map_or("these", |what| what.get_name());
            anyhow::bail!("{flag}: {what} have none");
        }
        Ok(())
    }
}
