//! A stand-in for Embedded Signup: the script that a page loads, and the window that it opens.
//!
//! The window tells its opener what was chosen in the same message as Meta's, and gives it a code that
//! buys a token. What it shows is the sandbox's own.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

use crate::shared::Shared;

const SDK: &str = include_str!("signup/sdk.js");
const DIALOG: &str = include_str!("signup/dialog.html");
const SCRIPT: &str = include_str!("signup/dialog.js");
const STYLE: &str = include_str!("signup/dialog.css");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the stand-in, or nothing if it has no such file.
pub(crate) fn file(shared: &Shared, path: &str) -> Option<Response> {
    let (kind, text) = match path {
        "/en_US/sdk.js" | "/es_ES/sdk.js" => {
            ("text/javascript", SDK.replace("{origin}", &shared.url))
        }
        "/dialog/oauth" => ("text/html; charset=utf-8", DIALOG.to_owned()),
        "/dialog/oauth.js" => ("text/javascript", SCRIPT.to_owned()),
        "/dialog/oauth.css" => ("text/css", STYLE.to_owned()),
        _ => return None,
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    Some((headers, text).into_response())
}
