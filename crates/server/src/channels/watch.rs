//! Keeps what the provider says of each channel's number fresh: every now and then, and whenever a webhook
//! tells that something about it has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::standing::{Blocker, Standing};
use domain::{ChannelId, Timestamp};
use jiff::SignedDuration;
use meta::errors::Pause;
use meta::graph::{AppCredentials, BusinessAccount, CallError, PhoneNumber, TokenFacts};
use store::{Channel, KnownStanding};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::confirm::{self, missing_scopes};
use crate::App;

/// A standing that was read so long ago is read again: Meta takes 200 calls an hour for an account.
const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// How often channels are looked at for that.
const LOOK: Duration = Duration::from_mins(1);

/// The channels whose standing somebody wants to have read again, and those of which it could not be read.
#[derive(Debug, Default)]
pub struct Watch {
    asked: Mutex<BTreeSet<ChannelId>>,
    /// When it was last asked for in vain: what fails is not asked more often than what is told.
    in_vain: Mutex<BTreeMap<ChannelId, Timestamp>>,
    wake: Notify,
}

impl Watch {
    /// Asks for these channels to be looked at soon.
    pub fn ask(&self, channels: impl IntoIterator<Item = ChannelId>) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.extend(channels);
        drop(asked);
        self.wake.notify_one();
    }

    fn take(&self) -> BTreeSet<ChannelId> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn failed_at(&self, channel: ChannelId) -> Option<Timestamp> {
        let in_vain = self.in_vain.lock().unwrap_or_else(PoisonError::into_inner);
        in_vain.get(&channel).copied()
    }

    fn failed(&self, channel: ChannelId, at: Timestamp) {
        let mut in_vain = self.in_vain.lock().unwrap_or_else(PoisonError::into_inner);
        in_vain.insert(channel, at);
    }
}

/// Starts the worker.
pub(crate) fn start(app: &App) {
    let watching = app.clone();
    app.workers
        .start("watch over channels", move || watch(watching.clone()));
}

async fn watch(app: App) {
    let mut stopping = app.workers.stopping();
    while !stopping.is_told() {
        let asked = app.watch.take();
        for channel in app.channels.all() {
            if stopping.is_told() {
                return;
            }
            if channel.is_disconnected() {
                continue;
            }
            if let Err(error) = look_after(&app, &channel, asked.contains(&channel.id)).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "The standing of a channel could not be kept"
                );
            }
        }
        tokio::select! {
            _ = timeout(LOOK, app.watch.wake.notified()) => {}
            () = stopping.told() => return,
        }
    }
}

async fn look_after(app: &App, channel: &Channel, asked: bool) -> Result<(), store::Error> {
    let known = app.store.standing(channel.workspace, channel.id).await?;
    let now = app.clock.system_now();
    let last = app
        .watch
        .failed_at(channel.id)
        .max(known.map(|k| k.read_at));
    if !asked && last.is_some_and(|last| now.duration_since(last) < FRESH) {
        return Ok(());
    }
    match read_again(app, channel).await {
        Ok(_) => Ok(()),
        Err(NotRead::Store(error)) => Err(error),
        // What is known stays, with its age.
        Err(NotRead::Graph(error)) => {
            app.watch.failed(channel.id, now);
            tracing::warn!(channel.id = %channel.id, "The standing of {} could not be read: {error}", channel.id);
            Ok(())
        }
    }
}

/// Why a standing could not be read.
pub(super) enum NotRead {
    /// The database failed.
    Store(store::Error),
    /// The provider did.
    Graph(CallError),
}

