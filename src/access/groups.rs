//! Repositories that no condition and no scope map tells apart, so that one answer serves a whole group.

use std::collections::{BTreeSet, HashMap};

use super::name_pattern::{Comparison, NamePattern};

/// Repositories that match exactly the same patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Places in [`Groups::patterns`], ascending.
    pub patterns: Vec<u32>,
    /// Places in [`Groups::names`], ascending; at least one.
    pub repositories: Vec<u32>,
}

/// All repositories of a registry, by what tells them apart.
#[derive(Debug)]
pub struct Groups<'a> {
    names: &'a [String],
    patterns: Vec<NamePattern>,
    groups: Vec<Group>,
    by_name: HashMap<&'a str, u32>,
    /// Pattern → the groups that match it, ascending.
    with_pattern: Vec<Vec<u32>>,
}

impl<'a> Groups<'a> {
    /// Groups `names` by which of the patterns they match. Exact names and prefixes are looked up, so that the work grows
    /// with the names, not with names × patterns; only patterns with wildcards in the middle are tried one by one.
    pub fn new(names: &'a [String], patterns: impl IntoIterator<Item = NamePattern>) -> Self {
        // A value that is not understood is unknown for every name alike and tells nothing apart.
        let patterns: BTreeSet<NamePattern> = patterns.into_iter().filter(NamePattern::is_understood).collect();
        let patterns: Vec<NamePattern> = patterns.into_iter().collect();
        let index = Index::new(&patterns);
        let mut by_signature: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        let mut by_name = HashMap::with_capacity(names.len());
        for (place, name) in (0_u32..).zip(names) {
            let signature = index.matching(name, &patterns);
            let next = u32::try_from(groups.len()).unwrap_or(u32::MAX);
            let group = *by_signature.entry(signature).or_insert_with_key(|signature| {
                groups.push(Group {
                    patterns: signature.clone(),
                    repositories: Vec::new(),
                });
                next
            });
            if let Some(group) = groups.get_mut(group as usize) {
                group.repositories.push(place);
            }
            by_name.insert(name.as_str(), group);
        }
        let mut with_pattern = vec![Vec::new(); patterns.len()];
        for (place, group) in (0_u32..).zip(&groups) {
            for pattern in &group.patterns {
                if let Some(list) = with_pattern.get_mut(*pattern as usize) {
                    list.push(place);
                }
            }
        }
        Self {
            names,
            patterns,
            groups,
            by_name,
            with_pattern,
        }
    }

    /// The names that were grouped.
    pub fn names(&self) -> &'a [String] {
        self.names
    }

    /// What tells them apart.
    pub fn patterns(&self) -> &[NamePattern] {
        &self.patterns
    }

    /// The groups, in the order of their first repository.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The group of a repository.
    pub fn group_of(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// One repository of the group, to ask for all of them.
    pub fn sample(&self, group: u32) -> Option<&'a str> {
        let first = self.groups.get(group as usize)?.repositories.first()?;
        self.names.get(*first as usize).map(String::as_str)
    }

    /// How many repositories the group has.
    pub fn size(&self, group: u32) -> usize {
        self.groups
            .get(group as usize)
            .map_or(0, |group| group.repositories.len())
    }

    /// The place of a pattern; none for one that tells nothing apart.
    pub(super) fn place(&self, pattern: &NamePattern) -> Option<u32> {
        let place = self.patterns.binary_search(pattern).ok()?;
        u32::try_from(place).ok()
    }

    /// Places of the patterns that no repository matches, ascending.
    pub fn unmatched(&self) -> Vec<u32> {
        let lists = (0_u32..).zip(&self.with_pattern);
        lists
            .filter_map(|(place, groups)| groups.is_empty().then_some(place))
            .collect()
    }

    /// The groups that match at least one of the patterns, ascending.
    pub(super) fn with_any(&self, patterns: &[u32]) -> Vec<u32> {
        let lists = patterns
            .iter()
            .filter_map(|pattern| self.with_pattern.get(*pattern as usize));
        let mut groups: Vec<u32> = lists.flatten().copied().collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }
}

/// A set of groups, by the shorter way to say it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GroupSet {
    /// These, ascending.
    Only(Vec<u32>),
    /// All but these, ascending. With none: everywhere.
    AllBut(Vec<u32>),
}

impl GroupSet {
    /// Every group; also said of actions of the registry.
    pub const EVERYWHERE: Self = Self::AllBut(Vec::new());

    /// Whether the group is in it.
    pub fn contains(&self, group: u32) -> bool {
        match self {
            Self::Only(groups) => groups.binary_search(&group).is_ok(),
            Self::AllBut(groups) => groups.binary_search(&group).is_err(),
        }
    }

    /// The groups that are named, in it or out of it.
    pub fn named(&self) -> &[u32] {
        match self {
            Self::Only(groups) | Self::AllBut(groups) => groups,
        }
    }

