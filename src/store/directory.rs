//! A local directory with the names and the conditional writes of a blob container.
//!
//! A document is written to a temporary file and renamed into place while an advisory lock on `.lock` is held, so the
//! check of the condition and the write are one step for every process that uses this directory. A version is the
//! file's identity (inode, modification time, length): a rename always makes a new one.

mod cut_off;
mod page;

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use azure_core::http::Etag;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};

use self::cut_off::is_cut_off;
use self::page::Page;
use super::{Condition, LineReader, ListPage, Listed, StoreError, bare};

/// Longest part of a path that becomes one name, bytes.
const LONGEST_PART: usize = 200;
/// A read piece, bytes.
const CHUNK: usize = 64 << 10;
/// So much is made room for before a range is read, bytes: a range that is said to be long may not be there.
const READ_AHEAD: usize = 1 << 20;
/// Names of one page, as a container has it.
const PAGE: usize = 5_000;

/// Documents under one root directory.
#[derive(Debug, Clone)]
pub struct DirectoryStore {
    root: PathBuf,
}

/// A file under `.tmp` that is not visible as a document; removed when dropped.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    path: PathBuf,
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // After a commit the file is gone already; a leftover is removed at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

impl DirectoryStore {
    /// Opens (and creates) the directory; refuses one that cannot be written.
    pub fn open_root(root: &Path) -> Result<Self, StoreError> {
        let temporary = root.join(".tmp");
        let prepare = || -> io::Result<()> {
            fs::create_dir_all(&temporary)?;
            remove_leftovers(&temporary);
            File::create(root.join(".lock")).map(drop)
        };
        prepare().map_err(|error| failed("opening the directory", &root.display().to_string(), error))?;
        Ok(Self { root: root.to_owned() })
    }

    /// The directory for reading only: nothing is created, and it need not be there.
    pub fn view_root(root: &Path) -> Result<Self, StoreError> {
        Ok(Self { root: root.to_owned() })
    }

