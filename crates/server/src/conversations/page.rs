//! Page marks: opaque to callers, `<microseconds>.<id or sequence>` to us.

use domain::ConversationId;
use store::{PageEnd, ThreadEnd};

use crate::problem::Problem;

pub(crate) fn list_mark(end: PageEnd) -> String {
    format!("{}.{}", end.at, end.id)
}

pub(crate) fn read_list_mark(mark: &str) -> Result<PageEnd, Problem> {
    let read = || {
        let (at, id) = mark.split_once('.')?;
        let id: ConversationId = id.parse().ok()?;
        Some(PageEnd {
            at: at.parse().ok()?,
            id,
        })
    };
    read().ok_or_else(bad_mark)
}

pub(super) fn thread_mark(end: ThreadEnd) -> String {
    format!("{}.{}", end.at, end.seq)
}

pub(super) fn read_thread_mark(mark: &str) -> Result<ThreadEnd, Problem> {
    let read = || {
        let (at, seq) = mark.split_once('.')?;
        Some(ThreadEnd {
            at: at.parse().ok()?,
            seq: seq.parse().ok()?,
        })
    };
    read().ok_or_else(bad_mark)
}

fn bad_mark() -> Problem {
    Problem::invalid("before", "page-mark-invalid", "Not a page mark of ours")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_read_back_and_nonsense_is_refused() {
        let end = ThreadEnd { at: -5, seq: 7 };
        assert_eq!(read_thread_mark(&thread_mark(end)).unwrap(), end);
        for nonsense in ["", ".", "1", "1.x", "x.1", "1.cnv_12"] {
            assert!(read_list_mark(nonsense).is_err(), "{nonsense}");
        }
    }
}
