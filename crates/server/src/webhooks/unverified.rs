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
pub struct Unverified(Semaphore);

impl Default for Unverified {
    fn default() -> Self {
        Self(Semaphore::new(LARGE / UNIT))
    }
}

/// What a body takes of it, until it is dropped. It grows as the body comes: a sender who only announces
/// takes nothing.
#[derive(Debug)]
pub(super) struct Place<'a> {
    room: &'a Unverified,
    taken: Option<SemaphorePermit<'a>>,
}

impl Unverified {
    /// A place for a body of which nothing has come yet.
    pub(super) fn place(&self) -> Place<'_> {
        Place {
            room: self,
            taken: None,
        }
    }
}

impl Place<'_> {
    /// Makes it large enough for so many bytes; `None` if there is no room for them now.
    pub(super) fn grow(&mut self, bytes: usize) -> Option<()> {
        if bytes <= SMALL {
            return Some(());
        }
        let taken = self.taken.as_ref().map_or(0, SemaphorePermit::num_permits);
        let missing = bytes.div_ceil(UNIT).saturating_sub(taken);
        let more = u32::try_from(missing).ok()?;
        let more = self.room.0.try_acquire_many(more).ok()?;
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            none => *none = Some(more),
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_the_room_as_they_come_and_small_ones_always_fit() {
        let room = Unverified::default();
        let mut places: Vec<_> = (0..17).map(|_| room.place()).collect();
        for bytes in [SMALL, 1 << 20, 3 << 20] {
            assert!(places.iter_mut().all(|place| place.grow(bytes).is_some()));
        }
        let full: Vec<_> = places.iter_mut().map(|p| p.grow(4 << 20)).collect();
        assert_eq!(full.iter().filter(|fits| fits.is_some()).count(), 13);
        assert!(room.place().grow(4 << 20).is_none());
        assert!(room.place().grow(SMALL).is_some());
        places.remove(0);
        assert!(room.place().grow(4 << 20).is_some());
    }
}
