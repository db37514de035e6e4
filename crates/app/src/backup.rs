//! `charla backup` and `charla restore`: the embedded install in one file.
//!
//! A tar archive under zstd: `manifest.json` with a SHA-256 per file, and the two databases, copied while
//! Charla runs. The master key is never in it; without the key the tokens inside cannot be opened.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cli::SettingsFile;
use crate::{Failure, open};

const FILES: [&str; 2] = ["charla.db", "journal.db"];
const MANIFEST: &str = "manifest.json";

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    version: String,
    /// SHA-256 of each file, in hex.
    files: BTreeMap<String, String>,
}

/// Writes a backup of the running or resting install.
pub(crate) async fn write(file: &Path, settings: &SettingsFile) -> Result<(), Failure> {
    let settings = open::settings(settings)?;
    if settings.database_url.is_some() {
        return Err(
            "the data is in PostgreSQL (CHARLA_DATABASE_URL): back it up with pg_dump".into(),
        );
    }
    if file.exists() {
        return Err(format!("{} exists: choose another name", file.display()).into());
    }
    let store = open::existing(&settings).await?;
    let folder = tempfile::tempdir_in(parent(file))?;
    store.copy_to(folder.path()).await?;
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        files: digests(folder.path())?,
    };
    let unfinished = folder.path().join("unfinished");
    pack(folder.path(), &manifest, &unfinished)?;
    std::fs::rename(&unfinished, file)?;
    println!(
        "Wrote {}. The master key is not in it: keep a copy of that file apart.",
        file.display()
    );
    Ok(())
}

fn parent(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn digests(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    FILES
        .into_iter()
        .map(|name| Ok((name.to_owned(), digest(&folder.join(name))?)))
        .collect()
}

fn digest(file: &Path) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    std::io::copy(&mut BufReader::new(File::open(file)?), &mut hash)?;
    Ok(hex::encode(hash.finalize()))
}

fn pack(folder: &Path, manifest: &Manifest, to: &Path) -> Result<(), Failure> {
    let out = zstd::Encoder::new(BufWriter::new(private_file(to)?), 3)?;
    let mut archive = tar::Builder::new(out);
    let json = serde_json::to_vec_pretty(manifest)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(json.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, MANIFEST, json.as_slice())?;
    for name in FILES {
        archive.append_path_with_name(folder.join(name), name)?;
    }
    let mut file = archive.into_inner()?.finish()?;
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(())
}

/// A new file that nobody else on this machine can read.
fn private_file(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Puts a backup into a data folder that holds no data yet.
pub(crate) fn restore(file: &Path, settings: &SettingsFile) -> Result<(), Failure> {
    let settings = open::settings(settings)?;
    let folder = &settings.data_dir;
    std::fs::create_dir_all(folder)?;
    let leftovers = [
        "charla.db-wal",
        "charla.db-shm",
        "journal.db-wal",
        "journal.db-shm",
    ];
    let mut names = FILES.into_iter().chain(leftovers);
    if let Some(name) = names.find(|name| folder.join(name).exists()) {
        let there = folder.join(name);
        return Err(format!(
            "{} exists: restore into an empty folder (CHARLA_DATA_DIR)",
            there.display()
        )
        .into());
    }
    let unpacked = tempfile::tempdir_in(folder)?;
    unpack(file, unpacked.path())?;
    let manifest: Manifest = serde_json::from_reader(File::open(unpacked.path().join(MANIFEST))?)?;
    for name in FILES {
        let found = digest(&unpacked.path().join(name))?;
        if manifest.files.get(name) != Some(&found) {
            return Err(format!(
                "{name} in {} is damaged: its checksum differs",
                file.display()
            )
            .into());
        }
    }
    for name in FILES {
        std::fs::rename(unpacked.path().join(name), folder.join(name))?;
    }
    println!(
        "Restored into {}. Put the master key back before you start Charla.",
        folder.display()
    );
    Ok(())
}

/// Unpacks the files a backup has, and no others, whatever the archive names.
fn unpack(file: &Path, folder: &Path) -> Result<(), Failure> {
    let input = zstd::Decoder::new(BufReader::new(File::open(file)?))?;
    let mut archive = tar::Archive::new(input);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        if name == MANIFEST || FILES.contains(&name.as_str()) {
            let mut out = File::create(folder.join(&name))?;
            std::io::copy(&mut entry.by_ref(), &mut out)?;
            out.sync_all()?;
        }
    }
    Ok(())
}
