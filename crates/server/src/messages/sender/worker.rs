//! The worker of one channel.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use domain::{IdentityId, MessageId, Timestamp};
use futures_util::FutureExt;
use jiff::SignedDuration;
use meta::errors::Pause;
use meta::graph::{Outbound, Outcome as Answer, Recipient, UnknownCause};
use store::{Channel, Due, Ended, Handover, Receipts, SentBy};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::outcome::{self, Then};
use super::receipts::{self, Doing};
use crate::App;
use crate::channels::token;
use crate::messages::limits::{Limits, SECOND};
use crate::workers::{Stopping, persist};

/// How many messages one look takes.
const LOOK_AT: i64 = 64;
/// How long to sleep when nothing waits; somebody wakes us sooner.
const IDLE: Duration = Duration::from_secs(5);
/// How long to wait for messages that are due and not to be had: behind another of their conversation.
const BEHIND: Duration = Duration::from_secs(1);
/// How long to wait when the database takes no writes.
const PAUSE: Duration = Duration::from_millis(500);
/// For so long this server alone sends for a channel; it takes it anew once no more than a second is left, so that
/// whoever comes after it finds a second without a call behind it, and a whole rate before it.
const HOLD: SignedDuration = SECOND.saturating_mul(2);

/// A running worker.
pub(super) struct Handle {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Handle {
    /// Stops it after the calls under way have ended.
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.task.await;
    }
}

/// A call that ended.
struct Called {
    handover: Handover,
    answer: Answer,
}

struct Worker {
    app: App,
    channel: Arc<Channel>,
    token: Arc<str>,
    limits: Limits,
    in_flight: usize,
    most_in_flight: usize,
    answers: mpsc::Sender<Called>,
    /// Whether the channel rests, as this worker last saw it.
    resting: bool,
    /// Until then no other server sends for the channel; system time.
    held_until: Timestamp,
}

/// Starts the worker of a channel, once the one `before` it has ended its calls. One without a usable
/// token, or at rest, sends nothing.
pub(super) fn start(app: App, channel: Arc<Channel>, before: Option<Handle>) -> Handle {
    let stop = watch::Sender::new(false);
    let stopping = Stopping::by(&stop);
    let task = tokio::spawn(async move {
        if let Some(before) = before {
            before.stop().await;
        }
        let work = move || run(app.clone(), Arc::clone(&channel), stopping.clone());
        persist("worker of a channel", work).await;
    });
    Handle { stop, task }
}

async fn run(app: App, channel: Arc<Channel>, mut stopping: Stopping) {
    let wake = app.senders.waker(channel.id);
    let Some(token) = token(&app, &channel) else {
        if channel.paused.is_none() {
            pause(&app, &channel, Pause::Token).await;
        }
        return;
    };
    let (answers, mut answered) = mpsc::channel(256);
    let mut worker = Worker {
        limits: Limits::new(channel.throughput, app.clock.system_now()),
        most_in_flight: usize::try_from(channel.throughput / 2).unwrap_or(0).max(16),
        resting: channel.paused.is_some(),
        held_until: Timestamp::MIN,
        token: token.into(),
        in_flight: 0,
        app,
        channel,
        answers,
    };
    let mut called = Vec::new();
    let mut clock = worker.app.clock.moves();
    // Whoever is replaced before its first look sends nothing any more.
    while !stopping.is_told() {
        worker.show_attention();
        let wait = worker.send_what_is_due().await;
        tokio::select! {
            n = answered.recv_many(&mut called, 256) => {
                if n > 0 {
                    worker.record(std::mem::take(&mut called)).await;
                }
            }
            () = look_again(&wake, wait) => {}
            Ok(()) = clock.changed() => {}
            () = stopping.told() => break,
        }
    }
    while worker.in_flight > 0 && answered.recv_many(&mut called, 256).await > 0 {
        worker.record(std::mem::take(&mut called)).await;
    }
}

async fn look_again(wake: &Notify, wait: Duration) {
    let _ = timeout(wait, wake.notified()).await;
}

