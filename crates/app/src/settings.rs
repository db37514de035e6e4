//! Settings: `charla.toml`, then the environment, which wins. A wrong one stops the start and is named.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What a host decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) data_dir: PathBuf,
    pub(crate) database_url: Option<String>,
    pub(crate) graph_url: String,
    pub(crate) master_key_file: Option<PathBuf>,
    pub(crate) log: String,
}

/// A setting that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadSetting {
    #[error("{name} is {value:?}: {why}")]
    Value {
        name: String,
        value: String,
        why: String,
    },
    #[error("{name}: there is no such setting; the settings are {}", NAMES.join(", "))]
    Unknown { name: String },
    #[error("{name} is not built yet: leave it out")]
    NotYet { name: &'static str },
    #[error("{path}: {why}")]
    File { path: String, why: String },
}

const NAMES: [&str; 7] = [
    "CHARLA_LISTEN",
    "CHARLA_PUBLIC_URL",
    "CHARLA_DATA_DIR",
    "CHARLA_DATABASE_URL",
    "CHARLA_GRAPH_URL",
    "CHARLA_MASTER_KEY_FILE",
    "CHARLA_LOG",
];
/// Settings of the product that this version does not serve: to ignore them silently would be worse.
const NOT_YET: [&str; 3] = ["CHARLA_NATS_URL", "CHARLA_MEDIA_URL", "CHARLA_SMTP_URL"];

/// Meta's own address.
const GRAPH: &str = "https://graph.facebook.com";

impl Settings {
    /// Reads the file, if it is there, and the environment.
    pub(crate) fn read(
        file: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, BadSetting> {
        let mut named = match std::fs::read_to_string(file) {
            Ok(text) => from_toml(file, &text)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(e) => return Err(file_error(file, &e)),
        };
        named.extend(environment.filter(|(name, value)| {
            let ours = NAMES.contains(&name.as_str()) || NOT_YET.contains(&name.as_str());
            ours && !value.is_empty()
        }));
        Self::from_named(&named)
    }

    fn from_named(named: &BTreeMap<String, String>) -> Result<Self, BadSetting> {
        if let Some(name) = NOT_YET.into_iter().find(|n| named.contains_key(*n)) {
            return Err(BadSetting::NotYet { name });
        }
        let get = |name: &str| named.get(name).cloned();
        let listen = get("CHARLA_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let graph_url = get("CHARLA_GRAPH_URL").unwrap_or_else(|| GRAPH.to_owned());
        Ok(Self {
            listen: listen.parse().map_err(|_| {
                bad(
                    "CHARLA_LISTEN",
                    &listen,
                    "expected an address and a port, as in 127.0.0.1:8080",
                )
            })?,
            public_url: get("CHARLA_PUBLIC_URL")
                .map(|url| web_address("CHARLA_PUBLIC_URL", &url))
                .transpose()?,
            data_dir: get("CHARLA_DATA_DIR")
                .map_or_else(|| PathBuf::from("charla-data"), PathBuf::from),
            database_url: get("CHARLA_DATABASE_URL").map(database_url).transpose()?,
            graph_url: web_address("CHARLA_GRAPH_URL", &graph_url)?,
            master_key_file: get("CHARLA_MASTER_KEY_FILE").map(PathBuf::from),
            log: get("CHARLA_LOG").unwrap_or_else(|| "info".to_owned()),
        })
    }
}

fn bad(name: &str, value: &str, why: &str) -> BadSetting {
    BadSetting::Value {
        name: name.to_owned(),
        value: value.to_owned(),
        why: why.to_owned(),
    }
}

fn file_error(path: &Path, why: &impl ToString) -> BadSetting {
    BadSetting::File {
        path: path.display().to_string(),
        why: why.to_string(),
    }
}

/// `listen = "..."` in the file is `CHARLA_LISTEN` in the environment.
fn from_toml(path: &Path, text: &str) -> Result<BTreeMap<String, String>, BadSetting> {
    let table: toml::Table = text.parse().map_err(|e| file_error(path, &e))?;
    table
        .into_iter()
        .map(|(key, value)| {
            let name = format!("CHARLA_{}", key.to_uppercase());
            if !NAMES.contains(&name.as_str()) && !NOT_YET.contains(&name.as_str()) {
                return Err(BadSetting::Unknown { name: key });
            }
            match value {
                toml::Value::String(value) => Ok((name, value)),
                other => Err(bad(&key, &other.to_string(), "expected a text in quotes")),
            }
        })
        .collect()
}

/// An origin without a path or a slash at its end.
fn web_address(name: &str, value: &str) -> Result<String, BadSetting> {
    let why = "expected http:// or https:// and a host, as in https://inbox.example.com";
    let trimmed = value.trim_end_matches('/');
    let url = reqwest::Url::parse(trimmed).map_err(|_| bad(name, value, why))?;
    let usable = matches!(url.scheme(), "http" | "https") && url.has_host() && url.path() == "/";
    usable
        .then(|| trimmed.to_owned())
        .ok_or_else(|| bad(name, value, why))
}

fn database_url(value: String) -> Result<String, BadSetting> {
    if value.starts_with("postgres://") || value.starts_with("postgresql://") {
        return Ok(value);
    }
    // The value may hold a password: it is not repeated.
    Err(bad(
        "CHARLA_DATABASE_URL",
        "(hidden)",
        "expected postgres://user@host/name; leave it out for the embedded database",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str, environment: &[(&str, &str)]) -> Result<Settings, BadSetting> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), toml).unwrap();
        let pairs = environment
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Settings::read(file.path(), pairs)
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
            &[("CHARLA_LISTEN", "127.0.0.1:2"), ("CHARLA_OTHER", "x")],
        )
        .unwrap();
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.public_url.as_deref(), Some("https://a.example"));
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (toml, environment, names) in [
            ("listen = 8080", vec![], "listen"),
            ("lisen = \"x\"", vec![], "lisen"),
            ("", vec![("CHARLA_LISTEN", "here")], "CHARLA_LISTEN"),
            (
                "",
                vec![("CHARLA_PUBLIC_URL", "inbox")],
                "CHARLA_PUBLIC_URL",
            ),
            (
                "",
                vec![("CHARLA_PUBLIC_URL", "https://a/b")],
                "CHARLA_PUBLIC_URL",
            ),
            (
                "",
                vec![("CHARLA_DATABASE_URL", "mysql://root:pw@x")],
                "CHARLA_DATABASE_URL",
            ),
            ("", vec![("CHARLA_NATS_URL", "nats://x")], "CHARLA_NATS_URL"),
        ] {
            let error = read(toml, &environment).unwrap_err().to_string();
            assert!(error.contains(names), "{error}");
            assert!(!error.contains("pw@"), "{error}");
        }
    }
}
