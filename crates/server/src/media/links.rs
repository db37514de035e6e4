//! Addresses of files that need no cookie, that nobody can make up, and that end.
//!
//! An address stays the same for an hour, so that a browser that has a picture does not fetch it again.

use std::fmt::Write as _;

use domain::{MediaId, Timestamp, WorkspaceId};
use serde::Deserialize;

use super::files::Which;
use crate::secrets::Secrets;

/// Addresses made in the same hour end together.
const HOUR: i64 = 3_600;
/// How long an address is good for at least, in hours.
const GOOD_FOR: i64 = 1;

/// What an address of a file asks for, and what proves that we made it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Asked {
    /// Unix seconds at which it ends.
    until: i64,
    /// Proves the rest.
    mark: String,
    /// The small picture, not the file.
    preview: Option<String>,
    /// To be saved, not shown.
    download: Option<String>,
}

impl Asked {
    pub(super) fn which(&self) -> Which {
        match self.preview {
            Some(_) => Which::Preview,
            None => Which::Original,
        }
    }

    pub(super) fn to_save(&self) -> bool {
        self.download.is_some()
    }

    /// Until when the answer may be kept.
    pub(super) fn seconds_left(&self, now: Timestamp) -> i64 {
        self.until.saturating_sub(now.as_second()).max(0)
    }

    /// Whether we made this address and it has not ended.
    pub(super) fn holds(
        &self,
        secrets: &Secrets,
        workspace: WorkspaceId,
        media: MediaId,
        now: Timestamp,
    ) -> bool {
        now.as_second() < self.until
            && secrets.is_media_mark(&what(workspace, media, self.until), &self.mark)
    }
}

fn what(workspace: WorkspaceId, media: MediaId, until: i64) -> String {
    format!("{workspace}/{media}/{until}")
}

/// An address of a file, without the host.
pub(super) fn make(
    secrets: &Secrets,
    workspace: WorkspaceId,
    media: MediaId,
    which: Which,
    to_save: bool,
    now: Timestamp,
) -> String {
    let until = (now.as_second().div_euclid(HOUR) + 1 + GOOD_FOR) * HOUR;
    let mark = secrets.media_mark(&what(workspace, media, until));
    let mut link = format!("/media/{workspace}/{media}?until={until}&mark={mark}");
    if which == Which::Preview {
        let _ = write!(link, "&preview=");
    }
    if to_save {
        let _ = write!(link, "&download=");
    }
    link
}

#[cfg(test)]
mod tests {
    use store::Chance;

    use super::*;

    fn secrets() -> Secrets {
        Secrets::from_key([1; 32], Chance::seeded(1))
    }

    fn ids() -> (WorkspaceId, MediaId) {
        let at = Timestamp::UNIX_EPOCH;
        (WorkspaceId::new(at, [1; 10]), MediaId::new(at, [2; 10]))
    }

    fn second(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    fn asked(link: &str) -> Asked {
        let query = link.split_once('?').unwrap().1;
        let query = axum::http::Uri::try_from(format!("/?{query}")).unwrap();
        axum::extract::Query::try_from_uri(&query).unwrap().0
    }

    #[test]
    fn a_link_stays_the_same_within_an_hour_and_is_good_for_another() {
        let (ws, media) = ids();
        let link = |at| make(&secrets(), ws, media, Which::Preview, false, second(at));
        assert_eq!(link(0), link(3_599));
        assert_ne!(link(0), link(3_600));
        let last = asked(&link(3_599));
        assert!(last.holds(&secrets(), ws, media, second(7_199)));
        assert!(!last.holds(&secrets(), ws, media, second(7_200)));
        assert_eq!((last.which(), last.to_save()), (Which::Preview, false));
    }

    #[test]
    fn a_link_opens_its_own_file_and_cannot_be_prolonged() {
        let (ws, media) = ids();
        let now = second(0);
        let made = asked(&make(&secrets(), ws, media, Which::Original, true, now));
        assert!(made.to_save());
        let other = MediaId::new(now, [3; 10]);
        assert!(!made.holds(&secrets(), ws, other, now));
        let longer = Asked {
            until: made.until + 1,
            ..made.clone()
        };
        assert!(!longer.holds(&secrets(), ws, media, now));
        let forged = Asked {
            mark: String::new(),
            ..made
        };
        assert!(!forged.holds(&secrets(), ws, media, now));
    }
}
