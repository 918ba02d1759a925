//! Runs: which registries a timer covered and how each ended.

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use super::problem::{Completeness, Problems};
use crate::names::{LoginServer, RegistryId};

/// `v2/runs/{generation}.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunDocument {
    pub schema_version: u32,
    pub generation: Generation,
    pub commit_id: uuid::Uuid,
    /// RFC 3339, UTC.
    pub opened_at: String,
    /// Hash of what was asked for; absent in runs of older builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<String>,
    /// How the registries were found, e.g. `resource-graph`, `arm`, `configured`.
    pub discovery: Discovery,
    pub registries: Vec<RunRegistry>,
}

/// What discovery could see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Discovery {
    pub source: DiscoverySource,
    /// Partial when a subscription could not be read: registries may exist that this run does not cover.
    pub completeness: Completeness,
    pub problems: Problems,
}

/// Where the list of registries came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiscoverySource {
    ResourceGraph,
    Arm,
    Configured,
}

impl RunDocument {
    /// Whether it is about this registry.
    pub fn has(&self, login_server: &LoginServer) -> bool {
        let mut registries = self.registries.iter();
        registries.any(|registry| registry.login_server == *login_server)
    }
}

/// One registry of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRegistry {
    pub login_server: LoginServer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_id: Option<RegistryId>,
    /// How its refresh ended; absent while it goes on. Filled in when the next run is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Completeness>,
}

/// `v2/runs/current.json`: the newest run; moved by a conditional write, which is what numbers the generations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CurrentRun {
    pub schema_version: u32,
    pub generation: Generation,
    pub commit_id: uuid::Uuid,
    /// The newest run of each selection, newest first: a look at one registry must not hide from a function app what its
    /// own last run found.
    #[serde(default)]
    pub selections: Vec<SelectedRun>,
}

/// The newest run of a selection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SelectedRun {
    pub selection: String,
    pub generation: Generation,
}

impl CurrentRun {
    /// Selections that are remembered at most.
    const SELECTIONS: usize = 32;

    /// The newest run that was asked for like this.
    pub fn of(&self, selection: &str) -> Option<&Generation> {
        let of = self.selections.iter().find(|run| run.selection == selection);
        of.map(|run| &run.generation)
    }

    /// The selections once there is a newer run for one of them.
    pub fn followed_by(before: Option<&Self>, selection: &str, generation: &Generation) -> Vec<SelectedRun> {
        let newest = SelectedRun {
            selection: selection.to_owned(),
            generation: generation.clone(),
        };
        let others = before.into_iter().flat_map(|before| &before.selections);
        let others = others.filter(|run| run.selection != selection).cloned();
        std::iter::once(newest).chain(others).take(Self::SELECTIONS).collect()
    }
}