    /// How many repositories it covers.
    pub fn repositories(&self, groups: &Groups<'_>) -> usize {
        let named: usize = self.named().iter().map(|group| groups.size(*group)).sum();
        match self {
            Self::Only(_) => named,
            Self::AllBut(_) => groups.names().len() - named,
        }
    }
}

/// Patterns by what can be looked up.
struct Index<'p> {
    exact: HashMap<&'p str, Vec<u32>>,
    exact_lower: HashMap<String, Vec<u32>>,
    prefix: HashMap<&'p str, Vec<u32>>,
    prefix_lower: HashMap<String, Vec<u32>>,
    lengths: BTreeSet<usize>,
    other: Vec<u32>,
}

impl<'p> Index<'p> {
    fn new(patterns: &'p [NamePattern]) -> Self {
        let mut index = Self {
            exact: HashMap::new(),
            exact_lower: HashMap::new(),
            prefix: HashMap::new(),
            prefix_lower: HashMap::new(),
            lengths: BTreeSet::new(),
            other: Vec::new(),
        };
        for (place, pattern) in (0_u32..).zip(patterns) {
            let (comparison, value) = simplest(pattern);
            match (comparison, pattern.ignore_case) {
                (Comparison::Equals, false) => index.exact.entry(value).or_default().push(place),
                (Comparison::Equals, true) => index
                    .exact_lower
                    .entry(value.to_ascii_lowercase())
                    .or_default()
                    .push(place),
                (Comparison::StartsWith, ignore_case) => {
                    index.lengths.insert(value.len());
                    if ignore_case {
                        let lower = value.to_ascii_lowercase();
                        index.prefix_lower.entry(lower).or_default().push(place);
                    } else {
                        index.prefix.entry(value).or_default().push(place);
                    }
                }
                (Comparison::Like, _) => index.other.push(place),
            }
        }
        index
    }

    /// Places of the patterns that match, ascending.
    fn matching(&self, name: &str, patterns: &[NamePattern]) -> Vec<u32> {
        let lower = name.to_ascii_lowercase();
        let mut places: Vec<u32> = Vec::new();
        places.extend(self.exact.get(name).into_iter().flatten());
        places.extend(self.exact_lower.get(&lower).into_iter().flatten());
        for length in self.lengths.range(..=name.len()) {
            let of = |text: &str| text.get(..*length).map(str::to_owned);
            places.extend(
                of(name)
                    .and_then(|begin| self.prefix.get(begin.as_str()))
                    .into_iter()
                    .flatten(),
            );
            places.extend(
                of(&lower)
                    .and_then(|begin| self.prefix_lower.get(&begin))
                    .into_iter()
                    .flatten(),
            );
        }
        let tried = self.other.iter().filter(|place| {
            let pattern = patterns.get(**place as usize);
            pattern.is_some_and(|pattern| pattern.matches(name) == super::truth::Truth::True)
        });
        places.extend(tried);
        places.sort_unstable();
        places
    }
}

/// What a pattern comes to when its wildcards allow: without any it is a name, with one `*` at the end a prefix.
fn simplest(pattern: &NamePattern) -> (Comparison, &str) {
    let value = pattern.value.as_str();
    if pattern.comparison == Comparison::Like && !value.contains(['?', '\\']) {
        match value.strip_suffix('*') {
            None if !value.contains('*') => return (Comparison::Equals, value),
            Some(prefix) if !prefix.contains('*') => return (Comparison::StartsWith, prefix),
            _ => {}
        }
    }
    (pattern.comparison, value)
}

#[cfg(test)]
mod tests {
    use super::{Comparison, GroupSet, Groups, NamePattern};

    #[test]
    fn repositories_that_nothing_tells_apart_share_a_group() {
        let names: Vec<String> = ["team/a", "team/b", "team-secrets", "app", "other", "team/x/y"]
            .map(str::to_owned)
            .to_vec();
        let patterns = [
            NamePattern::new(Comparison::StartsWith, "team/"),
            NamePattern::new(Comparison::Equals, "app"),
            NamePattern::new(Comparison::Like, "*/y"),
            NamePattern::new(Comparison::Like, "team/*"),
            NamePattern::new(Comparison::Equals, "absent"),
        ];
        let groups = Groups::new(&names, patterns);
        let lists: Vec<&[u32]> = groups
            .groups()
            .iter()
            .map(|group| group.repositories.as_slice())
            .collect();
        assert_eq!(lists, [&[0, 1][..], &[2, 4], &[3], &[5]]);
        assert_eq!(groups.group_of("app"), Some(2));
        assert_eq!(groups.sample(3), Some("team/x/y"));
        let team = GroupSet::Only(vec![0, 3]);
        assert_eq!(team.repositories(&groups), 3);
        assert_eq!(GroupSet::AllBut(vec![0, 3]).repositories(&groups), 3);
        assert_eq!(GroupSet::EVERYWHERE.repositories(&groups), 6);
        assert!(team.contains(3) && !team.contains(2) && GroupSet::EVERYWHERE.contains(7));
    }
}
