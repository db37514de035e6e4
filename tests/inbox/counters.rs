//! Whatever happens in whatever order, the counters are what a recount would find.

use domain::message::Failure;
use domain::{AgentId, ConversationId, Timestamp};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use store::testing::Part;
use store::{Outcome, test_both};

use crate::harness::{Shelf, start};

/// How many stories, and how many deeds each.
const STORIES: usize = 12;
const DEEDS: usize = 50;
const PEOPLE: usize = 6;

#[derive(Debug, Clone, Copy)]
enum Deed {
    /// So many customers write, in one set.
    Write(usize, usize),
    Assign(usize, Option<usize>),
    Resolve(usize),
    Reopen(usize),
    Read(usize, usize),
    Unread(usize, usize),
    Reply(usize),
    TakeBack,
    HandOver,
    /// What was handed over is refused.
    Refuse,
    /// Hours pass.
    Pass(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let (whom, who) = (0..32_usize, 0..3_usize);
    prop_oneof![
        4 => (whom.clone(), 1..4_usize).prop_map(|(n, many)| Deed::Write(n, many)),
        3 => (whom.clone(), proptest::option::of(who.clone())).prop_map(|(n, a)| Deed::Assign(n, a)),
        3 => whom.clone().prop_map(Deed::Resolve),
        2 => whom.clone().prop_map(Deed::Reopen),
        3 => (whom.clone(), who.clone()).prop_map(|(n, a)| Deed::Read(n, a)),
        2 => (whom.clone(), who).prop_map(|(n, a)| Deed::Unread(n, a)),
        2 => whom.prop_map(Deed::Reply),
        1 => Just(Deed::TakeBack),
        1 => Just(Deed::HandOver),
        1 => Just(Deed::Refuse),
        1 => (1..15_i64).prop_map(Deed::Pass),
    ]
}

struct Story<'s> {
    shelf: &'s Shelf,
    now: Timestamp,
    step: usize,
    queued: Vec<domain::MessageId>,
    calling: Vec<store::Handover>,
}

impl Story<'_> {
    async fn conversation(&self, n: usize) -> Option<ConversationId> {
        let ids = self.shelf.every_conversation().await;
        (!ids.is_empty()).then(|| ids[n % ids.len()])
    }

    async fn happens(&mut self, deed: Deed) {
        self.step += 1;
        match deed {
            Deed::Write(n, many) => return self.write(n, many).await,
            Deed::Pass(hours) => self.now += SignedDuration::from_hours(hours),
            Deed::TakeBack => {
                if let Some(message) = self.queued.pop() {
                    let Shelf {
                        store,
                        workspace,
                        agents,
                        ..
                    } = self.shelf;
                    let taking = store.undo(*workspace, message, agents[0], false, self.now);
                    taking.await.unwrap();
                }
            }
            Deed::HandOver => {
                let Shelf {
                    store, workspace, ..
                } = self.shelf;
                let handing = store.hand_over(*workspace, &self.queued, || self.now);
                let begun = handing.await.unwrap().begun;
                self.calling.extend(begun);
                self.queued.clear();
            }
            Deed::Refuse => {
                for handover in self.calling.drain(..) {
                    let code = 131_026;
                    let refused = Outcome::Refused(Failure { code, detail: None });
                    self.shelf.ends(&handover, refused, self.now).await;
                }
            }
            Deed::Assign(n, _)
            | Deed::Resolve(n)
            | Deed::Reopen(n)
            | Deed::Reply(n)
            | Deed::Read(n, _)
            | Deed::Unread(n, _) => {
                if let Some(conversation) = self.conversation(n).await {
                    self.done_to(conversation, deed).await;
                }
            }
        }
    }

    async fn write(&mut self, n: usize, many: usize) {
        let texts: Vec<_> = (n..n + many)
            .map(|n| {
                let (from, id) = (
                    format!("3460000{:04}", n % PEOPLE),
                    format!("{} {n}", self.step),
                );
                self.shelf.text(&from, &id, "Hola", self.now)
            })
            .collect();
        self.shelf.apply(&texts, self.now).await;
    }

    async fn done_to(&mut self, conversation: ConversationId, deed: Deed) {
        let Shelf {
            store,
            workspace,
            agents,
            ..
        } = self.shelf;
        let (ws, now, me) = (*workspace, self.now, agents[0]);
        let outcome = match deed {
            Deed::Assign(_, to) => {
                store
                    .assign(ws, conversation, to.map(|a| agents[a]), me, now)
                    .await
            }
            Deed::Resolve(_) => store.resolve(ws, conversation, me, now).await,
            Deed::Reopen(_) => store.reopen(ws, conversation, me, now).await,
            Deed::Read(_, a) => {
                store
                    .read_up_to(ws, conversation, agents[a], i64::MAX, now)
                    .await
            }
            Deed::Unread(_, a) => store.mark_unread(ws, conversation, agents[a], now).await,
            _ => {
                let key = format!("key {}", self.step);
                self.queued
                    .extend(self.shelf.replies(conversation, &key, now).await);
                return;
            }
        };
        outcome.unwrap();
    }
}

/// The counters as they are kept, and as a recount of the rows finds them.
async fn kept_and_counted(shelf: &Shelf, agent: AgentId, now: Timestamp) -> ([i64; 4], [i64; 4]) {
    let kept = shelf
        .store
        .counters(shelf.workspace, agent, now)
        .await
        .unwrap();
    let count = |condition: &'static str| {
        shelf
            .store
            .rows_where(Part::Main, "conversations", condition)
    };
    let mine = shelf.unread_of(agent).await;
    let counted = [
        mine,
        count("state = 'open' AND assignee_id IS NULL").await,
        count("state = 'open'").await,
        count("state = 'resolved'").await,
    ];
    (
        [kept.mine, kept.unassigned, kept.all, kept.resolved],
        counted,
    )
}

test_both! {
    async fn after_any_deeds_the_counters_equal_a_recount(db: TestDb) {
        let mut runner = TestRunner::new(Config::default());
        let deeds = proptest::collection::vec(deed(), DEEDS);
        let shelf = Shelf::new(&db).await;
        for story in 0..STORIES {
            shelf.store.forget_conversations(shelf.workspace).await.unwrap();
            let deeds = deeds.new_tree(&mut runner).unwrap().current();
            let mut life = Story { shelf: &shelf, now: start(), step: story * DEEDS, queued: Vec::new(), calling: Vec::new() };
            for (n, deed) in deeds.iter().enumerate() {
                life.happens(*deed).await;
                if n % 5 != 4 {
                    continue;
                }
                for &agent in &shelf.agents {
                    let (kept, counted) = kept_and_counted(&shelf, agent, life.now).await;
                    assert_eq!(kept, counted, "mine, unassigned, all, resolved after {:?}", &deeds[..=n]);
                }
            }
        }
    }
}
