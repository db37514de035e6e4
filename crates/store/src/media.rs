//! Files of messages: which ones wait to be fetched, where their bytes lie, which can never be had.
//!
//! A row comes with its message, so that the file is known before anybody fetched it. Fetching is outside of
//! the store: here is only when it is due and what came of it. `due_at` is system time.

use domain::media::{MediaKind, clean_name};
use domain::message::Part;
use domain::{ChannelId, ContactId, ConversationId, MediaId, MessageId, Timestamp, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::change::Change;
use crate::db::{Sql, args, bulk, rows};
use crate::error::Error;
use crate::read::{instant, word};
use crate::thread::Line;

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// It is being fetched, or will be tried again.
    Waiting,
    /// It is here.
    Stored,
    /// It could not be had; `reason` says why.
    Missing,
}

impl MediaState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Stored => "stored",
            Self::Missing => "missing",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Stored, Self::Missing]
            .into_iter()
            .find(|s| s.as_str() == word)
    }
}

/// A file as the people who may see it are told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Media {
    /// The file.
    pub id: MediaId,
    /// What it is.
    pub kind: MediaKind,
    /// How far it has come.
    pub state: MediaState,
    /// Why it cannot be had or was not to be had so far, or why a picture that is here is not shown: a code, worded
    /// by the browser.
    pub reason: Option<String>,
    /// The name its sender gave it.
    pub name: Option<String>,
    /// The type that its bytes show; before they are here, the one the provider states.
    pub mime: Option<String>,
    /// In bytes.
    pub size: Option<i64>,
    /// Of a picture, in pixels.
    pub width: Option<i64>,
    /// Of a picture, in pixels.
    pub height: Option<i64>,
    /// Whether there is a small picture of it.
    pub preview: bool,
}

/// A file among those of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContactFile {
    /// The file.
    #[serde(flatten)]
    pub file: Media,
    /// Where it was sent.
    pub conversation_id: ConversationId,
    /// When its message was sent.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Whether the contact sent it; else an agent did.
    pub from_contact: bool,
}

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The claimed name that its bytes lie under.
    pub name: String,
    /// The type that its bytes show.
    pub mime: String,
    /// In bytes.
    pub size: i64,
    /// Of a picture, in pixels.
    pub dimensions: Option<(u32, u32)>,
    /// Whether a small picture of it was stored beside it.
    pub preview: bool,
    /// Of a picture without a small one: why, as a code.
    pub not_shown: Option<&'static str>,
}

/// A file that is here, for whoever serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMedia {
    /// The name that its bytes lie under.
    pub content: String,
    /// The type that its bytes show.
    pub mime: String,
    /// The name its sender gave it.
    pub name: Option<String>,
    /// Whether there is a small picture of it.
    pub preview: bool,
}

#[derive(sqlx::FromRow)]
struct Found {
    id: Uuid,
    message_id: Option<Uuid>,
    place: i64,
    kind: String,
    state: String,
    reason: Option<String>,
    name: Option<String>,
    mime: Option<String>,
    size: Option<i64>,
    width: Option<i64>,
    height: Option<i64>,
    preview: bool,
}

impl Found {
    fn read(self) -> Result<Media, Error> {
        Ok(Media {
            id: MediaId::from_uuid(self.id),
            kind: word("media.kind", &self.kind, MediaKind::parse)?,
            state: word("media.state", &self.state, MediaState::parse)?,
            reason: self.reason,
            name: self.name.as_deref().and_then(clean_name),
            mime: self.mime,
            size: self.size,
            width: self.width,
            height: self.height,
            preview: self.preview,
        })
    }
}

macro_rules! media {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.message_id, m.place, m.kind, m.state, m.reason, m.name, m.mime, m.size, m.width, m.height, m.preview ",
            $rest
        )
    };
}

mod contents;
mod fetching;
mod uploads;

