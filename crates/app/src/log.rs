//! What is logged, and where to.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Reads `CHARLA_LOG`: a level, or levels by module. A word that is no level is refused here; the library
/// would take it for the name of a module, and log nothing.
pub(crate) fn filter(text: &str) -> Result<Targets, &'static str> {
    const EXPECTED: &str = "expected error, warn, info, debug, trace or off, or levels by module, as in \
         info,server=debug";
    let level = |word: &str| match word.trim() {
        // The library reads nothing as "error".
        "" => Err(EXPECTED),
        word => word.parse::<LevelFilter>().map_err(|_| EXPECTED),
    };
    let mut filter = Targets::new();
    for part in text.split(',') {
        filter = match part.split_once('=') {
            None => filter.with_default(level(part)?),
            Some((module, word)) if is_module(module.trim()) => {
                filter.with_target(module.trim(), level(word)?)
            }
            Some(_) => return Err(EXPECTED),
        };
    }
    Ok(filter)
}

fn is_module(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    !name.is_empty() && name.chars().all(is_letter)
}

/// Logs to standard error; standard output belongs to what a command answers.
pub(crate) fn start(chosen: Option<Targets>, otherwise: LevelFilter) {
    let filter = chosen.unwrap_or_else(|| Targets::new().with_default(otherwise));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_levels_are_levels() {
        for (text, expect) in [
            ("info", Some("info")),
            ("DEBUG", Some("debug")),
            ("off", Some("off")),
            ("info,server=debug", Some("server=debug,info")),
            (
                "warn, store::apply = trace",
                Some("store::apply=trace,warn"),
            ),
            ("loud", None),
            ("server", None),
            ("server=loud", None),
            ("info,", None),
            ("=info", None),
            ("a b=info", None),
        ] {
            let read = filter(text).ok().map(|f| f.to_string());
            assert_eq!(read.as_deref(), expect, "{text:?}");
        }
    }
}
