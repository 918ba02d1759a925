//! Some names of a directory in the order of their bytes, as a container lists them: folders have no order of their own, so
//! each is sorted, and those that have nothing of the page are not opened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::is_absent;

/// What is looked for.
#[derive(Debug)]
pub(super) struct Page {
    /// What names begin with.
    pub(super) prefix: String,
    /// The first name that may be in it.
    pub(super) marker: Option<String>,
    /// Names in it, and one more to know whether there are more.
    pub(super) limit: usize,
    pub(super) names: Vec<String>,
}

/// What lies in a folder: its name from the root on; that of a folder ends in a slash.
struct Entry {
    name: String,
    path: PathBuf,
    is_folder: bool,
}

impl Page {
    /// Takes the names in a folder, all of which begin with `name`.
    pub(super) fn fill(&mut self, folder: &Path, name: &str) -> io::Result<()> {
        let mut entries = Vec::new();
        read(folder, name, &mut entries)?;
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        for Entry { name, path, is_folder } in entries {
            if self.names.len() > self.limit {
                break;
            }
            // The lock and the temporary files are no documents.
            if name.starts_with('.') {
                continue;
            }
            // The names in a folder are before the marker if its own is, unless the marker is in it.
            let is_before = |marker: &String| name < *marker && !(is_folder && marker.starts_with(&name));
            if self.marker.as_ref().is_some_and(is_before) {
                continue;
            }
            let begins = name.starts_with(&self.prefix);
            match is_folder {
                true if begins || self.prefix.starts_with(&name) => self.fill(&path, &name)?,
                false if begins => self.names.push(name),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The entries of a folder, and of those that only the length of names makes.
fn read(folder: &Path, name: &str, entries: &mut Vec<Entry>) -> io::Result<()> {
    let found = match fs::read_dir(folder) {
        Ok(found) => found,
        Err(error) if is_absent(&error) => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in found {
        let (entry, is_folder) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?.is_dir())))?;
        let Some(part) = entry.file_name().and_then(|part| part.to_str()) else {
            continue;
        };
        if let (true, Some(head)) = (is_folder, part.strip_suffix("%%")) {
            read(&entry, &format!("{name}{head}"), entries)?;
            continue;
        }
        let slash = if is_folder { "/" } else { "" };
        entries.push(Entry {
            name: format!("{name}{}{slash}", part.trim_end_matches('%')),
            path: entry,
            is_folder,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, Strategy, prop, prop_assert_eq, proptest};

    use super::Page;
    use crate::store::DirectoryStore;

    /// Names near each other, of which some are in folders that are named like documents, or longer than a file's name.
    fn name() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "a".to_owned(),
            "a-".to_owned(),
            "a,b".to_owned(),
            "a.ndjson".to_owned(),
            "a0".to_owned(),
            "b".repeat(200),
            "b".repeat(201),
            format!("{}-", "b".repeat(200)),
            "b".repeat(450),
        ]);
        let folders = prop::collection::vec(part.clone(), 0..3);
        (folders, part).prop_map(|(folders, last)| {
            let folders: String = folders.iter().map(|folder| format!("v/{folder}/")).collect();
            format!("{folders}{last},lists.ndjson")
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn pages_are_all_names_in_order(
            names in prop::collection::btree_set(name(), 0..25),
            limit in 1usize..6,
            prefix in prop::sample::select(vec!["", "v/", "v/a", "v/a/", "v/a.ndjson/", "a"]),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let store = DirectoryStore::open_root(folder.path()).unwrap();
            for name in &names {
                let path = store.path(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, name).unwrap();
            }
            let below = prefix.rfind('/').map_or("", |end| &prefix[..=end]);
            let (mut listed, mut marker) = (Vec::new(), None);
            loop {
                let mut page = Page { prefix: prefix.to_owned(), marker, limit, names: Vec::new() };
                page.fill(&store.path(below), below).unwrap();
                marker = page.names.get(limit).cloned();
                page.names.truncate(limit);
                listed.extend(page.names);
                if marker.is_none() {
                    break;
                }
            }
            let expected: Vec<String> = names.iter().filter(|name| name.starts_with(prefix)).cloned().collect();
            prop_assert_eq!(listed, expected);
        }
    }
}
