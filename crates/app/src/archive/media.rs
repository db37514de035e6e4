//! The files of messages in a backup: as they lie in their folder, under names that begin with the hash of their content.

use std::fs::{DirEntry, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{BadArchive, private_file};

/// Where they are in a backup and in a data folder.
pub(crate) const FOLDER: &str = "media";
/// What a small picture's name ends in: its name is not the hash of its own content.
const PREVIEW: &str = ".preview";

/// Appends every file of a folder, if there is one.
pub(super) fn append(folder: &Path, archive: &mut tar::Builder<impl Write>) -> io::Result<()> {
    for workspace in entries(folder)? {
        for shelf in entries(&workspace.path())? {
            for file in entries(&shelf.path())? {
                let path = file.path();
                if let Some(name) = path.strip_prefix(folder).ok().filter(|n| is_name(n)) {
                    // What no file names is removed from under us, and nobody will look for it.
                    let Some(mut file) = there(File::open(&path))? else {
                        continue;
                    };
                    archive.append_file(Path::new(FOLDER).join(name), &mut file)?;
                }
            }
        }
    }
    Ok(())
}

fn there(opened: io::Result<File>) -> io::Result<Option<File>> {
    match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

/// What is in a folder; a file holds nothing.
fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    std::fs::read_dir(folder)?.collect()
}

/// The name below [`FOLDER`] of a file in a backup, if it is one of these.
pub(super) fn name_of(path: &Path) -> Option<PathBuf> {
    let name = path.strip_prefix(FOLDER).ok()?;
    is_name(name).then(|| name.to_owned())
}

/// A workspace, the first two letters of a hash, the hash and what else tells the name from others.
fn is_name(name: &Path) -> bool {
    let parts: Option<Vec<_>> = name
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    let Some([workspace, shelf, file]) = parts.as_deref() else {
        return false;
    };
    let hash = hash_in(file);
    let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash && hash.starts_with(shelf) && workspace.starts_with("wsp_")
}

/// Writes one of them below a folder and holds it against its name.
pub(super) fn unpack(mut from: impl Read, folder: &Path, name: &Path) -> Result<(), BadArchive> {
    let path = folder.join(FOLDER).join(name);
    if let Some(shelf) = path.parent() {
        private_folders(shelf)?;
    }
    let mut out = private_file(&path)?;
    let hash = copy(&mut from, &mut out)?;
    out.sync_all()?;
    let named = name
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or_default();
    if !named.ends_with(PREVIEW) && hash_in(named) != hash {
        return Err(BadArchive::Damaged(FOLDER));
    }
    Ok(())
}

/// What a file's name says of its content.
fn hash_in(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn private_folders(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// Copies and answers the hash of what was copied.
fn copy(from: &mut impl Read, to: &mut File) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut bytes = vec![0; 64 << 10];
    loop {
        let n = from.read(&mut bytes)?;
        if n == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(&bytes[..n]);
        to.write_all(&bytes[..n])?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_files_are_taken() {
        let hash = "ab".repeat(32);
        for (path, taken) in [
            (format!("media/wsp_1/ab/{hash}"), true),
            (format!("media/wsp_1/ab/{hash}.preview"), true),
            (format!("media/wsp_1/ab/{hash}.0123456789abcdef"), true),
            (
                format!("media/wsp_1/ab/{hash}.0123456789abcdef.preview"),
                true,
            ),
            (format!("media/wsp_1/cd/{hash}"), false),
            (format!("media/wsp_1/../{hash}"), false),
            (format!("media/../ab/{hash}"), false),
            (format!("media/wsp_1/ab/ab/{hash}"), false),
            (format!("wsp_1/ab/{hash}"), false),
            ("media/wsp_1/ab/abcd".to_owned(), false),
            ("charla.db".to_owned(), false),
        ] {
            assert_eq!(name_of(Path::new(&path)).is_some(), taken, "{path}");
        }
    }
}
