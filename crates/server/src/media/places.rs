//! Places for files under way, shared fairly among channels: of what the others leave, a channel takes half at most.
//!
//! So a channel whose files come slowly leaves places to those that nobody has thought of yet, and one that is alone
//! has half of all.

use std::collections::HashMap;
use std::future::{Future, pending};

use domain::ChannelId;
use tokio::task::{Id, JoinSet};

/// So many files are under way at once.
const PLACES: usize = 16;

/// The files under way, and whose they are.
#[derive(Default)]
pub(super) struct Places {
    under_way: JoinSet<()>,
    channels: HashMap<Id, ChannelId>,
}

/// Who may begin.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// So many files, whichever of the other channels they are of.
    pub(super) files: usize,
    /// Channels that have their share.
    pub(super) full: Vec<ChannelId>,
}

impl Places {
    pub(super) fn begin<W>(&mut self, channel: ChannelId, work: W)
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let task = self.under_way.spawn(work);
        self.channels.insert(task.id(), channel);
    }

    /// Waits until one has ended; for ever, if none is under way.
    pub(super) async fn one_ended(&mut self) {
        let ended = match self.under_way.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(broken)) => broken.id(),
            None => return pending().await,
        };
        self.channels.remove(&ended);
    }

    /// Ends them all where they are.
    pub(super) async fn shutdown(&mut self) {
        self.under_way.shutdown().await;
    }

    pub(super) fn room(&self) -> Room {
        let mut held: HashMap<ChannelId, usize> = HashMap::new();
        for &channel in self.channels.values() {
            *held.entry(channel).or_default() += 1;
        }
        room(&held)
    }
}

fn room(held: &HashMap<ChannelId, usize>) -> Room {
    let all: usize = held.values().sum();
    let mut room = Room {
        files: share(all),
        full: Vec::new(),
    };
    for (&channel, &held) in held {
        match share(all - held).saturating_sub(held) {
            0 => room.full.push(channel),
            more => room.files = room.files.min(more),
        }
    }
    room.full.sort();
    room
}

/// What a channel may have where the others have so many.
const fn share(others: usize) -> usize {
    PLACES.saturating_sub(others).div_ceil(2)
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn channel(n: u8) -> ChannelId {
        ChannelId::new(Timestamp::UNIX_EPOCH, [n; 10])
    }

    #[test]
    fn a_channel_takes_half_of_what_the_others_leave() {
        for (held, files, full) in [
            (&[][..], 8, &[][..]),
            (&[3], 5, &[]),
            (&[8], 4, &[0]),
            (&[8, 2], 2, &[0]),
            (&[8, 4], 2, &[0, 1]),
            (&[8, 4, 2, 1], 1, &[0, 1, 2, 3]),
            (&[8, 4, 2, 1, 1], 0, &[0, 1, 2, 3, 4]),
            (&[1, 4, 2, 1, 1], 2, &[]),
        ] {
            let held: Vec<usize> = held.to_vec();
            let by_channel = (0_u8..).zip(&held).map(|(n, &held)| (channel(n), held));
            let room = room(&by_channel.collect());
            let full: Vec<ChannelId> = full.iter().map(|&n| channel(n)).collect();
            assert_eq!(room, Room { files, full }, "{held:?}");
        }
    }

    #[test]
    fn four_channels_that_take_all_they_may_find_a_place_one_after_the_other() {
        let mut held = HashMap::new();
        for n in 0..4 {
            let room = room(&held);
            assert!(room.files > 0, "the channel {n} finds a place");
            held.insert(channel(n), room.files);
        }
    }

    #[tokio::test]
    async fn a_place_is_free_again_also_after_a_panic() {
        let mut places = Places::default();
        for _ in 0..8 {
            places.begin(channel(1), async { panic!("as broken files do") });
        }
        assert_eq!(places.room().full, [channel(1)]);
        for _ in 0..8 {
            places.one_ended().await;
        }
        assert_eq!(places.room(), room(&HashMap::new()));
    }
}
