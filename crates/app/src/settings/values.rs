//! What a setting may hold.

use std::net::SocketAddr;

use reqwest::Url;

/// Why a value cannot be used, and what it should look like.
pub(super) type Why = &'static str;

pub(super) fn listen(value: &str) -> Result<SocketAddr, Why> {
    value.parse().map_err(|_| {
        "expected an address in digits and a port, as in 127.0.0.1:8080, or 0.0.0.0:8080 for all addresses"
    })
}

/// An origin, written as browsers write it: without a path, a slash at its end or a port that goes
/// without saying.
pub(super) fn origin(value: &str) -> Result<String, Why> {
    const EXPECTED: &str =
        "expected http:// or https:// and a host, as in https://inbox.example.com";
    let url = Url::parse(value.trim_end_matches('/')).map_err(|_| EXPECTED)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(EXPECTED);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("leave out the name and the password: people and Meta see this address");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("expected nothing behind the host and its port: Charla has the whole address");
    }
    Ok(url.origin().ascii_serialization())
}

pub(super) fn database_url(value: &str) -> Result<String, Why> {
    const EXPECTED: &str =
        "expected postgres://user@host/name; leave it out for the embedded database";
    let url = Url::parse(value).map_err(|_| EXPECTED)?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(EXPECTED);
    }
    Ok(value.to_owned())
}

/// A folder or a bucket. Its keys are in the `AWS_` variables, as for every program that uses one.
pub(super) fn media_url(value: &str) -> Result<String, Why> {
    const EXPECTED: &str = "expected s3://bucket/prefix, or file:///folder; leave it out for a folder beside the database";
    let url = Url::parse(value).map_err(|_| EXPECTED)?;
    let fits = match url.scheme() {
        "s3" => url.has_host(),
        "file" => url.to_file_path().is_ok(),
        _ => false,
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("leave out the keys: they are in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    fits.then(|| value.to_owned()).ok_or(EXPECTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (value, expect) in [
            (
                "https://inbox.example.com",
                Some("https://inbox.example.com"),
            ),
            (
                "https://Inbox.Example.com:443/",
                Some("https://inbox.example.com"),
            ),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("https://inbox.example.com/charla", None),
            ("https://inbox.example.com/?a=b", None),
            ("https://inbox.example.com/#top", None),
            ("https://ana:secret@inbox.example.com", None),
            ("ftp://inbox.example.com", None),
            ("inbox.example.com", None),
            ("https://", None),
        ] {
            assert_eq!(origin(value).ok().as_deref(), expect, "{value}");
        }
    }

    #[test]
    fn files_lie_in_a_folder_or_a_bucket() {
        for (value, fits) in [
            ("s3://media", true),
            ("s3://media/charla/one", true),
            ("file:///srv/charla/media", true),
            ("s3://key:secret@media", false),
            ("s3://", false),
            ("file://elsewhere/media", false),
            ("/srv/charla/media", false),
            ("https://media.example.com", false),
        ] {
            assert_eq!(media_url(value).is_ok(), fits, "{value}");
        }
    }

    #[test]
    fn listening_wants_an_address_and_a_port() {
        for (value, fits) in [
            ("127.0.0.1:8080", true),
            ("[::]:8080", true),
            ("8080", false),
            (":8080", false),
            ("localhost:8080", false),
            ("127.0.0.1:99999", false),
        ] {
            assert_eq!(listen(value).is_ok(), fits, "{value}");
        }
    }
}