pub use contents::LooseContent;
#[cfg(any(test, feature = "testing"))]
pub(crate) use contents::{NAMED, TAKE_LOOSE};
#[cfg(any(test, feature = "testing"))]
pub(crate) use fetching::{DUE_MEDIA, NEXT_DUE_MEDIA};
pub use fetching::{DueMedia, MediaTask, Taking};
pub use uploads::{NewUpload, Uploaded};
#[cfg(any(test, feature = "testing"))]
pub(crate) use uploads::{UNSENT, UNSENT_OF};

pub(crate) const OF_MESSAGES: Sql = bulk!("$2", [id id] media!(
    "FROM input CROSS JOIN media m WHERE m.message_id = input.id AND m.workspace_id = $1"
));

/// `$3`: the last file of the page before, if any; `$4`: how many. What its sender deleted is not shown.
pub(crate) const FILES_WITH: &str = media!(
    ", m.conversation_id, l.at, l.direction = 'in' AS from_contact
     FROM contacts k
     JOIN identities h ON h.contact_id = k.root_id
     JOIN conversations v ON v.identity_id = h.id
     JOIN media m ON m.conversation_id = v.id AND m.message_id IS NOT NULL
     JOIN messages l ON l.id = m.message_id
     WHERE k.workspace_id = $1 AND k.id = $2 AND m.state = 'stored'
       AND ($3 IS NULL OR (l.seq, m.place) < (
         SELECT bl.seq, bm.place FROM media bm JOIN messages bl ON bl.id = bm.message_id
         WHERE bm.id = $3 AND bm.workspace_id = $1))
       AND NOT EXISTS (SELECT 1 FROM messages r WHERE r.channel_id = l.channel_id AND r.about = l.external_id
                         AND r.kind = 'revoke' AND r.direction = 'in')
     ORDER BY l.seq DESC, m.place DESC LIMIT $4"
);

#[derive(sqlx::FromRow)]
struct FoundWith {
    #[sqlx(flatten)]
    file: Found,
    conversation_id: Uuid,
    at: i64,
    from_contact: bool,
}

impl FoundWith {
    fn read(self) -> Result<ContactFile, Error> {
        Ok(ContactFile {
            file: self.file.read()?,
            conversation_id: ConversationId::from_uuid(self.conversation_id),
            at: instant(self.at),
            from_contact: self.from_contact,
        })
    }
}

impl Store {
    /// A file that is here.
    pub async fn stored_media(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
    ) -> Result<Option<StoredMedia>, Error> {
        type Row = (Option<String>, Option<String>, Option<String>, bool);
        let row: Option<Row> = self
            .db
            .maybe(
                "SELECT content, mime, name, preview FROM media
                 WHERE workspace_id = $1 AND id = $2 AND state = 'stored'",
                args![workspace, id],
            )
            .await?;
        Ok(row.and_then(|(content, mime, name, preview)| {
            Some(StoredMedia {
                content: content?,
                mime: mime?,
                name: name.as_deref().and_then(clean_name),
                preview,
            })
        }))
    }

    /// A page of the files that were sent to and by a contact, the newest first, after `before`.
    pub async fn files_with(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        before: Option<MediaId>,
        limit: i64,
    ) -> Result<Vec<ContactFile>, Error> {
        let args = args![workspace, contact, before, limit];
        let found: Vec<FoundWith> = self.db.all(FILES_WITH, args).await?;
        found.into_iter().map(FoundWith::read).collect()
    }

