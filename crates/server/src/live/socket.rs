//! One browser's socket.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use domain::WorkspaceId;
use domain::permission::Permission;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::frames::{self, Frame, Ingest};
use crate::App;
use crate::accounts::Member;

/// How often a browser is told that the connection stands: one that hears nothing opens another.
const BEAT: Duration = Duration::from_secs(15);
/// How often it is asked whether the person may still listen.
const RECHECK: Duration = Duration::from_secs(4);
/// A browser that missed more events than this loads anew: that is less than telling it all of them.
const MOST_MISSED: i64 = 5_000;
/// How long a browser may take to accept one frame.
const PATIENCE: Duration = Duration::from_secs(10);

/// The person is not signed in any more, or not a member.
const SIGNED_OUT: u16 = 4401;
/// The browser did not keep up; it comes back with its cursor.
const BEHIND: u16 = 4408;
/// The server ends and is started again; the code is RFC 6455's registry's "service restart".
const RESTARTING: u16 = 1012;

/// Why a socket ends.
enum End {
    Gone,
    SignedOut,
    Behind,
    Restarting,
}

/// Whether the session still stands and the person may still read. A database that cannot be asked
/// now ends nobody's session.
async fn may_listen(app: &App, member: &Member) -> bool {
    let allowed = member
        .again(app)
        .await
        .and_then(|now| now.require(Permission::ReadConversations));
    match allowed {
        Ok(()) => true,
        Err(problem) => problem.status().is_server_error(),
    }
}

/// Serves a socket until it ends, and says why.
pub(super) async fn serve(app: App, member: Member, after: Option<i64>, socket: WebSocket) {
    let _there = app.live.browser();
    let (to, from) = socket.split();
    let mut line = Line { to };
    let end = converse(&app, &member, after, &mut line, from).await;
    let code = match end {
        End::Gone => return,
        End::SignedOut => SIGNED_OUT,
        End::Restarting => RESTARTING,
        End::Behind => {
            app.metrics.sockets_dropped.add(1);
            BEHIND
        }
    };
    let reason = Utf8Bytes::from_static("");
    let _ = line
        .send(Message::Close(Some(CloseFrame { code, reason })))
        .await;
}

struct Line {
    to: futures_util::stream::SplitSink<WebSocket, Message>,
}

impl Line {
    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(PATIENCE, self.to.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Behind),
        }
    }

    async fn text(&mut self, text: Utf8Bytes) -> Result<(), End> {
        self.send(Message::Text(text)).await
    }
}

async fn converse(
    app: &App,
    member: &Member,
    after: Option<i64>,
    line: &mut Line,
    mut from: futures_util::stream::SplitStream<WebSocket>,
) -> End {
    let workspace = member.workspace;
    let Ok(mut room) = app.live.enter(app, workspace).await else {
        return End::Gone;
    };
    let mut cursor = match greet(app, workspace, after, line).await {
        Ok(cursor) => cursor,
        Err(end) => return end,
    };
    let mut beat = every(BEAT);
    let mut recheck = every(RECHECK);
    let mut stopping = app.workers.stopping();
    loop {
        let step = tokio::select! {
            told = room.recv() => match told {
                Ok(told) if told.cursor.is_some_and(|to| to <= cursor) => Ok(()),
                Ok(told) => {
                    cursor = told.cursor.unwrap_or(cursor);
                    line.text(told.text).await
                }
                Err(RecvError::Lagged(_)) => Err(End::Behind),
                Err(RecvError::Closed) => Err(End::Gone),
            },
            heard = from.next() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
                Some(Ok(_)) => Ok(()),
            },
            _ = beat.tick() => line.text(Frame::Beat.text()).await,
            () = stopping.told() => Err(End::Restarting),
            _ = recheck.tick() => if may_listen(app, member).await {
                Ok(())
            } else {
                Err(End::SignedOut)
            },
        };
        if let Err(end) = step {
            return end;
        }
    }
}

/// Says hello and tells what the browser missed; answers the cursor it has then.
async fn greet(
    app: &App,
    workspace: WorkspaceId,
    after: Option<i64>,
    line: &mut Line,
) -> Result<i64, End> {
    let failed = |_| End::Gone;
    let now = app.clock.now();
    let cursor = app.store.cursor(workspace).await.map_err(failed)?;
    let after = after.unwrap_or(cursor);
    line.text(Frame::Hello { cursor, now }.text()).await?;
    let accepting = *app.journal.accepting().borrow();
    let ingest = Ingest::accepting(accepting);
    line.text(Frame::Health { ingest }.text()).await?;
    if after == cursor {
        return Ok(cursor);
    }
    if cursor - after > MOST_MISSED
        || !app
            .store
            .knows_since(workspace, after)
            .await
            .map_err(failed)?
    {
        line.text(Frame::Resync { cursor }.text()).await?;
        return Ok(cursor);
    }
    let missed = frames::changes(app, workspace, after, cursor)
        .await
        .map_err(failed)?;
    line.text(missed).await?;
    Ok(cursor)
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.reset();
    ticks
}
