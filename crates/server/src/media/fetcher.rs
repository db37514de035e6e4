//! Fetches the files that customers send, and sees to those that we send.
//!
//! Meta keeps customers' files for seven days, and their addresses live five minutes.
//!
//! Nothing waits for it: the message is shown at once, and its file when it is here. What fails is tried again,
//! ever more rarely, as long as there is hope, and then says why.

use std::sync::Arc;
use std::time::Duration;

use domain::media::MAX_FILE;
use jiff::SignedDuration;
use meta::errors::Retry;
use meta::graph::{CallError, Refusal};
use store::{Contents, DueMedia, MediaTask, Taking};
use tokio::time::timeout;

use super::NotKept;
use super::places::{Places, Room};
use super::spool::{Came, Coming, NotAdded};
use crate::App;
use crate::channels::token;
use crate::messages::provide;

/// Until then a file that is being fetched is left to whoever began.
const LEASE: SignedDuration = SignedDuration::from_mins(6);
/// How long to sleep when nothing waits; somebody wakes us sooner.
const IDLE: Duration = Duration::from_secs(30);
/// How long to wait when the database cannot be read.
const PAUSE: Duration = Duration::from_secs(1);
/// How long Meta keeps what customers send.
const KEPT_BY_META: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_mins(10);
/// So often a file may come other than it was promised.
const DAMAGED_AT_MOST: i64 = 5;
/// Graph's codes for "there is no such thing, or not for you": a token that is mended later may be let in.
const NO_SUCH_THING: [i64; 2] = [33, 100];
/// So often Graph may say so: for most of a day, so that an admin who sleeps can still mend the token.
const REFUSED_AT_MOST: i64 = 100;
/// Graph's code for a file that it could not take over from the phone.
const NOT_TAKEN_OVER: i64 = 131_052;

/// Starts it. `alone`: nobody else fetches from this database, so whatever was under way was cut off.
pub(super) async fn start(app: &App, alone: bool) -> Result<(), store::Error> {
    if alone {
        app.store.all_media_due(app.clock.system_now()).await?;
    }
    let fetching = app.clone();
    app.workers
        .start("fetcher of files", move || run(fetching.clone()));
    Ok(())
}

async fn run(app: App) {
    let mut stopping = app.workers.stopping();
    // Neither customers' files nor ours wait for the other.
    let (mut coming, mut going) = (Places::default(), Places::default());
    let mut clock = app.clock.moves();
    while !stopping.is_told() {
        let wait = take(&app, false, &mut coming).await;
        let wait = wait.min(take(&app, true, &mut going).await);
        tokio::select! {
            () = coming.one_ended() => {}
            () = going.one_ended() => {}
            _ = timeout(wait, app.media.wake.notified()) => {}
            Ok(()) = clock.changed() => {}
            () = stopping.told() => {}
        }
    }
    // What is cut off here is due again at the next start.
    coming.shutdown().await;
    going.shutdown().await;
}

/// Begins to fetch what is due of customers', or to give what is due of ours, and answers how long to sleep.
async fn take(app: &App, ours: bool, places: &mut Places) -> Duration {
    let room = places.room();
    if room.files == 0 {
        return IDLE;
    }
    match due(app, ours, &room).await {
        Ok((due, wait)) => {
            for file in due {
                let (app, channel) = (app.clone(), file.channel);
                places.begin(channel, async move { work(&app, &file).await });
            }
            wait
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "Files to be fetched could not be read"
            );
            PAUSE
        }
    }
}

async fn due(
    app: &App,
    ours: bool,
    room: &Room,
) -> Result<(Vec<DueMedia>, Duration), store::Error> {
    let now = app.clock.system_now();
    let wait = match app.store.next_due_media(ours, &room.full).await? {
        None => return Ok((Vec::new(), IDLE)),
        Some(at) => Duration::try_from(at.duration_since(now)).unwrap_or_default(),
    };
    if !wait.is_zero() {
        return Ok((Vec::new(), wait.min(IDLE)));
    }
    let taking = Taking {
        ours,
        not_of: &room.full,
        limit: i64::try_from(room.files).unwrap_or(1),
    };
    let due = app.store.take_due_media(taking, (now, now + LEASE)).await?;
    Ok((due, Duration::ZERO))
}

/// Why a file did not come.
#[derive(Debug, thiserror::Error)]
enum NotCome {
    #[error("its channel has no usable token")]
    NoToken,
    #[error("it is larger than {MAX_FILE} bytes")]
    TooLarge,
    #[error("its bytes are not those that were promised")]
    Damaged,
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Disk(#[from] std::io::Error),
    #[error("it could not be kept")]
    NotKept(#[from] NotKept),
    #[error("its bytes have left the storage before they were recorded")]
    Left,
}

impl NotCome {
    /// The code that the browser words, and whether it may still come.
    fn reason(&self, fetches: i64) -> (&'static str, bool) {
        match self {
            Self::NoToken => ("token", true),
            Self::TooLarge => ("too_large", false),
            Self::Damaged => ("damaged", fetches < DAMAGED_AT_MOST),
            Self::Call(CallError::Refused(refusal)) => refused(refusal, fetches),
            Self::Call(CallError::Unknown(_) | CallError::NotSent(_)) => ("unreachable", true),
            Self::Disk(_) | Self::NotKept(_) | Self::Left => ("storage", true),
        }
    }
}

fn refused(refusal: &Refusal, fetches: i64) -> (&'static str, bool) {
    if refusal.code == NOT_TAKEN_OVER {
        return ("gone", false);
    }
    if NO_SUCH_THING.contains(&refusal.code) {
        return ("gone", fetches < REFUSED_AT_MOST);
    }
    match refusal.advice.retry {
        Retry::AfterFix { pauses: Some(_) } => ("token", true),
        _ => ("unreachable", true),
    }
}

impl From<NotAdded> for NotCome {
    fn from(why: NotAdded) -> Self {
        match why {
            NotAdded::TooLarge => Self::TooLarge,
            NotAdded::Disk(error) => Self::Disk(error),
        }
    }
}

async fn work(app: &App, file: &DueMedia) {
    let written = match &file.task {
        MediaTask::Fetch {
            external_id,
            sha256,
        } => fetch(app, file, external_id, sha256.as_deref()).await,
        MediaTask::Provide {
            message,
            file: stored,
        } => provide(app, file, *message, stored).await,
    };
    match written {
        Ok(()) => app.live.wake(file.workspace),
        // Once its lease is over it is due again.
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "What became of a file could not be recorded"
            );
        }
    }
}

