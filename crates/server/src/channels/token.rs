//! A channel's access token, opened.

use store::Channel;

use crate::App;
use crate::secrets::Place;

/// The token of a channel; `None` if it has none that can be used.
pub(crate) fn token(app: &App, channel: &Channel) -> Option<String> {
    let place = Place::channel_token(channel.workspace, channel.id);
    let sealed = channel.token.as_ref()?;
    let opened = app
        .secrets
        .open(place, sealed)
        .ok()
        .and_then(|t| String::from_utf8(t).ok());
    if opened.is_none() {
        tracing::error!(channel.id = %channel.id, "The token of {} was sealed under another master key", channel.id);
    }
    opened
}
