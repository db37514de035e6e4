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

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;

    #[test]
    fn only_a_file_that_is_no_json_fails_the_command_and_the_others_are_read_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, body: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, body).unwrap();
            path
        };
        let (good, list) = (file("good", EMPTY.as_bytes()), file("list", b"[]"));
        let (nothing, latin) = (file("nothing", b""), file("latin", b"\"\xf1\""));
        let nowhere = folder.path().join("nowhere");
        for (files, code) in [
            (vec![good.clone(), list.clone()], ExitCode::SUCCESS),
            (vec![nothing, good.clone()], ExitCode::FAILURE),
            (vec![latin, list], ExitCode::FAILURE),
            (vec![nowhere, good], ExitCode::FAILURE),
        ] {
            assert_eq!(run(&files).unwrap(), code, "{files:?}");
        }
    }
}