impl Worker {
    /// Hands over what is due and fits the limits; answers how long to sleep.
    async fn send_what_is_due(&mut self) -> Duration {
        // A rest that begins and ends between two looks of the supervisor brings no new worker.
        self.resting = self.app.channels.rests(self.channel.id);
        if self.resting || self.in_flight >= self.most_in_flight {
            return IDLE;
        }
        let now = self.app.clock.now();
        let due = match self.app.store.due(self.channel.id, now, LOOK_AT).await {
            Ok(due) => due,
            Err(error) => return self.cannot(&error),
        };
        if due.is_empty() {
            return self.until_next(now).await;
        }
        if let Err(wait) = self.hold().await {
            return wait;
        }
        let (chosen, wait) = self.choose(&due);
        if chosen.is_empty() {
            return wait;
        }
        let ids: Vec<MessageId> = chosen.iter().map(|d| d.message).collect();
        match self
            .app
            .store
            .hand_over(self.channel.workspace, &ids, || self.app.clock.now())
            .await
        {
            Ok(handed) => {
                // Somebody has set the channel to rest, and has not reached this worker yet.
                let none_to_be_had = handed.begun.is_empty() && !handed.given_back;
                for handover in handed.begun {
                    self.call(handover);
                }
                self.app.live.wake(self.channel.workspace);
                if none_to_be_had { BEHIND } else { wait }
            }
            Err(error) => self.cannot(&error),
        }
    }

    /// Sees to it that no other server sends for the channel: what the limits know is known here only. If one does,
    /// answers when to ask again.
    async fn hold(&mut self) -> Result<(), Duration> {
        let now = self.app.clock.system_now();
        if self.held_until.duration_since(now) > SECOND {
            return Ok(());
        }
        let (workspace, channel, end) = (self.channel.workspace, self.channel.id, now + HOLD);
        let holding = self.app.store.hold_sending(workspace, channel, (now, end));
        match holding.await {
            Ok(SentBy::Us) => {
                self.held_until = end;
                // Granted so late, it may be somebody else's by now.
                let left = end.duration_since(self.app.clock.system_now());
                if left > SECOND {
                    Ok(())
                } else {
                    Err(Duration::ZERO)
                }
            }
            Ok(SentBy::Another(end)) => Err(until(end, now)),
            Err(error) => Err(self.cannot(&error)),
        }
    }

    fn cannot(&self, error: &store::Error) -> Duration {
        tracing::error!(error = error as &dyn std::error::Error, channel.id = %self.channel.id, "The outbox could not be read");
        PAUSE
    }

    async fn until_next(&self, now: Timestamp) -> Duration {
        match self.app.store.next_due(self.channel.id).await {
            // Due and yet not to be had: it waits behind a call under way, whose end wakes us.
            Ok(Some(due)) if due <= now => BEHIND,
            Ok(Some(due)) => until(due, now),
            Ok(None) => IDLE,
            Err(error) => self.cannot(&error),
        }
    }

    /// Those that fit the limits now, and when to look for the others.
    fn choose(&mut self, due: &[Due]) -> (Vec<Due>, Duration) {
        let now = self.app.clock.system_now();
        self.limits.tidy(now);
        let room = self.most_in_flight - self.in_flight;
        let mut chosen = Vec::new();
        let mut wait = IDLE;
        for &message in due {
            if chosen.len() >= room {
                break;
            }
            match self.limits.take(message.identity, now) {
                Ok(()) => chosen.push(message),
                Err(fits_at) => wait = wait.min(until(fits_at, now)),
            }
        }
        if !chosen.is_empty() {
            wait = Duration::ZERO;
        }
        (chosen, wait)
    }

    /// Shows customers what agents do with their conversations, where that is the policy.
    fn show_attention(&self) {
        for (identity, doing) in self.app.senders.attended.take(self.channel.id) {
            if doing.is_shown(self.channel.receipts) && !self.resting {
                receipts::show(&self.app, &self.channel, &self.token, identity, doing);
            }
        }
    }

    fn call(&mut self, handover: Handover) {
        if self.channel.receipts == Receipts::Answered {
            let (to, doing) = (handover.identity, Doing::Reads);
            receipts::show(&self.app, &self.channel, &self.token, to, doing);
        }
        self.in_flight += 1;
        self.app.metrics.sends.add(1);
        let (app, token, answers) = (
            self.app.clone(),
            Arc::clone(&self.token),
            self.answers.clone(),
        );
        let number_id = self.channel.external_id.clone();
        tokio::spawn(async move {
            let to = Recipient {
                wa_id: handover.wa_id.as_deref(),
                bsuid: handover.bsuid.as_deref(),
            };
            let try_ref = handover.try_id.to_string();
            let message = Outbound {
                to,
                content: &handover.content,
                file: handover.file.as_deref(),
                reply_to: handover.reply_to.as_deref(),
                try_ref: &try_ref,
            };
            let call = app.graph.send(&token, &number_id, message);
            let answer = outcome_of(call).await;
            let called = Called { handover, answer };
            // The worker waits for every call under way before it ends.
            let _ = answers.send(called).await;
        });
    }

