//! Pages of lists: how many rows one has, and where the next one begins.

/// The most rows a page has.
const LARGEST: i64 = 100;
/// How many rows a page has if nobody says.
const USUAL: i64 = 50;

/// How many rows a page has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageSize(i64);

impl PageSize {
    /// What was asked for, within reason.
    pub(crate) fn of(asked: Option<i64>) -> Self {
        Self(asked.unwrap_or(USUAL).clamp(1, LARGEST))
    }

    pub(crate) const fn rows(self) -> i64 {
        self.0
    }

    /// The last row of a page that is full: after it the next one begins. Behind any other there is nothing.
    pub(crate) fn end<T>(self, page: &[T]) -> Option<&T> {
        let full = i64::try_from(page.len()).is_ok_and(|rows| rows == self.0);
        page.last().filter(|_| full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_from_one_row_to_a_hundred_and_a_next_one_if_it_is_full() {
        for (asked, rows) in [
            (None, 50),
            (Some(7), 7),
            (Some(0), 1),
            (Some(-1), 1),
            (Some(101), 100),
        ] {
            assert_eq!(PageSize::of(asked).rows(), rows, "{asked:?}");
        }
        let two = PageSize::of(Some(2));
        assert_eq!(two.end(&[1, 2]), Some(&2));
        assert_eq!(two.end(&[1]), None);
        assert_eq!(two.end::<i64>(&[]), None);
    }
}
