//! `charla webhook inspect`: how Charla reads a payload.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Prints one line of JSON per event of every file; fails at the end if a file was no JSON.
pub(crate) fn run(files: &[PathBuf]) -> ExitCode {
    let mut all_read = true;
    for file in files {
        if let Err(why) = inspect(file) {
            eprintln!("charla: {}: {why}", file.display());
            all_read = false;
        }
    }
    if all_read {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn inspect(file: &Path) -> Result<(), crate::Failure> {
    let body = std::fs::read(file)?;
    for line in meta::inspect::inspect(&body)? {
        println!("{}", serde_json::to_string(&line)?);
    }
    Ok(())
}
