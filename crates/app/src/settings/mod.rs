//! Settings: `charla.toml`, then the environment, which wins. A wrong one stops the start and is named.

mod names;
mod values;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use tracing_subscriber::filter::Targets;

use crate::log;
use names::{NAMES, NOT_YET};

/// The file that is read where a command is started, if it is there.
const FILE: &str = "charla.toml";

/// The port of a start that names none.
const PORT: u16 = 8080;
/// Meta's own address.
const GRAPH: &str = "https://graph.facebook.com";

/// What a host decides.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) data_dir: PathBuf,
    pub(crate) database_url: Option<String>,
    pub(crate) media_url: Option<String>,
    pub(crate) graph_url: String,
    pub(crate) master_key_file: Option<PathBuf>,
    /// `None`: as much as the command logs by default.
    pub(crate) log: Option<Targets>,
}

/// A setting that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadSetting {
    #[error("{name} {value}: {why}")]
    Value {
        name: String,
        /// What it is, as it may be shown.
        value: String,
        why: &'static str,
    },
    #[error("{name}: there is no such setting; {}", hint(.name, .meant.as_deref()))]
    Unknown { name: String, meant: Option<String> },
    #[error("{name} is not built yet: leave it out")]
    NotYet { name: String },
    #[error("{path} (--config): {why}")]
    File { path: String, why: String },
}

fn hint(name: &str, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("did you mean {meant}?"),
        None if name.starts_with("CHARLA_") => format!("the settings are {}", NAMES.join(", ")),
        None => {
            let keys: Vec<String> = NAMES.into_iter().map(names::in_file).collect();
            format!("the settings are {}", keys.join(", "))
        }
    }
}

/// What was written for a setting, and the name it was written under.
struct Written {
    name: String,
    value: String,
}

impl Settings {
    /// Reads a file and the environment. The file must be there if it was asked for.
    pub(crate) fn read(
        asked_for: Option<&Path>,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, BadSetting> {
        let file = asked_for.unwrap_or(Path::new(FILE));
        let mut written = match std::fs::read_to_string(file) {
            Ok(text) => from_file(file, &text)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && asked_for.is_none() => {
                BTreeMap::new()
            }
            Err(e) => return Err(file_error(file, &e)),
        };
        written.extend(from_environment(environment)?);
        Self::from_written(&written)
    }

    /// Reads the environment alone.
    pub(crate) fn of_environment(
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, BadSetting> {
        Self::from_written(&from_environment(environment)?)
    }

    fn from_written(written: &BTreeMap<String, Written>) -> Result<Self, BadSetting> {
        if let Some(written) = NOT_YET.into_iter().find_map(|name| written.get(name)) {
            let name = written.name.clone();
            return Err(BadSetting::NotYet { name });
        }
        let path = |name: &str| written.get(name).map(|w| PathBuf::from(&w.value));
        let graph_url = read_as(written, "CHARLA_GRAPH_URL", values::origin)?;
        let listen = read_as(written, "CHARLA_LISTEN", values::listen)?;
        Ok(Self {
            listen: listen.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, PORT).into()),
            public_url: read_as(written, "CHARLA_PUBLIC_URL", values::origin)?,
            data_dir: path("CHARLA_DATA_DIR").unwrap_or_else(|| PathBuf::from("charla-data")),
            database_url: read_as(written, "CHARLA_DATABASE_URL", values::database_url)?,
            media_url: read_as(written, "CHARLA_MEDIA_URL", values::media_url)?,
            graph_url: graph_url.unwrap_or_else(|| GRAPH.to_owned()),
            master_key_file: path("CHARLA_MASTER_KEY_FILE"),
            log: read_as(written, "CHARLA_LOG", log::filter)?,
        })
    }
}

fn read_as<T>(
    written: &BTreeMap<String, Written>,
    name: &str,
    read: impl Fn(&str) -> Result<T, &'static str>,
) -> Result<Option<T>, BadSetting> {
    let Some(Written { name, value }) = written.get(name) else {
        return Ok(None);
    };
    read(value).map(Some).map_err(|why| BadSetting::Value {
        name: name.clone(),
        value: shown(value),
        why,
    })
}

/// A value as it may stand in a terminal and in a log: an address may hold a password.
fn shown(value: &str) -> String {
    if value.contains('@') || value.contains("password") {
        "(not shown, as it may hold a password)".to_owned()
    } else {
        format!("is {value:?}")
    }
}

