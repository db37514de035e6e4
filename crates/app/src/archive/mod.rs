//! A backup's file: a tar archive under zstd with `manifest.json`, which has a SHA-256 of each database, the two
//! databases, and the files of messages. The master key is never in it.

pub(crate) mod media;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a backup holds. `charla.db` comes last: where it is, there is an install.
pub(crate) const FILES: [&str; 2] = ["journal.db", "charla.db"];
const MANIFEST: &str = "manifest.json";
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Why a file is not restored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadArchive {
    #[error("it is no backup of Charla")]
    NoBackup,
    #[error("it is cut off or damaged")]
    Unreadable(#[from] io::Error),
    #[error("{0} in it is missing or damaged: its checksum differs")]
    Damaged(&'static str),
}

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    /// The program that wrote it.
    version: String,
    /// SHA-256 of each file, in hex.
    files: BTreeMap<String, String>,
}

/// Packs the databases in a folder, and the files of messages in another.
pub(crate) fn pack(folder: &Path, media: Option<&Path>, to: &File) -> io::Result<()> {
    let out = zstd::Encoder::new(BufWriter::new(to), 3)?;
    let mut archive = tar::Builder::new(out);
    let json = serde_json::to_vec_pretty(&Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        files: FILES
            .into_iter()
            .map(|name| Ok((name.to_owned(), digest(&folder.join(name))?)))
            .collect::<io::Result<_>>()?,
    })?;
    let mut header = tar::Header::new_gnu();
    header.set_size(json.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, MANIFEST, json.as_slice())?;
    for name in FILES {
        archive.append_path_with_name(folder.join(name), name)?;
    }
    if let Some(media) = media {
        media::append(media, &mut archive)?;
    }
    archive.into_inner()?.finish()?.flush()?;
    to.sync_all()
}

/// Unpacks what a backup has, and nothing else whatever the archive names, into an empty folder, and
/// holds it against the manifest.
pub(crate) fn unpack(mut from: File, folder: &Path) -> Result<(), BadArchive> {
    let mut magic = [0; ZSTD.len()];
    if from.read_exact(&mut magic).is_err() || magic != ZSTD {
        return Err(BadArchive::NoBackup);
    }
    from.rewind()?;
    let mut archive = tar::Archive::new(zstd::Decoder::new(BufReader::new(from))?);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let mut names = FILES.into_iter().chain([MANIFEST]);
        if let Some(name) = names.find(|name| path == Path::new(name)) {
            let mut out = private_file(&folder.join(name))?;
            io::copy(&mut entry, &mut out)?;
            out.sync_all()?;
        } else if let Some(name) = media::name_of(&path) {
            media::unpack(&mut entry, folder, &name)?;
        }
    }
    let json = std::fs::read(folder.join(MANIFEST)).map_err(|_| BadArchive::NoBackup)?;
    let manifest: Manifest = serde_json::from_slice(&json).map_err(|_| BadArchive::NoBackup)?;
    for name in FILES {
        let found = digest(&folder.join(name)).map_err(|_| BadArchive::Damaged(name))?;
        if manifest.files.get(name) != Some(&found) {
            return Err(BadArchive::Damaged(name));
        }
    }
    Ok(())
}

fn digest(file: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut BufReader::new(File::open(file)?), &mut hash)?;
    Ok(hex::encode(hash.finalize()))
}

/// A new file that nobody else on this machine can read.
fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The SHA-256 of "hello".
    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn unpacked(archive: &[u8]) -> Result<(), BadArchive> {
        unpacked_to(archive).map(|_| ())
    }

    fn unpacked_to(archive: &[u8]) -> Result<tempfile::TempDir, BadArchive> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.backup");
        std::fs::write(&file, archive).unwrap();
        let to = tempfile::tempdir().unwrap();
        unpack(File::open(file).unwrap(), to.path())?;
        Ok(to)
    }

    fn packed() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        for name in FILES {
            // Nothing that compresses well: a cut at any place has to hit it.
            let noise: Vec<u8> = (0..40_000_u32)
                .flat_map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes())
                .collect();
            std::fs::write(folder.path().join(name), noise).unwrap();
        }
        let mut file = tempfile::tempfile().unwrap();
        let media = folder.path().join("media");
        let shelf = media.join("wsp_1/2c");
        std::fs::create_dir_all(&shelf).unwrap();
        std::fs::write(shelf.join(HELLO), "hello").unwrap();
        std::fs::write(shelf.join("unfinished#1"), "hel").unwrap();
        pack(folder.path(), Some(&media), &file).unwrap();
        file.rewind().unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_was_packed_is_unpacked_and_what_was_unfinished_is_not() {
        let folder = unpacked_to(&packed()).unwrap();
        let shelf = folder.path().join("media/wsp_1/2c");
        assert_eq!(std::fs::read_to_string(shelf.join(HELLO)).unwrap(), "hello");
        assert_eq!(shelf.read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_file_of_a_message_that_is_not_what_its_name_says_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("wsp_1/2c/{HELLO}");
        let refused = media::unpack(&b"hallo"[..], folder.path(), Path::new(&name));
        assert!(matches!(refused, Err(BadArchive::Damaged("media"))));
    }

    #[test]
    fn a_file_that_was_cut_off_anywhere_is_refused() {
        let whole = packed();
        for tenth in 0..10 {
            let cut = &whole[..whole.len() * tenth / 10];
            assert!(unpacked(cut).is_err(), "{tenth} tenths");
        }
    }

    #[test]
    fn a_file_with_a_flipped_bit_is_refused() {
        let mut bytes = packed();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        assert!(unpacked(&bytes).is_err());
    }

    #[test]
    fn what_is_no_backup_is_told_so() {
        let mut other = tar::Builder::new(zstd::Encoder::new(Vec::new(), 3).unwrap());
        let mut header = tar::Header::new_gnu();
        header.set_size(2);
        other.append_data(&mut header, "a.txt", &b"hi"[..]).unwrap();
        let other = other.into_inner().unwrap().finish().unwrap();
        for archive in [b"".as_slice(), b"hello, world", &other] {
            assert!(matches!(unpacked(archive), Err(BadArchive::NoBackup)));
        }
    }

    #[test]
    fn names_that_no_backup_has_are_left_where_they_are() {
        let mut other = tar::Builder::new(zstd::Encoder::new(Vec::new(), 3).unwrap());
        let mut header = tar::Header::new_gnu();
        header.set_size(2);
        header.as_mut_bytes()[..11].copy_from_slice(b"../evil.txt");
        header.set_cksum();
        other.append(&header, &b"hi"[..]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.backup");
        std::fs::write(&archive, other.into_inner().unwrap().finish().unwrap()).unwrap();
        let to = folder.path().join("to");
        std::fs::create_dir(&to).unwrap();
        assert!(unpack(File::open(archive).unwrap(), &to).is_err());
        assert!(!folder.path().join("evil.txt").exists());
    }
}
