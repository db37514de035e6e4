//! Bytes in the storage: there as long as a file names them, gone when none does, whoever dies in between.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use charla_tests::until::until;
use domain::media::{MediaKind, Unsent};
use domain::{AgentId, ConversationId, MediaId, Timestamp};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use server::media::Files;
use store::testing::Part;
use store::{Contents, LooseContent, NewUpload, Store, Uploaded, test_both};

use crate::harness::{Shelf, TestApp, start};
use crate::media::{in_state, sends};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n";

/// The files below a folder.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let inside = folder
        .read_dir()
        .unwrap()
        .map(|found| found.unwrap().path());
    inside
        .flat_map(|path| {
            if path.is_dir() {
                files_in(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

async fn uploaded(t: &TestApp, conversation: &str) -> Value {
    let told = t.ana.uploads(conversation, "name=factura.pdf", PDF).await;
    told.ok()
}

async fn takes_out(t: &TestApp, conversation: &str, file: &Value) {
    let file = file["id"].as_str().unwrap();
    let path = format!("conversations/{conversation}/uploads/{file}");
    assert_eq!(t.ana.delete(&path).await.status, 204);
}

/// Waits until everything that may leave has been looked at.
async fn nothing_is_loose(t: &TestApp) {
    until("the bytes without a file to be looked at", async || {
        (t.rows("contents", "loose_at IS NOT NULL").await == 0).then_some(())
    })
    .await;
}

test_both! {
    async fn the_bytes_of_an_upload_go_with_the_last_file_that_names_them(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let t = TestApp::storing_in(Files::in_folder(folder.path()).unwrap(), db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let (first, second) = (uploaded(&t, &conversation).await, uploaded(&t, &conversation).await);
        assert_eq!(files_in(folder.path()).len(), 1);
        takes_out(&t, &conversation, &first).await;
        nothing_is_loose(&t).await;
        assert_eq!(files_in(folder.path()).len(), 1, "the other file names them");
        takes_out(&t, &conversation, &second).await;
        nothing_is_loose(&t).await;
        assert_eq!(files_in(folder.path()).len(), 0);
    }

    async fn bytes_that_are_sent_or_were_received_stay(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let t = TestApp::storing_in(Files::in_folder(folder.path()).unwrap(), db).await;
        let vera = t.customer("34600000001").await;
        let conversation = sends(&t, &vera, "document", "application/pdf", PDF).await;
        in_state(&t, &conversation, "stored").await;
        let file = uploaded(&t, &conversation).await;
        takes_out(&t, &conversation, &file).await;
        nothing_is_loose(&t).await;
        assert_eq!(files_in(folder.path()).len(), 1, "the customer's file names them");

        let other = t.ana.uploads(&conversation, "name=a.txt", b"Hola").await.ok();
        t.ana.sends_file(&conversation, &other["id"], "").await.ok();
        t.pass_here(SignedDuration::from_hours(2));
        nothing_is_loose(&t).await;
        assert_eq!(files_in(folder.path()).len(), 2);
    }

    async fn bytes_that_nobody_came_to_name_go_after_an_hour(db: TestDb) {
        let t = TestApp::new(db).await;
        let now = t.app.clock.system_now();
        t.app.store.claim_content(t.workspace, "c0ffee", now).await.unwrap();
        t.pass_here(SignedDuration::from_mins(59));
        assert_eq!(t.rows("contents", "leaving").await, 0);
        t.pass_here(SignedDuration::from_mins(1));
        until("the row to be gone", async || {
            (t.rows("contents", "hash = 'c0ffee'").await == 0).then_some(())
        })
        .await;
    }

    async fn drafts_that_are_full_say_so_and_what_is_sent_or_taken_out_makes_room(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Hi").await;
        let (first, second) = (uploaded(&t, &conversation).await, uploaded(&t, &conversation).await);
        let bea = t.colleague("Bea").await;
        let half = format!("UPDATE media SET size = {} WHERE agent_id IS NOT NULL", Unsent::MAX.bytes / 2);
        t.app.store.meddle(Part::Main, &half).await;
        let refused = t.ana.uploads(&conversation, "name=a.pdf", PDF).await;
        assert_eq!(refused.said(), "409 drafts-full");
        assert_eq!(refused.body["params"]["files"], Unsent::MAX.files);
        bea.uploads(&conversation, "name=a.pdf", PDF).await.ok();

        takes_out(&t, &conversation, &first).await;
        uploaded(&t, &conversation).await;
        t.app.store.meddle(Part::Main, &half).await;
        assert_eq!(t.ana.uploads(&conversation, "", PDF).await.said(), "409 drafts-full");
        t.ana.sends_file(&conversation, &second["id"], "").await.ok();
        uploaded(&t, &conversation).await;
    }

    async fn drafts_hold_so_many_files_and_whoever_is_faster_has_the_last_place(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let mut desk = Desk::at(&shelf).await;
        for n in 0..Unsent::MAX.files - 1 {
            assert!(desk.uploads(&n.to_string()).await);
        }
        let (one, other) = (desk.clone(), desk.clone());
        let (one, other) = tokio::join!(one.has_brought("one"), other.has_brought("other"));
        assert_eq!([one, other].iter().filter(|added| matches!(added, Uploaded::Full)).count(), 1);
        assert!(!desk.uploads("one more").await);
    }
}

/// Who uploads what, with a storage that is a set of names.
#[derive(Clone)]
struct Desk {
    store: Store,
    workspace: domain::WorkspaceId,
    conversation: ConversationId,
    agent: AgentId,
    now: Timestamp,
}

impl Desk {
    async fn at(shelf: &Shelf) -> Self {
        let wrote = shelf.text("34600000001", "wamid.1", "Hola", start());
        shelf.apply(&[wrote], start()).await;
        Self {
            store: shelf.store.clone(),
            workspace: shelf.workspace,
            conversation: shelf.conversations().await[0],
            agent: shelf.agents[0],
            now: start(),
        }
    }

    async fn claims(&self, hash: &str) -> String {
        let claiming = self.store.claim_content(self.workspace, hash, self.now);
        claiming.await.unwrap()
    }

    async fn names(&self, name: &str) -> Uploaded {
        let contents = Contents {
            name: name.to_owned(),
            mime: "application/pdf".to_owned(),
            size: 1,
            dimensions: None,
            preview: false,
            not_shown: None,
        };
        let upload = NewUpload {
            conversation: self.conversation,
            agent: self.agent,
            kind: MediaKind::Document,
            name: None,
            place: 0,
            contents: &contents,
        };
        let adding = self.store.add_upload(self.workspace, upload, self.now);
        adding.await.unwrap()
    }

    async fn has_brought(&self, hash: &str) -> Uploaded {
        self.names(&self.claims(hash).await).await
    }

    async fn uploads(&mut self, hash: &str) -> bool {
        matches!(self.has_brought(hash).await, Uploaded::Added(_))
    }

    async fn takes_out(&self, file: MediaId) {
        let draft = (self.conversation, self.agent);
        let taking = self
            .store
            .remove_upload(self.workspace, draft, file, self.now);
        assert!(taking.await.unwrap());
    }

    /// What the files name.
    async fn named(&self) -> BTreeSet<String> {
        let found = self.store.texts(Part::Main, "SELECT content FROM media");
        found.await.into_iter().flatten().collect()
    }
}

/// How many stories, and how many deeds each.
const STORIES: usize = 20;
const DEEDS: usize = 60;

/// One step of somebody who may be gone before the next.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Somebody has the bytes of one of a few contents, and a name for them.
    Claim(usize),
    /// One of them brings the bytes to the storage.
    Bring(usize),
    /// One of them names the bytes.
    Name(usize),
    TakeOut(usize),
    /// A server takes what may leave.
    Collect,
    /// One of those removes something from the storage, whenever that was.
    Remove(usize),
    /// And says so.
    Left(usize),
    /// Everybody who was about to do something dies.
    Die,
    /// Minutes pass.
    Pass(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let any = 0..64_usize;
    prop_oneof![
        4 => (0..3_usize).prop_map(Deed::Claim),
        4 => any.clone().prop_map(Deed::Bring),
        4 => any.clone().prop_map(Deed::Name),
        3 => any.clone().prop_map(Deed::TakeOut),
        3 => Just(Deed::Collect),
        3 => any.clone().prop_map(Deed::Remove),
        2 => any.prop_map(Deed::Left),
        1 => Just(Deed::Die),
        2 => (1..50_i64).prop_map(Deed::Pass),
    ]
}

/// Everybody under way, each with what they are about to do next.
struct Story {
    desk: Desk,
    storage: BTreeSet<String>,
    claimed: Vec<String>,
    brought: Vec<String>,
    files: Vec<MediaId>,
    taken: Vec<LooseContent>,
    removed: Vec<LooseContent>,
}

fn one_of<T>(of: &mut Vec<T>, n: usize) -> Option<T> {
    (!of.is_empty()).then(|| of.swap_remove(n % of.len()))
}

impl Story {
    async fn happens(&mut self, deed: Deed) {
        match deed {
            Deed::Claim(n) => self
                .claimed
                .push(self.desk.claims(&format!("hash{n}")).await),
            Deed::Bring(n) => {
                if let Some(name) = one_of(&mut self.claimed, n) {
                    self.storage.insert(name.clone());
                    self.brought.push(name);
                }
            }
            Deed::Name(n) => {
                if let Some(name) = one_of(&mut self.brought, n)
                    && let Uploaded::Added(file) = self.desk.names(&name).await
                {
                    self.files.push(file.id);
                }
            }
            Deed::TakeOut(n) => {
                if let Some(file) = one_of(&mut self.files, n) {
                    self.desk.takes_out(file).await;
                }
            }
            Deed::Collect => {
                let taking = self.desk.store.take_loose_contents(self.desk.now, 2);
                self.taken.extend(taking.await.unwrap());
            }
            Deed::Remove(n) => {
                if let Some(content) = one_of(&mut self.taken, n) {
                    self.storage.remove(&content.name);
                    self.removed.push(content);
                }
            }
            Deed::Left(n) => {
                if let Some(content) = one_of(&mut self.removed, n) {
                    self.desk.store.content_left(&content).await.unwrap();
                }
            }
            Deed::Die => {
                for under_way in [&mut self.claimed, &mut self.brought] {
                    under_way.clear();
                }
                self.taken.clear();
                self.removed.clear();
            }
            Deed::Pass(minutes) => self.desk.now += SignedDuration::from_mins(minutes),
        }
    }

    fn under_way(&self) -> usize {
        self.claimed.len() + self.brought.len() + self.taken.len() + self.removed.len()
    }

    /// Everybody ends what they began, and hours pass until nothing is left to do.
    async fn ends(&mut self) {
        for _ in 0..3 {
            self.desk.now += SignedDuration::from_hours(2);
            self.happens(Deed::Collect).await;
            while self.under_way() > 0 {
                for deed in [
                    Deed::Bring(0),
                    Deed::Name(0),
                    Deed::Remove(0),
                    Deed::Left(0),
                    Deed::Collect,
                ] {
                    self.happens(deed).await;
                }
            }
        }
    }
}

test_both! {
    async fn no_order_of_steps_and_deaths_loses_a_named_byte(db: TestDb) {
        let mut runner = TestRunner::new(Config::default());
        let shelf = Shelf::new(&db).await;
        let desk = Desk::at(&shelf).await;
        for _ in 0..STORIES {
            let deeds = proptest::collection::vec(deed(), DEEDS);
            let deeds = deeds.new_tree(&mut runner).unwrap().current();
            shelf.store.meddle(Part::Main, "DELETE FROM media").await;
            shelf.store.meddle(Part::Main, "DELETE FROM contents").await;
            let mut story = Story {
                desk: desk.clone(),
                storage: BTreeSet::new(),
                claimed: Vec::new(),
                brought: Vec::new(),
                files: Vec::new(),
                taken: Vec::new(),
                removed: Vec::new(),
            };
            for (n, &deed) in deeds.iter().enumerate() {
                story.happens(deed).await;
                let lost = &story.desk.named().await - &story.storage;
                assert_eq!(lost, BTreeSet::new(), "lost by {:?}", &deeds[..=n]);
            }
            story.ends().await;
            let named = story.desk.named().await;
            assert_eq!(&named - &story.storage, BTreeSet::new(), "lost at last by {deeds:?}");
            let rows = shelf.store.texts(Part::Main, "SELECT name FROM contents").await;
            let rows: BTreeSet<String> = rows.into_iter().flatten().collect();
            assert_eq!(rows, named, "what has a row and no file: {deeds:?}");
        }
    }

    async fn servers_that_bring_name_take_out_and_collect_at_once_lose_nothing(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let desk = Desk::at(&shelf).await;
        let storage = std::cell::RefCell::new(BTreeSet::new());
        let agent = async |hash: &'static str| {
            for _ in 0..25 {
                let name = desk.claims(hash).await;
                storage.borrow_mut().insert(name.clone());
                let Uploaded::Added(file) = desk.names(&name).await else { continue };
                assert!(storage.borrow().contains(&name), "{name} was named and is lost");
                let media = desk.store.stored_media(desk.workspace, file.id).await.unwrap();
                assert_eq!(media.map(|file| file.content), Some(name));
                desk.takes_out(file.id).await;
            }
        };
        let server = async || {
            for _ in 0..60 {
                for content in desk.store.take_loose_contents(desk.now, 4).await.unwrap() {
                    assert!(!desk.named().await.contains(&content.name), "a named content leaves");
                    storage.borrow_mut().remove(&content.name);
                    desk.store.content_left(&content).await.unwrap();
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(agent("one"), agent("one"), agent("other"), server(), server());
    }
}