    pub(super) async fn open(&self, name: &str) -> Result<Option<(Etag, LineReader)>, StoreError> {
        let path = self.path(name);
        let key = name.to_owned();
        blocking("reading", name, move || match File::open(&path) {
            Ok(file) => {
                if is_cut_off(&key, &file)? {
                    tracing::warn!(document = %path.display(), "it was cut off, most likely by a loss of power: as if it were not there");
                    return Ok(None);
                }
                let etag = etag(&file)?;
                let chunks = stream::unfold(Some(file), move |file| {
                    let key = key.clone();
                    async move { next_chunk(file?, key).await }
                });
                Ok(Some((
                    etag,
                    LineReader::new(path.display().to_string(), chunks.boxed()),
                )))
            }
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    pub(super) async fn read_range(&self, name: &str, offset: u64, length: usize) -> Result<Option<Bytes>, StoreError> {
        let path = self.path(name);
        blocking("reading", name, move || match File::open(&path) {
            Ok(mut file) => {
                file.seek(io::SeekFrom::Start(offset))?;
                let mut read = Vec::with_capacity(length.min(READ_AHEAD));
                file.take(length as u64).read_to_end(&mut read)?;
                Ok(Some(read.into()))
            }
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    pub(super) async fn write_temporary(&self, name: &str, bytes: Vec<u8>) -> Result<TemporaryFile, StoreError> {
        let file = self.temporary();
        blocking("writing", name, move || {
            fs::write(&file.path, &bytes)?;
            Ok(file)
        })
        .await
    }

    pub(super) async fn append_temporary(
        &self,
        name: &str,
        file: TemporaryFile,
        bytes: Vec<u8>,
    ) -> Result<TemporaryFile, StoreError> {
        blocking("writing", name, move || {
            File::options().append(true).open(&file.path)?.write_all(&bytes)?;
            Ok(file)
        })
        .await
    }

    /// Renames a temporary file into place, if the condition holds.
    pub(super) async fn commit(
        &self,
        name: &str,
        file: TemporaryFile,
        condition: Condition,
        is_synced: bool,
    ) -> Result<Etag, StoreError> {
        let (path, lock, key) = (self.path(name), self.root.join(".lock"), name.to_owned());
        let placed = blocking("writing", name, move || {
            place(&file, (&key, &path), &lock, &condition, is_synced)
        });
        let committed = placed.await?;
        committed.ok_or_else(|| StoreError::Conflict { key: name.to_owned() })
    }

    /// Writes a whole document, if the condition holds.
    pub(super) async fn put(
        &self,
        name: &str,
        bytes: Vec<u8>,
        condition: Condition,
        is_synced: bool,
    ) -> Result<Etag, StoreError> {
        let (path, lock, file) = (self.path(name), self.root.join(".lock"), self.temporary());
        let key = name.to_owned();
        let committed = blocking("writing", name, move || {
            fs::write(&file.path, &bytes)?;
            place(&file, (&key, &path), &lock, &condition, is_synced)
        });
        committed
            .await?
            .ok_or_else(|| StoreError::Conflict { key: name.to_owned() })
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        // A prefix may end in the middle of a name: its folder is walked, and what begins otherwise left out.
        let folder = prefix.rfind('/').map_or("", |end| &prefix[..end]);
        let (root, folder) = (self.root.clone(), self.path(&format!("{folder}/")));
        let begins = prefix.to_owned();
        blocking("listing", prefix, move || {
            let mut names = Vec::new();
            collect(&root, &folder, &mut names)?;
            // The lock and the temporary files are no documents.
            names.retain(|name| name.starts_with(&begins) && !name.starts_with('.'));
            Ok(names)
        })
        .await
    }

    pub(super) async fn list_page(&self, prefix: &str, marker: Option<&str>) -> Result<ListPage, StoreError> {
        let folder = prefix.rfind('/').map_or("", |end| &prefix[..=end]);
        let (path, folder) = (self.path(folder), folder.to_owned());
        let mut page = Page {
            prefix: prefix.to_owned(),
            marker: marker.map(str::to_owned),
            limit: PAGE,
            names: Vec::new(),
        };
        let mut names = blocking("listing", prefix, move || {
            page.fill(&path, &folder)?;
            Ok(page.names)
        })
        .await?;
        let next = names.get(PAGE).cloned();
        names.truncate(PAGE);
        let clock = self.temporary();
        let files: Vec<(String, PathBuf)> = names
            .into_iter()
            .map(|name| {
                let path = self.path(&name);
                (name, path)
            })
            .collect();
        blocking("listing", prefix, move || {
            let mut blobs = Vec::with_capacity(files.len());
            for (name, path) in files {
                match fs::metadata(&path) {
                    Ok(data) => blobs.push(Listed {
                        name,
                        etag: bare(&etag_of(&data)?),
                        modified: Some(data.modified()?.into()),
                        size: data.len(),
                    }),
                    // Deleted since it was listed.
                    Err(error) if is_absent(&error) => {}
                    Err(error) => return Err(error),
                }
            }
            // What dates a new file is the clock that dated the others; a directory that is only looked at tells none.
            let now = fs::write(&clock.path, []).and_then(|()| fs::metadata(&clock.path)?.modified());
            let now = now.ok().map(Into::into);
            Ok(ListPage { blobs, next, now })
        })
        .await
    }

    pub(super) async fn delete(&self, name: &str, etag: Etag) -> Result<(), StoreError> {
        let (path, lock, key) = (self.path(name), self.root.join(".lock"), name.to_owned());
        let deleted = blocking("deleting", name, move || {
            let _held = hold(&lock)?;
            if !path.exists() {
                return Ok(true);
            }
            let same = holds(&key, &path, &Condition::Replace(etag))?;
            if same {
                fs::remove_file(&path)?;
            }
            Ok(same)
        })
        .await?;
        if deleted {
            Ok(())
        } else {
            Err(StoreError::Conflict { key: name.to_owned() })
        }
    }

    fn temporary(&self) -> TemporaryFile {
        TemporaryFile {
            path: self.root.join(".tmp").join(crate::random::uuid().to_string()),
        }
    }

    /// The file of a blob name. A folder that ends in `.ndjson` gets a `%`, which no name can hold: the repositories
    /// `a` and `a.ndjson/b` would otherwise want a file and a folder of the same name. A part that is longer than file
    /// systems take (255 bytes) goes on in a folder, marked with `%%`.
    fn path(&self, name: &str) -> PathBuf {
        let mut path = self.root.clone();
        let mut components = name.split('/').peekable();
        while let Some(component) = components.next() {
            let is_document = component.ends_with(".ndjson");
            let mut component = component;
            while let Some((head, tail)) = component.split_at_checked(LONGEST_PART).filter(|cut| !cut.1.is_empty()) {
                path.push(format!("{head}%%"));
                component = tail;
            }
            if components.peek().is_some() && is_document {
                path.push(format!("{component}%"));
            } else {
                path.push(component);
            }
        }
        path
    }
}

async fn next_chunk(mut file: File, key: String) -> Option<(Result<Bytes, StoreError>, Option<File>)> {
    let read = blocking("reading", &key, move || {
        let mut chunk = vec![0; CHUNK];
        let length = file.read(&mut chunk)?;
        chunk.truncate(length);
        Ok((chunk, file))
    });
    match read.await {
        Ok((chunk, _)) if chunk.is_empty() => None,
        Ok((chunk, file)) => Some((Ok(chunk.into()), Some(file))),
        Err(error) => Some((Err(error), None)),
    }
}

/// The version that is there afterwards; none if the condition did not hold.
fn place(
    file: &TemporaryFile,
    (name, path): (&str, &Path),
    lock: &Path,
    condition: &Condition,
    is_synced: bool,
) -> io::Result<Option<Etag>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let _held = hold(lock)?;
    if !holds(name, path, condition)? {
        return Ok(None);
    }
    if is_synced {
        File::open(&file.path)?.sync_all()?;
    }
    fs::rename(&file.path, path)?;
    #[cfg(unix)]
    if let (true, Some(folder)) = (is_synced, path.parent()) {
        // The name of it, too.
        File::open(folder)?.sync_all()?;
    }
    etag(&File::open(path)?).map(Some)
}

fn hold(lock: &Path) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(lock)?;
    file.lock()?;
    Ok(file)
}

fn holds(name: &str, path: &Path, condition: &Condition) -> io::Result<bool> {
    let current = match File::open(path) {
        Ok(file) if matches!(condition, Condition::Create) && is_cut_off(name, &file)? => None,
        Ok(file) => Some(etag(&file)?),
        Err(error) if is_absent(&error) => None,
        Err(error) => return Err(error),
    };
    Ok(match condition {
        Condition::Always => true,
        Condition::Create => current.is_none(),
        Condition::Replace(etag) => current.as_ref() == Some(etag),
    })
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn etag(file: &File) -> io::Result<Etag> {
    etag_of(&file.metadata()?)
}

#[cfg(unix)]
fn etag_of(data: &fs::Metadata) -> io::Result<Etag> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(Etag::from(format!(
        "\"{:x}-{:x}-{:x}-{:x}\"",
        data.ino(),
        data.mtime(),
        data.mtime_nsec(),
        data.len()
    )))
}

#[cfg(not(unix))]
fn etag_of(data: &fs::Metadata) -> io::Result<Etag> {
    let modified = data
        .modified()?
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Ok(Etag::from(format!("\"{:x}-{:x}\"", modified.as_nanos(), data.len())))
}

fn collect(root: &Path, folder: &Path, names: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(root, &entry.path(), names)?;
        } else if let Some(name) = entry.path().strip_prefix(root).ok().and_then(Path::to_str) {
            let name = name.replace(std::path::MAIN_SEPARATOR, "/");
            names.push(name.replace("%%/", "").replace('%', ""));
        }
    }
    Ok(())
}

/// Temporary files of processes that were killed; a day is longer than any invocation.
fn remove_leftovers(temporary: &Path) {
    let day = std::time::Duration::from_secs(86_400);
    for entry in fs::read_dir(temporary).into_iter().flatten().flatten() {
        let old = entry.metadata().and_then(|data| data.modified()).ok();
        if old.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > day) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

async fn blocking<T: Send + 'static>(
    what: &'static str,
    key: &str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failed(what, key, error)),
        Err(error) => Err(failed(what, key, io::Error::other(error))),
    }
}

fn failed(what: &'static str, key: &str, error: io::Error) -> StoreError {
    let key = key.to_owned();
    match error.kind() {
        // A limit on the size of files (`ulimit -f`) is a full disk too: only somebody else can make room.
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            StoreError::Full { key }
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreError::Denied {
            key,
            message: error.to_string(),
        },
        _ => StoreError::Failed {
            what,
            key,
            source: Box::new(error),
        },
    }
}
