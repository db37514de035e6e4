//! `charla doctor`: what is wrong with this install, and what to do about it.

use std::process::ExitCode;

use crate::cli::SettingsFile;
use crate::{Failure, open};

/// Looks at settings, key and data; 1 if something is wrong.
pub(crate) async fn run(file: &SettingsFile) -> Result<ExitCode, Failure> {
    let settings = open::settings(file)?;
    println!(
        "ok    settings: listening on {}, data in {}",
        settings.listen,
        settings.data_dir.display()
    );
    let key = open::key_file(&settings);
    let store = open::existing(&settings).await?;
    let mut well = true;
    let mut say = |good: bool, what: String| {
        println!("{}  {what}", if good { "ok  " } else { "BAD " });
        well &= good;
    };
    match open::secrets(&settings, &store).await {
        Ok(_) => say(
            true,
            format!(
                "master key: {} (keep a copy apart from backups)",
                key.display()
            ),
        ),
        Err(error) => say(false, format!("master key: {error}")),
    }
    let wrong = store.integrity().await?;
    say(
        wrong.is_empty(),
        format!(
            "database: {}",
            if wrong.is_empty() {
                "sound".to_owned()
            } else {
                wrong.join("; ")
            }
        ),
    );
    let backlog = store.backlog().await?;
    say(
        true,
        format!("journal: {} webhooks wait to be applied", backlog.waiting),
    );
    let apps = store.apps().await?;
    let hint = "none yet: `charla app set` keeps your Meta app's secret";
    say(
        true,
        format!(
            "apps: {}",
            if apps.is_empty() {
                hint.to_owned()
            } else {
                apps.len().to_string()
            }
        ),
    );
    for channel in store.all_channels().await? {
        let state = channel.paused.as_deref();
        say(
            state.is_none(),
            format!(
                "channel {} ({}): {}",
                channel.name,
                channel.address,
                state.map_or("may send".to_owned(), |why| format!(
                    "rests until its {why} is mended"
                ))
            ),
        );
    }
    store.close().await;
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