impl From<store::Error> for NotRead {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<CallError> for NotRead {
    fn from(error: CallError) -> Self {
        Self::Graph(error)
    }
}

/// Reads a channel's standing and keeps it. A token that is over sets the channel to rest, and what comes in
/// is taken all the same; a number that may send faster does.
pub(super) async fn read_again(app: &App, channel: &Channel) -> Result<KnownStanding, NotRead> {
    let standing = ask(app, channel).await?;
    let known = KnownStanding {
        channel: channel.id,
        read_at: app.clock.system_now(),
        standing,
    };
    let now = app.clock.now();
    app.store
        .keep_standing(channel.workspace, &known, now)
        .await?;
    let over = !known.standing.token_valid && channel.paused.is_none();
    if over {
        app.store
            .pause_channel(channel, Pause::Token.as_str(), now)
            .await?;
    }
    let rate = known.standing.per_second();
    let rate = rate.filter(|&rate| rate != channel.throughput);
    if let Some(rate) = rate {
        app.store
            .set_throughput(channel.workspace, channel.id, rate)
            .await?;
    }
    if over || rate.is_some() {
        app.channels
            .reload(&app.store, &app.secrets, known.read_at)
            .await?;
    }
    app.live.wake(channel.workspace);
    Ok(known)
}

async fn ask(app: &App, channel: &Channel) -> Result<Standing, CallError> {
    let Some(token) = super::token(app, channel) else {
        return Ok(Standing::default());
    };
    let Some(facts) = unless_over(token_facts(app, channel, &token).await)? else {
        return Ok(Standing::default());
    };
    if !facts.valid {
        return Ok(of_token(&facts));
    }
    let number = app.graph.phone_number(&token, &channel.external_id).await;
    let account = app.graph.account(&token, &channel.account_id).await;
    let standing = of_token(&facts);
    // Without a permission the rest cannot be read; that it lacks says enough.
    match (number, account) {
        (Ok(number), Ok(account)) => Ok(of_all(standing, number, account)),
        (Err(_), _) | (_, Err(_)) if !standing.missing_scopes.is_empty() => Ok(standing),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

async fn token_facts(app: &App, channel: &Channel, token: &str) -> Result<TokenFacts, CallError> {
    let keys = app.channels.app(app, &channel.app).await;
    let secret = keys
        .as_ref()
        .map(|keys| String::from_utf8_lossy(&keys.secret).into_owned())
        .unwrap_or_default();
    let id = keys.as_ref().and_then(|keys| keys.app_id.as_deref());
    let credentials = id.map(|id| AppCredentials {
        id,
        secret: &secret,
    });
    confirm::token_facts(&app.graph, credentials, token).await
}

/// A refusal that says that the token is over is no failure: it is what was asked.
fn unless_over(asked: Result<TokenFacts, CallError>) -> Result<Option<TokenFacts>, CallError> {
    match asked {
        Err(error) if confirm::is_over(&error) => Ok(None),
        other => other.map(Some),
    }
}

fn of_token(facts: &TokenFacts) -> Standing {
    Standing {
        token_valid: facts.valid,
        token_expires_at: facts
            .expires_at
            .and_then(|seconds| Timestamp::from_second(seconds).ok()),
        missing_scopes: if facts.valid {
            missing_scopes(&facts.scopes)
        } else {
            Vec::new()
        },
        ..Standing::default()
    }
}

fn of_all(standing: Standing, number: PhoneNumber, account: BusinessAccount) -> Standing {
    let word = |word: Option<String>| word.map(|word| word.to_lowercase());
    let (can_send, entities) = number.health.map_or((None, Vec::new()), |health| {
        (health.can_send, health.entities)
    });
    Standing {
        status: word(number.status),
        verified_name: number.verified_name,
        name_status: word(number.name_status),
        quality: word(number.quality_rating),
        messaging_limit: word(number.messaging_limit),
        throughput: word(number.throughput.and_then(|throughput| throughput.level)),
        can_send: word(can_send),
        blockers: entities
            .into_iter()
            .filter(|entity| entity.can_send.as_deref() != Some("AVAILABLE"))
            .map(|entity| {
                let error = entity.errors.into_iter().next();
                Blocker {
                    entity: entity.kind.unwrap_or_default().to_lowercase(),
                    code: error.as_ref().and_then(|error| error.code),
                    detail: error.and_then(|error| error.detail),
                }
            })
            .collect(),
        business: word(account.verification),
        business_name: account.owner.and_then(|owner| owner.name).or(account.name),
        review: word(account.review),
        payment: Some(account.funding.is_some()),
        ..standing
    }
}
