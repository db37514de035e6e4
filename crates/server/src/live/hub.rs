//! A room per workspace that somebody watches.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use domain::WorkspaceId;
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::timeout;

use super::frames::{self, Frame, Ingest};
use crate::App;
use crate::workers::persist;

/// How many frames a socket may be behind before it is dropped.
const BEHIND: usize = 128;
/// How often a room looks without having been woken: another process may have changed the workspace.
const LOOK: Duration = Duration::from_secs(2);

/// How long browsers are waited for that were sent away.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a room tells: a frame, and the cursor it brings its readers to.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// `None` for frames that move no cursor.
    pub(super) cursor: Option<i64>,
    pub(super) text: Utf8Bytes,
}

#[derive(Debug)]
struct Room {
    wake: Notify,
    /// What its readers were told up to: whoever takes the room over goes on from there.
    cursor: AtomicI64,
    told: broadcast::Sender<Told>,
}

/// The rooms.
#[derive(Debug, Default)]
pub struct Live {
    rooms: Mutex<HashMap<WorkspaceId, Arc<Room>>>,
    /// Every browser's socket listens to it, and only that counts.
    browsers: watch::Sender<()>,
}

impl Live {
    /// Says that a workspace changed.
    pub fn wake(&self, workspace: WorkspaceId) {
        let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(&workspace) {
            room.wake.notify_one();
        }
    }

    /// A browser is there until this is dropped.
    pub(super) fn browser(&self) -> watch::Receiver<()> {
        self.browsers.subscribe()
    }

    /// Waits until no browser is there any more, each having been told why; for a moment at most.
    pub(crate) async fn all_sent_away(&self) {
        let _ = timeout(FAREWELL, self.browsers.closed()).await;
    }

    /// Enters a workspace's room. Everything committed from now on will be told.
    pub(super) async fn enter(
        &self,
        app: &App,
        workspace: WorkspaceId,
    ) -> Result<broadcast::Receiver<Told>, store::Error> {
        let cursor = app.store.cursor(workspace).await?;
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(&workspace) {
            return Ok(room.told.subscribe());
        }
        let (told, receiver) = broadcast::channel(BEHIND);
        let room = Arc::new(Room {
            wake: Notify::new(),
            cursor: AtomicI64::new(cursor),
            told,
        });
        rooms.insert(workspace, Arc::clone(&room));
        let app = app.clone();
        let work = move || keep(app.clone(), workspace, Arc::clone(&room));
        tokio::spawn(persist("keeper of a room", work));
        Ok(receiver)
    }

    /// Closes the room if nobody is in it any more.
    fn close_if_empty(&self, workspace: WorkspaceId, room: &Room) -> bool {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = room.told.receiver_count() == 0;
        if empty {
            rooms.remove(&workspace);
        }
        empty
    }
}

/// Tells a room what changes, until nobody listens.
async fn keep(app: App, workspace: WorkspaceId, room: Arc<Room>) {
    let mut clock = app.clock.moves();
    let mut ingest = app.journal.accepting();
    loop {
        tokio::select! {
            // In this order: that webhooks are taken again is told before what they brought.
            biased;
            Ok(()) = clock.changed() => tell(&room, &Frame::Clock { now: app.clock.now() }),
            Ok(()) = ingest.changed() => {
                let ingest = Ingest::accepting(*ingest.borrow_and_update());
                tell(&room, &Frame::Health { ingest });
            }
            () = room.wake.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        if app.live.close_if_empty(workspace, &room) {
            return;
        }
        let cursor = room.cursor.load(Ordering::Relaxed);
        match news(&app, workspace, cursor).await {
            Ok(Some((upto, text))) => {
                room.cursor.store(upto, Ordering::Relaxed);
                // Nobody there to hear it is no error: the room closes at the next look.
                let _ = room.told.send(Told {
                    cursor: Some(upto),
                    text,
                });
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "A room could not read what changed"
                );
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

fn tell(room: &Room, frame: &Frame<'_>) {
    let _ = room.told.send(Told {
        cursor: None,
        text: frame.text(),
    });
}

async fn news(
    app: &App,
    workspace: WorkspaceId,
    cursor: i64,
) -> Result<Option<(i64, Utf8Bytes)>, store::Error> {
    let upto = app.store.cursor(workspace).await?;
    if upto <= cursor {
        return Ok(None);
    }
    let text = if app.store.knows_since(workspace, cursor).await? {
        frames::changes(app, workspace, cursor, upto).await?
    } else {
        Frame::Resync { cursor: upto }.text()
    };
    Ok(Some((upto, text)))
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn browsers_are_waited_for_until_they_are_gone() {
        let live = Live::default();
        let (one, other) = (live.browser(), live.browser());
        let mut gone = pin!(live.all_sent_away());
        drop(one);
        assert_eq!(gone.as_mut().now_or_never(), None);
        drop(other);
        assert_eq!(gone.as_mut().now_or_never(), Some(()));
    }
}
