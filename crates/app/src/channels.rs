//! `charla channel ...`: what is connected, and what becomes of it. A running server notices by itself.

use serde_json::{Value, json};
use server::Clock;
use store::{Channel, Store};

use crate::cli::{SettingsFile, Which};
use crate::{Failure, open, say};

/// Prints every channel of the install.
pub(crate) async fn list(as_json: bool, file: &SettingsFile) -> Result<(), Failure> {
    let store = open::existing(&open::settings(file)?).await?;
    let channels = store.all_channels().await?;
    store.close().await;
    if as_json {
        say(channels.iter().map(in_json).collect::<Value>())?;
    } else if channels.is_empty() {
        say("No channel is connected yet: `charla channel connect` does that.")?;
    } else {
        for channel in &channels {
            say(in_words(channel))?;
        }
    }
    Ok(())
}

fn in_json(channel: &Channel) -> Value {
    json!({
        "id": channel.id,
        "kind": channel.kind,
        "name": channel.name,
        "number": channel.address,
        "phone_number_id": channel.external_id,
        "app": channel.app,
        "state": state(channel),
        "reason": channel.paused.as_ref().filter(|_| !channel.is_disconnected()),
        "last_webhook_at": channel.last_webhook_at,
    })
}

fn state(channel: &Channel) -> &'static str {
    match channel.paused {
        None => "sends",
        Some(_) if channel.is_disconnected() => "disconnected",
        Some(_) => "rests",
    }
}

fn in_words(channel: &Channel) -> String {
    let why = channel.paused.as_deref().map(way_out);
    let state = match why {
        None => state(channel).to_owned(),
        Some(why) => format!("{}: {why}", state(channel)),
    };
    let heard = channel
        .last_webhook_at
        .map_or("never".to_owned(), |at| format!("{at:.0}"));
    format!(
        "{}, {}\n  id               {}\n  phone number id  {}\n  app              {}\n  last webhook     {heard}\n  {state}",
        channel.name, channel.address, channel.id, channel.external_id, channel.app,
    )
}

/// Why a channel sends nothing, and what to do about it.
pub(crate) fn way_out(paused: &str) -> &str {
    match paused {
        "token" => {
            "its access token cannot be used any more; connect it again with a new one (charla channel connect)"
        }
        "payment" => {
            "Meta reports a payment problem; settle it with Meta, then charla channel resume"
        }
        "account" => {
            "Meta has restricted the account; settle it with Meta, then charla channel resume"
        }
        "number" => {
            "Meta does not let this number send; settle it with Meta, then charla channel resume"
        }
        "by_hand" => "an admin has paused it; charla channel resume lets it send again",
        "disconnected" => "charla channel connect takes its conversations up again",
        other => other,
    }
}

/// Lets a channel that rests send again. It is no failure that none rested; it is said.
pub(crate) async fn resume(which: &Which) -> Result<(), Failure> {
    let (store, channel) = find(which).await?;
    if channel.is_disconnected() {
        return Err(format!(
            "{} was disconnected: {}",
            channel.name,
            way_out("disconnected")
        )
        .into());
    }
    let now = Clock::system().now();
    let resumed = store
        .resume_channel(channel.workspace, channel.id, now)
        .await?;
    say(json!({
        "channel": channel.id,
        "name": channel.name,
        "state": "sends",
        "resumed": resumed,
    }))?;
    store.close().await;
    Ok(())
}

/// Calls a channel something else.
pub(crate) async fn rename(which: &Which, name: &str) -> Result<(), Failure> {
    let (store, channel) = find(which).await?;
    let now = Clock::system().now();
    store
        .rename_channel(channel.workspace, channel.id, name, now)
        .await?;
    say(json!({ "channel": channel.id, "name": name }))?;
    store.close().await;
    Ok(())
}

/// Disconnects a channel.
pub(crate) async fn disconnect(which: &Which) -> Result<(), Failure> {
    let (store, channel) = find(which).await?;
    let now = Clock::system().now();
    let returned = store
        .disconnect_channel(channel.workspace, channel.id, now)
        .await?;
    say(json!({
        "channel": channel.id,
        "name": channel.name,
        "state": "disconnected",
        "returned_to_drafts": returned,
    }))?;
    store.close().await;
    Ok(())
}

async fn find(which: &Which) -> Result<(Store, Channel), Failure> {
    let store = open::existing(&open::settings(&which.settings)?).await?;
    let named = &which.channel;
    let channels = store.all_channels().await?;
    let found = channels
        .into_iter()
        .find(|c| c.external_id == *named || c.id.to_string() == *named)
        .ok_or_else(|| {
            format!("there is no channel {named}: `charla channel list` shows those there are")
        })?;
    Ok((store, found))
}
