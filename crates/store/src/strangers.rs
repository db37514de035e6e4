//! Numbers that webhooks spoke of and that are not connected here, or through another app.
//!
//! Nothing is created for them; that they came is kept, so that whoever wonders why a number stays silent
//! finds it, and whoever looks for an attack too (DECISIONS 15).

use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Store;
use crate::channels::DISCONNECTED;
use crate::db::{args, bulk, rows};
use crate::error::Error;
use crate::read::instant;

/// What was heard of one such number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Stranger {
    /// The app that told of it.
    pub app: String,
    /// The provider's id: the `phone_number_id`, or the account's where no number is named.
    pub external_id: String,
    /// When it was first heard of.
    #[schema(value_type = String, format = DateTime)]
    pub first_at: Timestamp,
    /// When it was last heard of.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    /// How many updates came; after a crash some may have been counted twice.
    pub updates: i64,
}

/// Updates of one such number in a run of webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The app that signed them.
    pub app: String,
    /// The provider's id.
    pub external_id: String,
    /// System time of the first.
    pub first_at: Timestamp,
    /// System time of the last.
    pub last_at: Timestamp,
    /// How many.
    pub updates: i64,
}

#[derive(Serialize)]
struct Row<'a> {
    app: &'a str,
    external_id: &'a str,
    first_at: i64,
    last_at: i64,
    updates: i64,
}

/// How many are shown.
const SHOWN: i64 = 20;

impl Store {
    /// Notes what was heard. No two of `heard` may be of the same app and number.
    pub async fn note_strangers(&self, heard: &[Heard]) -> Result<(), Error> {
        let input: Vec<_> = heard
            .iter()
            .map(|h| Row {
                app: &h.app,
                external_id: &h.external_id,
                first_at: h.first_at.as_microsecond(),
                last_at: h.last_at.as_microsecond(),
                updates: h.updates,
            })
            .collect();
        self.db
            .run(
                bulk!([text app, text external_id, int first_at, int last_at, int updates]
                    "INSERT INTO strangers (app, external_id, first_at, last_at, updates)
                     SELECT app, external_id, first_at, last_at, updates FROM input WHERE true
                     ON CONFLICT (app, external_id) DO UPDATE SET last_at = excluded.last_at,
                       updates = strangers.updates + excluded.updates"),
                args![rows(&input)?],
            )
            .await?;
        Ok(())
    }

    /// The strangers that an app told of, the latest first. What was connected through it since is none.
    pub async fn strangers(&self, app: &str) -> Result<Vec<Stranger>, Error> {
        let found: Vec<(String, i64, i64, i64)> = self
            .db
            .all(
                "SELECT external_id, first_at, last_at, updates FROM strangers s
                 WHERE app = $1 AND NOT EXISTS (SELECT 1 FROM channels c
                   WHERE c.app = s.app AND s.external_id IN (c.external_id, c.account_id)
                     AND c.paused IS DISTINCT FROM $3)
                 ORDER BY last_at DESC, external_id LIMIT $2",
                args![app, SHOWN, DISCONNECTED],
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|(external_id, first_at, last_at, updates)| Stranger {
                app: app.to_owned(),
                external_id,
                first_at: instant(first_at),
                last_at: instant(last_at),
                updates,
            })
            .collect())
    }

    /// Forgets those of whom nothing was heard since `before`.
    pub async fn prune_strangers(&self, before: Timestamp) -> Result<(), Error> {
        self.db
            .run("DELETE FROM strangers WHERE last_at < $1", args![before])
            .await?;
        Ok(())
    }
}
