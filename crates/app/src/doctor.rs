//! `charla doctor`: what is wrong with this install, and what to do about it.

use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use server::Clock;
use server::secrets::{Place, Secrets};
use store::{Backlog, Chance, Channel, Store};

use crate::channels::way_out;
use crate::cli::Doctor;
use crate::settings::Settings;
use crate::{Failure, lock, open, say};

/// How long a webhook may wait for being applied while a server runs.
const LATE: SignedDuration = SignedDuration::from_mins(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Finding {
    Well,
    /// Worth knowing, and nothing to mend.
    Note,
    Bad,
}

#[derive(Debug, Serialize)]
struct Check {
    about: &'static str,
    finding: Finding,
    says: String,
}

impl Check {
    fn new(about: &'static str, finding: Finding, says: impl Into<String>) -> Self {
        let says = says.into();
        Self {
            about,
            finding,
            says,
        }
    }

    fn line(&self) -> String {
        let mark = match self.finding {
            Finding::Well => "ok  ",
            Finding::Note => "note",
            Finding::Bad => "BAD ",
        };
        format!("{mark}  {}: {}", self.about, self.says)
    }
}

/// Looks at settings, key and data; 1 if something is wrong.
pub(crate) async fn run(asked: &Doctor) -> Result<ExitCode, Failure> {
    let settings = open::settings(&asked.settings)?;
    let store = open::existing(&settings).await?;
    let checks = checks(&settings, &store).await?;
    store.close().await;
    if asked.json {
        say(json!(checks))?;
    } else {
        checks.iter().try_for_each(|check| say(check.line()))?;
    }
    let bad = checks.iter().any(|check| check.finding == Finding::Bad);
    Ok(if bad {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn checks(settings: &Settings, store: &Store) -> Result<Vec<Check>, Failure> {
    let channels = store.all_channels().await?;
    // Whether servers run on a PostgreSQL is nothing that can be seen from here.
    let serving = match settings.database_url {
        None => Some(lock::is_taken(&settings.data_dir)?),
        Some(_) => None,
    };
    let mut checks = vec![
        Check::new("settings", Finding::Well, in_words(settings, serving)),
        address(settings, &channels),
    ];
    let (key, secrets) = master_key(settings);
    checks.push(key);
    if let Some(secrets) = secrets {
        checks.push(sealed(store, &secrets, &channels).await?);
    }
    checks.push(database(store).await?);
    let now = Clock::system().now();
    checks.push(journal(store.backlog().await?, serving, now));
    checks.push(apps(store).await?);
    checks.extend(channels.iter().map(channel));
    Ok(checks)
}

fn in_words(settings: &Settings, serving: Option<bool>) -> String {
    let folder = settings.data_dir.display();
    match serving {
        None => format!("data in PostgreSQL, listening on {}", settings.listen),
        Some(true) => format!("data in {folder}, and a server runs on it"),
        Some(false) => format!("data in {folder}, and no server runs on it"),
    }
}

fn address(settings: &Settings, channels: &[Channel]) -> Check {
    const ABOUT: &str = "public address";
    match &settings.public_url {
        Some(url) if url.starts_with("https://") => Check::new(
            ABOUT,
            Finding::Well,
            format!("{url}; Meta calls {url}/webhooks/meta"),
        ),
        Some(url) => {
            let says = format!("{url}; Meta calls https addresses only (CHARLA_PUBLIC_URL)");
            Check::new(ABOUT, Finding::Note, says)
        }
        None if channels.is_empty() => Check::new(ABOUT, Finding::Well, "none yet"),
        None => Check::new(
            ABOUT,
            Finding::Note,
            "none; CHARLA_PUBLIC_URL names the one that people and Meta use",
        ),
    }
}

fn master_key(settings: &Settings) -> (Check, Option<Secrets>) {
    const ABOUT: &str = "master key";
    let file = open::key_file(settings);
    let at = file.display();
    let secrets = match Secrets::load(&file, Chance::from_os()) {
        Ok(secrets) => secrets,
        Err(error) => return (Check::new(ABOUT, Finding::Bad, error.to_string()), None),
    };
    let for_others = std::fs::metadata(&file).is_ok_and(|m| m.permissions().mode() & 0o077 != 0);
    let check = if for_others {
        let says = format!("{at}; others on this machine may read it: chmod 600 {at}");
        Check::new(ABOUT, Finding::Note, says)
    } else {
        let says = format!("{at}; no backup holds it, keep a copy apart from them");
        Check::new(ABOUT, Finding::Well, says)
    };
    (check, Some(secrets))
}

/// Whether the key opens what is sealed.
async fn sealed(store: &Store, secrets: &Secrets, channels: &[Channel]) -> Result<Check, Failure> {
    const ABOUT: &str = "secrets";
    let apps = store.apps().await?;
    let of_apps = apps.iter().filter(|app| {
        let secret = secrets.open(Place::app(&app.name, "secret"), &app.secret);
        let token = secrets.open(Place::app(&app.name, "verify_token"), &app.verify_token);
        secret.is_err() || token.is_err()
    });
    let of_channels = channels.iter().filter(|channel| {
        let place = Place::channel_token(channel.workspace, channel.id);
        let token = channel.token.as_ref();
        token.is_some_and(|token| secrets.open(place, token).is_err())
    });
    let closed: Vec<&str> = of_apps
        .map(|app| app.name.as_str())
        .chain(of_channels.map(|channel| channel.name.as_str()))
        .collect();
    if closed.is_empty() {
        let says = "the master key opens all of them";
        return Ok(Check::new(ABOUT, Finding::Well, says));
    }
    let says = format!(
        "sealed under another master key: {}; put that key back (CHARLA_MASTER_KEY_FILE), or set app and \
         channels again (charla app set, charla channel connect)",
        closed.join(", ")
    );
    Ok(Check::new(ABOUT, Finding::Bad, says))
}

async fn database(store: &Store) -> Result<Check, Failure> {
    const ABOUT: &str = "database";
    let wrong = store.integrity().await?;
    Ok(if wrong.is_empty() {
        Check::new(ABOUT, Finding::Well, "sound")
    } else {
        let says = format!("damaged; restore the last backup: {}", wrong.join("; "));
        Check::new(ABOUT, Finding::Bad, says)
    })
}

/// `serving`: whether a server runs, if that can be seen.
fn journal(backlog: Backlog, serving: Option<bool>, now: Timestamp) -> Check {
    const ABOUT: &str = "journal";
    let Some(oldest) = backlog.oldest_at else {
        return Check::new(ABOUT, Finding::Well, "every webhook is applied");
    };
    // The clock of the machine that took it may be ahead of this one.
    let age = SignedDuration::from_secs((now.as_second() - oldest.as_second()).max(0));
    let waits = format!(
        "{} webhooks wait to be applied, the oldest for {age:#}",
        backlog.waiting
    );
    match serving {
        Some(false) => Check::new(
            ABOUT,
            Finding::Note,
            format!("{waits}; the next start does it"),
        ),
        _ if age <= LATE => Check::new(ABOUT, Finding::Note, waits),
        Some(true) => {
            let says = format!("{waits}; the log of the server says why");
            Check::new(ABOUT, Finding::Bad, says)
        }
        None => {
            let says = format!("{waits}; does a server run? If so, its log says why");
            Check::new(ABOUT, Finding::Bad, says)
        }
    }
}

async fn apps(store: &Store) -> Result<Check, Failure> {
    const ABOUT: &str = "apps";
    let apps = store.apps().await?;
    let names: Vec<&str> = apps.iter().map(|app| app.name.as_str()).collect();
    Ok(if names.is_empty() {
        let says = "none yet; charla app set keeps the secret of your Meta app";
        Check::new(ABOUT, Finding::Note, says)
    } else {
        Check::new(ABOUT, Finding::Well, names.join(", "))
    })
}

fn channel(channel: &Channel) -> Check {
    let name = format!("{} ({})", channel.name, channel.address);
    let (finding, state) = match channel.paused.as_deref() {
        Some(why) if channel.is_disconnected() => {
            (Finding::Note, format!("disconnected; {}", way_out(why)))
        }
        Some(why) => (Finding::Bad, format!("rests; {}", way_out(why))),
        None if channel.last_webhook_at.is_none() => {
            let state = "may send; no webhook has come yet: is its callback address set at Meta?";
            (Finding::Note, state.to_owned())
        }
        None => (Finding::Well, "may send".to_owned()),
    };
    Check::new("channel", finding, format!("{name}: {state}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_that_wait_are_judged_by_their_age_and_by_who_should_apply_them() {
        for (waited, serving, finding, says) in [
            (None, Some(true), Finding::Well, "every webhook is applied"),
            (Some(3600), Some(false), Finding::Note, "the next start"),
            (Some(60), Some(true), Finding::Note, "the oldest for 1m"),
            (Some(61), Some(true), Finding::Bad, "log of the server"),
            (Some(60), None, Finding::Note, "the oldest for 1m"),
            (Some(61), None, Finding::Bad, "does a server run?"),
            (Some(-5), None, Finding::Note, "the oldest for 0s"),
        ] {
            let backlog = Backlog {
                waiting: waited.map_or(0, |_| 3),
                oldest_at: waited.map(|age| Timestamp::from_second(10_000 - age).unwrap()),
            };
            let now = Timestamp::from_second(10_000).unwrap();
            let check = journal(backlog, serving, now);
            assert_eq!(check.finding, finding, "{waited:?} {serving:?}");
            assert!(check.says.contains(says), "{}", check.says);
        }
    }
}