    /// Records answers before anything follows from them.
    async fn record(&mut self, called: Vec<Called>) {
        self.in_flight = self.in_flight.saturating_sub(called.len());
        let now = self.app.clock.now();
        let mut ended = Vec::with_capacity(called.len());
        let mut following = Vec::with_capacity(called.len());
        for call in called {
            let jitter =
                f64::from(u16::from_be_bytes(self.app.chance.bytes())) / f64::from(u16::MAX);
            let (outcome, then) = outcome::read(call.answer, call.handover.number, jitter, now);
            ended.push(Ended {
                try_id: call.handover.try_id,
                outcome,
            });
            following.push((then, call.handover.identity));
        }
        self.end(&ended).await;
        for (then, to) in following {
            self.follow(then, to, now).await;
        }
        self.app.live.wake(self.channel.workspace);
    }

    /// What the provider told us must not be lost to a full disk.
    async fn end(&self, ended: &[Ended]) {
        let written = self.write_ends(ended).await;
        if written.is_ok() || is_away(&written) || ended.len() < 2 {
            return;
        }
        // One of them is at fault. The sweep ends its try as unknown, and the others are recorded.
        for one in ended.chunks(1) {
            let _ = self.write_ends(one).await;
        }
    }

    async fn write_ends(&self, ended: &[Ended]) -> Result<(), store::Error> {
        let (app, workspace) = (&self.app, self.channel.workspace);
        let end = || app.store.end_tries(workspace, ended, app.clock.now());
        until_written(app, "Answers could not be recorded", end).await
    }

    async fn follow(&mut self, then: Then, to: IdentityId, now: Timestamp) {
        // Limits count in system time, due times in business time: carry over the distance.
        let system = |until: Timestamp| self.app.clock.system_now() + until.duration_since(now);
        match then {
            Then::SlowDown(until) => self.limits.slow_down(system(until)),
            Then::SlowDownPair(until) => self.limits.slow_down_to(to, system(until)),
            Then::Pause(why) if !self.resting => {
                self.resting = true;
                pause(&self.app, &self.channel, why).await;
            }
            Then::GoOn | Then::Pause(_) => {}
        }
    }
}

/// Sets a channel to rest until somebody has mended what is wrong with it.
pub(super) async fn pause(app: &App, channel: &Channel, why: Pause) {
    let (id, why) = (channel.id, why.as_str());
    tracing::error!(channel.id = %id, why, "Sending through {id} rests until its {why} is mended");
    let rest = || app.store.pause_channel(channel, why, app.clock.now());
    let _ = until_written(app, "A channel could not be set to rest", rest).await;
    // Known at once: until it is, the worker asks for messages that it does not get.
    let now = app.clock.system_now();
    if let Err(error) = app.channels.reload(&app.store, &app.secrets, now).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "Channels could not be read"
        );
    }
    // What Graph says of the number shows why; whoever looks knows already that it rests.
    app.watch.ask([id]);
}

/// Writes until the database has it, as long as waiting may help; whoever is told to stop asks it once
/// more. Answers what stood in the way in the end.
async fn until_written<W>(
    app: &App,
    failure: &'static str,
    write: impl Fn() -> W,
) -> Result<(), store::Error>
where
    W: Future<Output = Result<(), store::Error>>,
{
    let mut stopping = app.workers.stopping();
    loop {
        let last = stopping.is_told();
        let written = write().await;
        if let Err(error) = &written {
            tracing::error!(error = error as &dyn std::error::Error, "{failure}");
        }
        if last || !is_away(&written) {
            return written;
        }
        let _ = timeout(PAUSE, stopping.told()).await;
    }
}

/// Whether the database could not be reached, so that what was to be written may be right.
fn is_away(written: &Result<(), store::Error>) -> bool {
    matches!(written, Err(store::Error::Unavailable(_)))
}

/// What became of a call. One that panicked may have reached the provider all the same.
async fn outcome_of(call: impl Future<Output = Answer>) -> Answer {
    let why = UnknownCause::Panicked;
    let ended = AssertUnwindSafe(call).catch_unwind().await;
    ended.unwrap_or(Answer::Unknown { why })
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    let wait = at.duration_since(now).max(SignedDuration::from_millis(1));
    Duration::try_from(wait).unwrap_or(IDLE).min(IDLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_panics_has_an_unknown_outcome() {
        let outcome = outcome_of(async { panic!("a fault of ours") }).await;
        let why = UnknownCause::Panicked;
        assert_eq!(outcome, Answer::Unknown { why });
    }
}
