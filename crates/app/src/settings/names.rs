//! The names of the settings, and what a name that is none of them may have been meant to be.

use std::net::{IpAddr, SocketAddr};

/// What a host decides, by its name in the environment.
pub(super) const NAMES: [&str; 8] = [
    "CHARLA_LISTEN",
    "CHARLA_PUBLIC_URL",
    "CHARLA_DATA_DIR",
    "CHARLA_DATABASE_URL",
    "CHARLA_MEDIA_URL",
    "CHARLA_GRAPH_URL",
    "CHARLA_MASTER_KEY_FILE",
    "CHARLA_LOG",
];
/// Settings of the product that this version does not serve: to ignore them silently would be worse.
pub(super) const NOT_YET: [&str; 2] = ["CHARLA_NATS_URL", "CHARLA_SMTP_URL"];

const PREFIX: &str = "CHARLA_";

/// What this repository's tests and tools go by, for whoever has them set while trying the program.
const TOOLS: [&str; 6] = [
    "CHARLA_BIN",
    "CHARLA_CHROMIUM",
    "CHARLA_DEV_SERVER",
    "CHARLA_KILLS",
    "CHARLA_SANDBOX_DEV",
    "CHARLA_SEED",
];
const OF_TESTS: &str = "CHARLA_TEST_";

/// How alike two names have to be for the one to be a slip of the other.
const A_SLIP: f64 = 0.5;

/// Whether a variable of the environment claims to be a setting.
pub(super) fn is_ours(name: &str, value: &str) -> bool {
    name.starts_with(PREFIX)
        && !name.starts_with(OF_TESTS)
        && !TOOLS.contains(&name)
        && !is_of_kubernetes(name, value)
}

/// Kubernetes tells every container where the services are. Those of a service called `charla`, or
/// `charla-` and something, have our prefix; the value says whether it is really one of them.
fn is_of_kubernetes(name: &str, value: &str) -> bool {
    let is_host = || value.parse::<IpAddr>().is_ok();
    let is_port = || value.parse::<u16>().is_ok();
    let is_protocol = |word| ["tcp", "udp", "sctp"].contains(&word);
    let is_address = || {
        let (protocol, rest) = value.split_once("://").unwrap_or_default();
        is_protocol(protocol) && rest.parse::<SocketAddr>().is_ok()
    };
    if name.ends_with("_SERVICE_HOST") {
        return is_host();
    }
    // Also of ports with a name.
    if name.contains("_SERVICE_PORT") {
        return is_port();
    }
    let Some((_, port)) = name.split_once("_PORT") else {
        return false;
    };
    match port.rsplit_once('_') {
        Some((_, "ADDR")) => is_host(),
        Some((_, "PORT")) => is_port(),
        Some((_, "PROTO")) => is_protocol(value),
        _ => is_address(),
    }
}

/// Whether there is such a setting, served or not yet.
pub(super) fn is_known(name: &str) -> bool {
    NAMES.contains(&name) || NOT_YET.contains(&name)
}

/// `CHARLA_LISTEN` is `listen` in the file.
pub(super) fn in_file(name: &str) -> String {
    name.trim_start_matches(PREFIX).to_lowercase()
}

/// `listen` in the file is `CHARLA_LISTEN`.
pub(super) fn in_environment(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase())
}

/// The setting that was probably meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let written = in_file(name);
    NAMES
        .into_iter()
        .map(|known| {
            let known_as = in_file(known);
            let likeness = strsim::normalized_damerau_levenshtein(&written, &known_as);
            // Whoever shortens a name keeps its beginning.
            let begins_alike = written.chars().next() == known_as.chars().next();
            (
                if begins_alike {
                    likeness + A_SLIP / 2.0
                } else {
                    likeness
                },
                known,
            )
        })
        .filter(|&(likeness, _)| likeness >= A_SLIP)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_setting() {
        for (written, meant) in [
            ("CHARLA_LISTN", Some("CHARLA_LISTEN")),
            ("CHARLA_DATADIR", Some("CHARLA_DATA_DIR")),
            ("CHARLA_DB_URL", Some("CHARLA_DATABASE_URL")),
            ("CHARLA_MASTER_KEY", Some("CHARLA_MASTER_KEY_FILE")),
            ("lisen", Some("CHARLA_LISTEN")),
            ("CHARLA_WORKERS", None),
        ] {
            assert_eq!(nearest(written), meant, "{written}");
        }
    }

    #[test]
    fn only_what_claims_to_be_a_setting_is_ours() {
        for (name, value, ours) in [
            ("CHARLA_LISTEN", "x", true),
            ("CHARLA_LISTN", "x", true),
            ("PATH", "x", false),
            ("CHARLA_BIN", "x", false),
            ("CHARLA_TEST_POSTGRES_URL", "x", false),
            ("CHARLA_SERVICE_HOST", "10.0.0.1", false),
            ("CHARLA_SERVICE_HOST", "fd00::1", false),
            ("CHARLA_SERVICE_HOST", "charla", true),
            ("CHARLA_SERVICE_PORT", "8080", false),
            ("CHARLA_SERVICE_PORT", "http", true),
            ("CHARLA_SERVICE_PORT_HTTP", "8080", false),
            ("CHARLA_SERVICE_PORT_WEB_2", "8080", false),
            ("CHARLA_SERVICE_PORT_HTTP_PORT", "8080", false),
            ("CHARLA_SERVICE_PORT_GRPC_TCP", "9000", false),
            ("CHARLA_SERVICE_NAME", "8080", true),
            ("CHARLA_PORT", "tcp://10.0.0.1:8080", false),
            ("CHARLA_PORT", "http://10.0.0.1:8080", true),
            ("CHARLA_PORT_8080_TCP", "tcp://10.0.0.1:8080", false),
            ("CHARLA_PORT_8080_TCP", "tcp://[fd00::1]:8080", false),
            ("CHARLA_PORT_8080_TCP", "x", true),
            ("CHARLA_PORT_8080_TCP_PROTO", "tcp", false),
            ("CHARLA_PORT_8080_TCP_PROTO", "x", true),
            ("CHARLA_PORT_8080_TCP_PORT", "8080", false),
            ("CHARLA_PORT_8080_TCP_PORT", "x", true),
            ("CHARLA_PORT_8080_TCP_ADDR", "10.0.0.1", false),
            ("CHARLA_PORT_8080_TCP_ADDR", "x", true),
            ("CHARLA_PORT_8080", "8080", true),
            ("CHARLA_DB_SERVICE_HOST", "10.0.0.1", false),
            ("CHARLA_DB_SERVICE_PORT_PG", "5432", false),
            ("CHARLA_DB_PORT", "tcp://10.0.0.1:5432", false),
            ("CHARLA_DB_PORT", "5432", true),
            ("CHARLA_MY_DB_PORT_53_UDP_ADDR", "10.0.0.1", false),
            ("CHARLA_DATABASE_URL", "tcp://10.0.0.1:5432", true),
            ("CHARLA_PORT", "8080", true),
        ] {
            assert_eq!(is_ours(name, value), ours, "{name}={value}");
        }
    }
}