async fn fetch(
    app: &App,
    file: &DueMedia,
    external_id: &str,
    promised: Option<&str>,
) -> Result<(), store::Error> {
    let why = match bring(app, file, external_id, promised).await {
        Ok(contents) => {
            let (store, now) = (&app.store, app.clock.now());
            let came = store.media_came(file.workspace, file.id, &contents, now);
            if came.await? {
                return Ok(());
            }
            NotCome::Left
        }
        Err(why) => why,
    };
    tracing::warn!(media.id = %file.id, why = &why as &dyn std::error::Error, "A file did not come");
    did_not_come(app, file, &why).await
}

async fn did_not_come(app: &App, file: &DueMedia, why: &NotCome) -> Result<(), store::Error> {
    let now = app.clock.system_now();
    let (mut reason, may_come) = why.reason(file.fetches);
    let over = now.duration_since(file.created_at) > KEPT_BY_META;
    if may_come && over {
        reason = "gone";
    }
    let again_at = (may_come && !over).then(|| now + wait(file.fetches, app.chance.bytes()));
    app.store
        .media_did_not_come(file.workspace, file.id, reason, again_at, app.clock.now())
        .await
}

/// 2, 4, 8 ... seconds and up to a quarter more, so that what failed together does not come back together.
fn wait(fetches: i64, chance: [u8; 2]) -> SignedDuration {
    let doubled = Duration::from_secs(1 << fetches.clamp(1, 10)).min(LONGEST_WAIT);
    let jitter = f64::from(u16::from_be_bytes(chance)) / f64::from(u16::MAX);
    SignedDuration::try_from(doubled.mul_f64(1.0 + jitter / 4.0)).unwrap_or(SignedDuration::ZERO)
}

/// Fetches, looks and keeps.
async fn bring(
    app: &App,
    file: &DueMedia,
    external_id: &str,
    promised: Option<&str>,
) -> Result<Contents, NotCome> {
    let came = download(app, file, external_id).await?;
    if promised.is_some_and(|promised| !came.is(promised)) {
        return Err(NotCome::Damaged);
    }
    let came = Arc::new(came);
    let look = app.media.look(Arc::clone(&came)).await?;
    Ok(super::keep(app, file.workspace, &came, look).await?)
}

async fn download(app: &App, file: &DueMedia, external_id: &str) -> Result<Came, NotCome> {
    let channel = app.channels.by_id(file.channel).ok_or(NotCome::NoToken)?;
    let token = token(app, &channel).ok_or(NotCome::NoToken)?;
    let graph = &app.graph;
    let place = graph
        .file_place(&token, &channel.external_id, external_id)
        .await?;
    if place.size.is_some_and(|size| size > MAX_FILE) {
        return Err(NotCome::TooLarge);
    }
    let mut bytes = graph.download(&token, &place).await?;
    let mut coming = Coming::into(&app.media.spool, MAX_FILE).await?;
    while let Some(chunk) = bytes.chunk().await? {
        coming.add(chunk.as_ref()).await?;
    }
    let came = coming.end().await?;
    if place.size.is_some_and(|size| size != came.size) {
        return Err(NotCome::Damaged);
    }
    Ok(came)
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use meta::errors::advice_with;

    use super::*;

    #[test]
    fn a_file_is_tried_again_ever_more_rarely() {
        let seconds = |fetches| wait(fetches, [0, 0]).as_secs();
        assert_eq!([1, 2, 5, 9, 50].map(seconds), [2, 4, 32, 512, 600]);
        assert_eq!(wait(1, [255, 255]), SignedDuration::from_millis(2_500));
    }

    #[test]
    fn what_each_refusal_means_for_a_file() {
        for (code, subcode, fetches, says) in [
            (190, None, 1, ("token", true)),
            (100, None, 1, ("gone", true)),
            (100, Some(33), 99, ("gone", true)),
            (100, Some(33), 100, ("gone", false)),
            (131_052, None, 1, ("gone", false)),
            (131_000, None, 1, ("unreachable", true)),
            (4, None, 1, ("unreachable", true)),
        ] {
            let refusal = Refusal {
                code,
                subcode,
                detail: None,
                http: 400,
                advice: advice_with(code, subcode),
            };
            assert_eq!(refused(&refusal, fetches), says, "{code}");
        }
    }

    #[test]
    fn a_file_that_is_damaged_again_and_again_is_given_up() {
        assert_eq!(NotCome::Damaged.reason(4), ("damaged", true));
        assert_eq!(NotCome::Damaged.reason(5), ("damaged", false));
    }

    #[test]
    fn a_wait_never_ends_before_it_begins() {
        let now = Timestamp::UNIX_EPOCH;
        assert!(now + wait(0, [0, 0]) > now);
    }
}
