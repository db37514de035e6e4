//! `charla webhook inspect`: how Charla reads a payload.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::{Failure, say};

/// Prints one line of JSON per event of every file; 1 at the end if a file was no JSON.
pub(crate) fn run(files: &[PathBuf]) -> Result<ExitCode, Failure> {
    let mut code = ExitCode::SUCCESS;
    for file in files {
        match lines(file) {
            Ok(lines) => lines.iter().try_for_each(say)?,
            Err(why) => {
                eprintln!("charla: {}: {why}", file.display());
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

fn lines(file: &Path) -> Result<Vec<String>, Failure> {
    let body = std::fs::read(file)?;
    let lines = meta::inspect::inspect(&body)?;
    Ok(lines
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<_, _>>()?)
}
