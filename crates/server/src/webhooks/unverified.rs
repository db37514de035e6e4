//! Memory for bodies whose sender has not proved anything yet.

use tokio::sync::{Semaphore, SemaphorePermit};

/// A body up to here is taken without asking: nearly every webhook is one, and no flood of large ones may
/// keep them out.
const SMALL: usize = 64 << 10;
/// How many bytes of large bodies may wait together for their signature to be verified.
const LARGE: usize = 64 << 20;
/// Room is counted in these.
const UNIT: usize = 1 << 10;

/// Room for unverified bodies.
#[derive(Debug)]
pub struct Room(Semaphore);

impl Default for Room {
    fn default() -> Self {
        Self(Semaphore::new(LARGE / UNIT))
    }
}

/// A place taken, until it is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    _taken: Option<SemaphorePermit<'a>>,
}

impl Room {
    /// A place for a body of so many bytes; `None` if there is none now.
    pub(super) fn take(&self, bytes: usize) -> Option<Place<'_>> {
        if bytes <= SMALL {
            return Some(Place { _taken: None });
        }
        let units = u32::try_from(bytes.div_ceil(UNIT)).ok()?;
        let taken = self.0.try_acquire_many(units).ok()?;
        Some(Place {
            _taken: Some(taken),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_a_room_and_small_ones_always_fit() {
        let room = Room::default();
        let mut places: Vec<_> = (0..16).map(|_| room.take(4 << 20)).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(room.take(4 << 20).is_none());
        assert!(room.take(SMALL).is_some());
        places.pop();
        assert!(room.take(4 << 20).is_some());
    }
}
