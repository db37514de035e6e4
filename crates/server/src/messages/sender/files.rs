//! Giving the provider the files of our messages: each before its message can go out.
//!
//! It begins with the undo period and touches no message until it has failed; then it is a try of that message in
//! vain, so that what a thread shows of it, when it is tried again and when it is given up are as for every other.

use domain::MessageId;
use domain::media::ending_of;
use jiff::SignedDuration;
use meta::graph::{CallError, Giving, NotSentCause, Outcome as Answer};
use reqwest::Body;
use store::{Channel, DueMedia, Outcome, StoredMedia};

use super::outcome::{self, Then};
use super::worker::pause;
use crate::App;
use crate::channels::token;

/// When to look again at a message that can still be taken back.
const SOON: SignedDuration = SignedDuration::from_secs(2);
/// When to look again at a channel that rests.
const LATER: SignedDuration = SignedDuration::from_secs(15);

/// Gives the file of a message to the provider and records what came of it.
pub(crate) async fn provide(
    app: &App,
    due: &DueMedia,
    message: MessageId,
    file: &StoredMedia,
) -> Result<(), store::Error> {
    let Some(channel) = app.channels.by_id(due.channel) else {
        return again(app, due, LATER).await;
    };
    let Some(token) = token(app, &channel).filter(|_| !app.channels.rests(channel.id)) else {
        return again(app, due, LATER).await;
    };
    match give(app, due, &channel, &token, file).await {
        Ok(external_id) => {
            let now = app.clock.now();
            app.store
                .media_provided(due.workspace, due.id, &external_id, now)
                .await?;
            app.senders.wake(channel.id);
            Ok(())
        }
        Err(answer) => in_vain(app, due, &channel, message, answer).await,
    }
}

async fn give(
    app: &App,
    due: &DueMedia,
    channel: &Channel,
    token: &str,
    file: &StoredMedia,
) -> Result<String, Answer> {
    let (size, bytes) = app
        .media
        .bytes(due.workspace, &file.content)
        .await
        .map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "A file to be sent could not be read from the storage"
            );
            NO_FILE
        })?;
    let giving = Giving {
        name: &name(file),
        mime: &file.mime,
        size,
        bytes: Body::wrap_stream(bytes),
    };
    let given = app.graph.provide(token, &channel.external_id, giving).await;
    given.map_err(|error| match error {
        CallError::Refused(refusal) => Answer::Refused(refusal),
        CallError::NotSent(why) => Answer::NotSent { why },
        // That the provider may have the file tells nothing to anybody.
        CallError::Unknown(_) => NO_FILE,
    })
}

const NO_FILE: Answer = Answer::NotSent {
    why: NotSentCause::NoFile,
};

fn name(file: &StoredMedia) -> String {
    let named = file.name.clone();
    named.unwrap_or_else(|| format!("file.{}", ending_of(&file.mime).unwrap_or("bin")))
}

async fn in_vain(
    app: &App,
    due: &DueMedia,
    channel: &Channel,
    message: MessageId,
    answer: Answer,
) -> Result<(), store::Error> {
    let now = app.clock.now();
    let jitter = f64::from(u16::from_be_bytes(app.chance.bytes())) / f64::from(u16::MAX);
    let mut then = Then::GoOn;
    let tried = |number| {
        let (outcome, asked) = outcome::read(answer, number, jitter, now);
        then = asked;
        outcome
    };
    let ended = app
        .store
        .try_in_vain(due.workspace, message, now, tried)
        .await?;
    match ended {
        None => again(app, due, SOON).await?,
        Some(ended) => {
            let wait = match ended {
                Outcome::Again { due_at, .. } => Some(due_at.duration_since(now)),
                _ => None,
            };
            let again_at = wait.map(|wait| app.clock.system_now() + wait);
            app.store
                .media_not_provided(due.workspace, due.id, again_at)
                .await?;
        }
    }
    if let Then::Pause(why) = then {
        pause(app, channel, why).await;
    }
    Ok(())
}

async fn again(app: &App, due: &DueMedia, wait: SignedDuration) -> Result<(), store::Error> {
    let at = app.clock.system_now() + wait;
    app.store
        .media_not_provided(due.workspace, due.id, Some(at))
        .await
}