fn from_environment(
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<String, Written>, BadSetting> {
    let mut written = BTreeMap::new();
    for (name, value) in environment {
        let Ok(name) = name.into_string() else {
            continue;
        };
        if !names::is_ours(&name, &value.to_string_lossy()) {
            continue;
        }
        let value = value.into_string().map_err(|_| BadSetting::Value {
            name: name.clone(),
            value: "is no text".to_owned(),
            why: "expected UTF-8",
        })?;
        if !names::is_known(&name) {
            let meant = names::nearest(&name).map(str::to_owned);
            return Err(BadSetting::Unknown { name, meant });
        }
        if !value.is_empty() {
            written.insert(name.clone(), Written { name, value });
        }
    }
    Ok(written)
}

fn from_file(path: &Path, text: &str) -> Result<BTreeMap<String, Written>, BadSetting> {
    // Not the error's own text: it repeats the line, which may hold a password.
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
        let line = e.span().map_or(1, |at| line_at(text, at.start));
        file_error(path, &format!("line {line}: {}", e.message()))
    })?;
    let mut written = BTreeMap::new();
    for (key, value) in table {
        let name = names::in_environment(&key);
        if !names::is_known(&name) || names::in_file(&name) != key {
            let meant = names::nearest(&key).map(names::in_file);
            return Err(BadSetting::Unknown { name: key, meant });
        }
        let toml::Value::String(value) = value else {
            return Err(BadSetting::Value {
                name: key,
                value: format!("is no text but {}", value.type_str()),
                why: "expected a text in quotes",
            });
        };
        if !value.is_empty() {
            written.insert(name, Written { name: key, value });
        }
    }
    Ok(written)
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&b| b == b'\n').count() + 1
}

fn file_error(path: &Path, why: &impl ToString) -> BadSetting {
    BadSetting::File {
        path: path.display().to_string(),
        why: why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(environment: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
        environment.iter().map(|(n, v)| (n.into(), v.into()))
    }

    fn read(toml: &str, environment: &[(&str, &str)]) -> Result<Settings, BadSetting> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), toml).unwrap();
        Settings::read(Some(file.path()), pairs(environment))
    }

    #[test]
    fn nothing_set_is_a_small_install() {
        let settings = read("", &[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.graph_url, GRAPH);
        assert_eq!(settings.database_url, None);
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let settings = read(
            "listen = \"127.0.0.1:1\"\npublic_url = \"https://a.example/\"",
            &[("CHARLA_LISTEN", "127.0.0.1:2"), ("CHARLA_DATA_DIR", "")],
        )
        .unwrap();
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.public_url.as_deref(), Some("https://a.example"));
        assert_eq!(settings.data_dir, Path::new("charla-data"));
    }

    #[test]
    fn a_file_that_was_asked_for_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("charla.toml");
        let error = Settings::read(Some(&missing), pairs(&[])).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("charla.toml (--config): No such file"),
            "{text}"
        );
    }

    #[test]
    fn a_wrong_setting_is_named_with_a_way_out_and_no_password() {
        for (toml, environment, says) in [
            (
                "listen = 8080",
                vec![],
                "listen is no text but integer: expected a text in quotes",
            ),
            (
                "lisen = \"x\"",
                vec![],
                "lisen: there is no such setting; did you mean listen?",
            ),
            ("Listen = \"x\"", vec![], "did you mean listen?"),
            (
                "workers = \"x\"",
                vec![],
                "the settings are listen, public_url",
            ),
            (
                "\ndatabase_url = \"postgres://u:hunter2@h",
                vec![],
                "line 2: ",
            ),
            (
                "database_url = [\"postgres://u:hunter2@h\"]",
                vec![],
                "database_url is no text but array",
            ),
            ("nats_url = \"x\"", vec![], "nats_url is not built yet"),
            (
                "",
                vec![("CHARLA_LISTN", "x")],
                "CHARLA_LISTN: there is no such setting; did you mean CHARLA_LISTEN?",
            ),
            (
                "",
                vec![("CHARLA_WORKERS", "")],
                "the settings are CHARLA_LISTEN",
            ),
            (
                "",
                vec![("CHARLA_LISTEN", "here")],
                "CHARLA_LISTEN is \"here\": expected an address",
            ),
            (
                "",
                vec![("CHARLA_PUBLIC_URL", "inbox")],
                "CHARLA_PUBLIC_URL is \"inbox\"",
            ),
            (
                "",
                vec![("CHARLA_PUBLIC_URL", "https://a/b")],
                "nothing behind the host",
            ),
            (
                "",
                vec![("CHARLA_PUBLIC_URL", "https://ana:hunter2@a")],
                "CHARLA_PUBLIC_URL (not shown",
            ),
            (
                "",
                vec![("CHARLA_DATABASE_URL", "mysql://root:hunter2@x")],
                "CHARLA_DATABASE_URL (not shown",
            ),
            (
                "",
                vec![("CHARLA_NATS_URL", "nats://x")],
                "CHARLA_NATS_URL is not built yet",
            ),
            (
                "",
                vec![("CHARLA_LOG", "loud")],
                "CHARLA_LOG is \"loud\": expected",
            ),
        ] {
            let error = read(toml, &environment).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