    /// Adds the files to the lines that have any.
    pub(crate) async fn with_media(
        &self,
        workspace: WorkspaceId,
        mut lines: Vec<Line>,
    ) -> Result<Vec<Line>, Error> {
        #[derive(Serialize)]
        struct Row {
            id: MessageId,
        }
        let input: Vec<_> = lines
            .iter()
            .filter(|line| line.parts.iter().any(is_file))
            .map(|line| Row { id: line.id })
            .collect();
        if input.is_empty() {
            return Ok(lines);
        }
        let mut found: Vec<Found> = self
            .db
            .all(OF_MESSAGES, args![workspace, rows(&input)?])
            .await?;
        found.sort_by_key(|media| media.place);
        for media in found {
            let message = media.message_id.map(MessageId::from_uuid);
            if let Some(line) = lines.iter_mut().find(|line| Some(line.id) == message) {
                line.media.push(media.read()?);
            }
        }
        Ok(lines)
    }
}

fn is_file(part: &serde_json::Value) -> bool {
    part["type"] == "media" || part["type"] == "file"
}

/// A file that a customer's message brings.
#[derive(Serialize)]
pub(crate) struct NewMedia<'a> {
    id: MediaId,
    channel_id: ChannelId,
    conversation_id: ConversationId,
    message_id: MessageId,
    place: i64,
    kind: &'static str,
    external_id: &'a str,
    sha256: Option<&'a str>,
    name: Option<&'a str>,
    mime: Option<&'a str>,
    due_at: i64,
}

/// Where a file belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MediaOf {
    pub(crate) channel: ChannelId,
    pub(crate) conversation: ConversationId,
    pub(crate) message: MessageId,
    pub(crate) received_at: Timestamp,
}

impl Change {
    /// The files among the parts of a message, due at once.
    pub(crate) fn media_in<'a>(&self, of: MediaOf, parts: &'a [Part]) -> Vec<NewMedia<'a>> {
        let files = parts.iter().filter_map(|part| match part {
            Part::Media {
                kind,
                external_id,
                mime,
                filename,
                sha256,
                ..
            } => Some((
                MediaKind::of(*kind)?,
                external_id,
                [mime, filename, sha256].map(Option::as_deref),
            )),
            _ => None,
        });
        (0..)
            .zip(files)
            .map(
                |(place, (kind, external_id, [mime, name, sha256]))| NewMedia {
                    id: MediaId::new(self.now, self.chance.bytes()),
                    channel_id: of.channel,
                    conversation_id: of.conversation,
                    message_id: of.message,
                    place,
                    kind: kind.as_str(),
                    external_id,
                    sha256,
                    name,
                    mime,
                    due_at: of.received_at.as_microsecond(),
                },
            )
            .collect()
    }

    pub(crate) async fn add_media(&mut self, media: &[NewMedia<'_>]) -> Result<(), Error> {
        if media.is_empty() {
            return Ok(());
        }
        self.tx
            .run(
                bulk!([id id, id channel_id, id conversation_id, id message_id, int place, text kind, text external_id,
                       text sha256, text name, text mime, int due_at]
                    "INSERT INTO media (id, workspace_id, channel_id, conversation_id, message_id, place, kind, state,
                       external_id, sha256, name, mime, due_at, created_at)
                     SELECT id, $2, channel_id, conversation_id, message_id, place, kind, 'waiting', external_id,
                       sha256, name, mime, due_at, due_at FROM input"),
                args![rows(media)?, self.workspace],
            )
            .await?;
        Ok(())
    }

    /// Notes that the line a file belongs to is to be shown anew.
    async fn tell_of_media(&mut self, id: MediaId) -> Result<(), Error> {
        let line: Option<(Uuid, Uuid)> = self
            .tx
            .maybe(
                "SELECT conversation_id, message_id FROM media
                 WHERE workspace_id = $1 AND id = $2 AND message_id IS NOT NULL",
                args![self.workspace, id],
            )
            .await?;
        let Some((conversation, message)) = line else {
            return Ok(());
        };
        let message = MessageId::from_uuid(message);
        let version = self.message_event(ConversationId::from_uuid(conversation), message);
        self.tx
            .run(
                "UPDATE messages SET version = $3 WHERE workspace_id = $1 AND id = $2",
                args![self.workspace, message, version],
            )
            .await?;
        Ok(())
    }
}
