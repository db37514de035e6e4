//! The contact page, merging and undoing, suggestions, and conversations that we begin.

use domain::{AgentId, ContactId, MergeId};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use store::testing::Part;
use store::{Merge, Merged, Unmerged, test_both};

use crate::harness::{Shelf, TestApp, Text, start};

const VERA: &str = "34600000001";
const NEREA: &str = "34600000002";

/// Two people who wrote, and their conversations.
async fn two_people(t: &TestApp) -> [(String, String); 2] {
    let mut both = Vec::new();
    for (n, (wa_id, name)) in [(VERA, "Vera Soler"), (NEREA, "Vera S. Pons")]
        .into_iter()
        .enumerate()
    {
        let text = Text {
            name: name.to_owned(),
            ..Text::from(wa_id, &format!("wamid.{n}"), "Hola")
        };
        t.told(&t.texts(&[text])).await;
        let all = t.ana.view("all").await;
        let phone = format!("+{wa_id}");
        let mine = all
            .iter()
            .find(|c| c["contact"]["phone"] == phone.as_str())
            .unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        both.push((text(&mine["contact"]["id"]), text(&mine["id"])));
    }
    both.try_into().unwrap()
}

async fn merge(t: &TestApp, into: &str, other: &str, name: &str) -> Value {
    let body = json!({"other": other, "name": name});
    t.ana
        .post(&format!("contacts/{into}/merge"), body)
        .await
        .ok()
}

async fn undo(t: &TestApp, page: &Value) -> Value {
    let merge = page["changes"][0]["merge_id"].as_str().unwrap();
    t.ana
        .post(&format!("merges/{merge}/undo"), json!({}))
        .await
        .ok()
}

async fn page(t: &TestApp, contact: &str) -> Value {
    t.ana.get(&format!("contacts/{contact}")).await
}

fn numbers(page: &Value) -> Vec<&str> {
    let identities = page["identities"].as_array().unwrap().iter();
    let mut numbers: Vec<&str> = identities
        .filter(|i| i["kind"] == "wa_id")
        .map(|i| i["value"].as_str().unwrap())
        .collect();
    numbers.sort_unstable();
    numbers
}

async fn last_event(t: &TestApp, conversation: &str) -> Value {
    let lines = t.ana.thread(conversation).await;
    lines
        .into_iter()
        .rfind(|line| line["direction"] == "event")
        .unwrap()
}

test_both! {
    async fn two_contacts_become_one_with_both_conversations_and_two_again(db: TestDb) {
        let t = TestApp::new(db).await;
        let [(vera, first), (pons, second)] = two_people(&t).await;
        let before = (page(&t, &vera).await, page(&t, &pons).await);
        let merged = merge(&t, &vera, &pons, "other").await;
        assert_eq!(merged["name"], "Vera S. Pons");
        assert_eq!(numbers(&merged), [VERA, NEREA]);
        assert_eq!(page(&t, &pons).await["id"], vera.as_str(), "the old address leads to the contact it is part of");
        let both = t.ana.get(&format!("contacts/{vera}/conversations")).await;
        assert_eq!(both["items"].as_array().unwrap().len(), 2);
        for conversation in [&first, &second] {
            assert_eq!(t.ana.conversation(conversation).await["contact"]["id"], vera.as_str());
            let said = last_event(&t, conversation).await;
            assert_eq!(said["kind"], "contacts_merged");
            assert_eq!(said["agent_id"], json!(t.ana.id()));
        }
        for typed in ["pons", "soler"] {
            let found = t.ana.get(&format!("conversations?q={typed}")).await;
            assert_eq!(found["items"].as_array().unwrap().len(), 2, "{typed}");
            let found = t.ana.get(&format!("contacts?q={typed}")).await;
            assert_eq!(found["items"].as_array().unwrap().len(), 1, "{typed}");
        }
        let listed = t.ana.get("contacts").await;
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);

        let parted = undo(&t, &merged).await;
        assert_eq!(parted["id"], pons.as_str());
        let after = (page(&t, &vera).await, page(&t, &pons).await);
        for field in ["id", "name", "identities", "notes", "attributes"] {
            assert_eq!(after.0[field], before.0[field], "{field}");
            assert_eq!(after.1[field], before.1[field], "{field}");
        }
        assert_eq!(last_event(&t, &first).await["kind"], "contacts_unmerged");
        assert_eq!(t.ana.get("contacts?q=pons").await["items"][0]["id"], pons.as_str());
        assert_eq!(t.ana.get("contacts?q=pons").await["items"].as_array().unwrap().len(), 1);
        assert_eq!(undo(&t, &merged).await["id"], pons.as_str(), "twice is once");
    }

    async fn what_comes_in_between_goes_with_whom_it_is_from(db: TestDb) {
        let t = TestApp::new(db).await;
        let [(vera, _), (pons, second)] = two_people(&t).await;
        let merged = merge(&t, &vera, &pons, "kept").await;
        t.ana.post(&format!("contacts/{vera}/notes"), json!({"text": "Lives on the 4th floor"})).await.ok();
        t.ana.put(&format!("contacts/{vera}/attributes"), json!({"name": "Floor", "value": "4th"})).await.ok();
        let learned = Text { bsuid: Some("ES.2".to_owned()), ..Text::from(NEREA, "wamid.9", "Otra vez") };
        t.told(&t.texts(&[learned])).await;
        undo(&t, &merged).await;
        let (vera, pons) = (page(&t, &vera).await, page(&t, &pons).await);
        assert_eq!(vera["notes"][0]["text"], "Lives on the 4th floor");
        assert_eq!((&vera["attributes"], &pons["attributes"]), (&json!({"Floor": "4th"}), &json!({})));
        assert!(pons["identities"].as_array().unwrap().iter().any(|i| i["value"] == "ES.2"));
        assert_eq!(t.ana.texts(&second, "in").await, ["Hola", "Otra vez"]);
        assert_eq!(t.ana.get("contacts?q=es.2").await["items"][0]["id"], pons["id"]);
        assert_eq!(t.ana.get("contacts?q=es.2").await["items"].as_array().unwrap().len(), 1);
    }

    async fn notes_and_attributes_of_both_are_shown_and_the_kept_contact_counts(db: TestDb) {
        let t = TestApp::new(db).await;
        let [(vera, _), (pons, _)] = two_people(&t).await;
        let set = async |contact: &str, name: &str, value: Value| {
            t.ana.put(&format!("contacts/{contact}/attributes"), json!({"name": name, "value": value})).await.ok()
        };
        set(&vera, "Floor", json!("4th")).await;
        set(&pons, "Floor", json!("1st")).await;
        set(&pons, "Company", json!("Turia")).await;
        t.ana.post(&format!("contacts/{pons}/notes"), json!({"text": "Rings twice"})).await.ok();
        let merged = merge(&t, &vera, &pons, "kept").await;
        assert_eq!(merged["attributes"], json!({"Floor": "4th", "Company": "Turia"}));
        assert_eq!(merged["notes"][0]["text"], "Rings twice");
        assert_eq!(set(&vera, "Company", Value::Null).await["attributes"], json!({"Floor": "4th"}));
        let parted = undo(&t, &merged).await;
        assert_eq!(parted["attributes"], json!({"Floor": "1st", "Company": "Turia"}));
        assert_eq!(page(&t, &vera).await["attributes"], json!({"Floor": "4th"}));
    }

    async fn a_merge_is_refused_where_it_means_nothing_and_undone_for_thirty_days(db: TestDb) {
        let t = TestApp::new(db).await;
        let [(vera, _), (pons, _)] = two_people(&t).await;
        let with = |other: &str| json!({"other": other, "name": "kept"});
        let path = format!("contacts/{vera}/merge");
        assert_eq!(t.ana.post(&path, with(&vera)).await.said(), "409 one-contact");
        let nobody = format!("ctc_{}", "0".repeat(32));
        assert_eq!(t.ana.post(&path, with(&nobody)).await.said(), "404 not-found");
        let merged = merge(&t, &vera, &pons, "kept").await;
        assert_eq!(t.ana.post(&path, with(&pons)).await.said(), "409 one-contact");
        t.pass_here(store::UNDONE_WITHIN);
        let id = merged["changes"][0]["merge_id"].as_str().unwrap();
        let late = t.ana.post(&format!("merges/{id}/undo"), json!({})).await;
        assert_eq!(late.said(), "409 merge-too-old");
    }

    async fn a_suggestion_is_shown_on_both_until_it_is_answered_and_never_again(db: TestDb) {
        let t = TestApp::new(db).await;
        let text = |bsuid: &str, n: i64| Text {
            bsuid: Some(bsuid.to_owned()),
            at: n,
            ..Text::from(VERA, &format!("wamid.{n}"), "Hola")
        };
        t.told(&t.texts(&[text("ES.1", 1)])).await;
        t.told(&t.texts(&[text("ES.2", 2)])).await;
        let listed = t.ana.get("contacts").await;
        let ids: Vec<&str> = listed["items"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
        for (one, other) in [(ids[0], ids[1]), (ids[1], ids[0])] {
            let page = page(&t, one).await;
            assert_eq!(page["suggestions"][0]["contact"]["id"], other);
            let why = json!([{"reason": "same_number", "params": {"value": VERA}}]);
            assert_eq!(page["suggestions"][0]["reasons"], why);
        }
        let merged = merge(&t, ids[0], ids[1], "kept").await;
        assert_eq!(merged["suggestions"], json!([]), "they are one");
        undo(&t, &merged).await;
        assert_eq!(page(&t, ids[0]).await["suggestions"].as_array().unwrap().len(), 1);
        let path = format!("contacts/{}/not-the-same", ids[1]);
        assert_eq!(t.ana.post(&path, json!({"other": ids[0]})).await.ok()["suggestions"], json!([]));
        t.told(&t.texts(&[text("ES.2", 3)])).await;
        for id in &ids {
            assert_eq!(page(&t, id).await["suggestions"], json!([]));
        }
        assert_eq!(t.ana.post(&path, json!({"other": ids[1]})).await.said(), "404 not-found");
    }

    async fn a_contact_is_renamed_and_keeps_what_it_calls_itself(db: TestDb) {
        let t = TestApp::new(db).await;
        let [(vera, first), _] = two_people(&t).await;
        let path = format!("workspaces/{}/contacts/{vera}", t.workspace);
        let name = |name: &str| t.ana.send(reqwest::Method::PATCH, &path, Some(json!({"name": name})));
        let renamed = name("Señora Soler").await.ok();
        assert_eq!(renamed["profile_names"], json!(["Vera Soler"]));
        let text = Text { name: "Vera ☀".to_owned(), ..Text::from(VERA, "wamid.7", "Hola") };
        t.told(&t.texts(&[text])).await;
        let now = page(&t, &vera).await;
        assert_eq!((&now["name"], &now["profile_names"]), (&json!("Señora Soler"), &json!(["Vera ☀"])));
        assert_eq!(t.ana.conversation(&first).await["contact"]["name"], "Señora Soler");
        assert_eq!(t.ana.get("contacts?q=senora").await["items"][0]["id"], vera.as_str());
        assert_eq!(name(" ").await.said(), "422 name-empty");
        assert_eq!(name(&"x".repeat(81)).await.said(), "422 name-too-long");
    }

    async fn notes_and_attributes_are_checked_by_field(db: TestDb) {
        let t = TestApp::new(db).await;
        let [(vera, _), _] = two_people(&t).await;
        let attribute = async |name: &str, value: &str| {
            let body = json!({"name": name, "value": value});
            t.ana.put(&format!("contacts/{vera}/attributes"), body).await
        };
        for (name, value, said) in [
            ("", "x", "422 attribute-name-invalid"),
            ("a\nb", "x", "422 attribute-name-invalid"),
            ("Floor", " ", "422 text-empty"),
        ] {
            assert_eq!(attribute(name, value).await.said(), said, "{name:?} {value:?}");
        }
        assert_eq!(attribute("Floor", &"x".repeat(501)).await.body["params"]["max"], 500);
        for n in 0..store::MOST_ATTRIBUTES {
            attribute(&format!("a{n}"), "x").await.ok();
        }
        assert_eq!(attribute("one more", "x").await.said(), "409 too-many-attributes");
        let notes = format!("contacts/{vera}/notes");
        let note = |text: &str| t.ana.post(&notes, json!({"text": text}));
        assert_eq!(note("").await.said(), "422 text-empty");
        let written = note("Call first").await.ok();
        let id = written["notes"][0]["id"].as_str().unwrap();
        let theirs = t.colleague("Jordi").await;
        let path = format!("contacts/{vera}/notes/{id}");
        assert_eq!(theirs.delete(&path).await.said(), "404 not-found", "only its author removes a note");
        assert_eq!(t.ana.delete(&path).await.ok()["notes"], json!([]));
    }

    async fn a_conversation_is_begun_with_a_number_that_nobody_wrote_from(db: TestDb) {
        let t = TestApp::new(db).await;
        let new = |number: &str| {
            let body = json!({"channel_id": t.channel, "number": number, "name": "Bruna"});
            t.ana.post("conversations", body)
        };
        let begun = new("+55 11 98765-4321").await;
        assert_eq!(begun.status, 201);
        let begun = begun.ok();
        assert_eq!(begun["contact"]["name"], "Bruna");
        assert_eq!(begun["contact"]["phone"], "+5511987654321");
        assert_eq!(begun["window_until"], json!(null));
        assert_eq!(begun["assignee_id"], json!(t.ana.id()));
        let id = begun["id"].as_str().unwrap();
        assert_eq!(t.ana.try_reply(id, "Hola").await.said(), "409 window-closed");
        let again = new("+55 11 8765 4321").await;
        assert_eq!((again.status, &again.body["id"]), (200, &begun["id"]), "the other form is the same person");
        assert_eq!(t.ana.get("counters").await["all"], 1);
        let text = Text { at: 5, ..Text::from("551187654321", "wamid.1", "Oi") };
        t.told(&t.texts(&[text])).await;
        let answered = t.ana.view("all").await;
        assert_eq!(answered.len(), 1, "who answers from the other form answers in it");
        assert_eq!(answered[0]["id"], begun["id"]);
        assert_eq!(answered[0]["contact"]["phone"], "+551187654321", "and is written to where they wrote from");
        t.ana.try_reply(id, "Olá").await.ok();
    }

    async fn a_number_that_is_none_is_refused_with_its_field(db: TestDb) {
        let t = TestApp::new(db).await;
        for (number, code) in [
            ("", "number-empty"),
            ("call me", "number-not-a-number"),
            ("+999 123 456", "number-no-country"),
            ("+34 6", "number-too-short"),
            ("+34 100 00 12 34", "number-not-in-use"),
        ] {
            let answer = t.ana.post("conversations", json!({"channel_id": t.channel, "number": number})).await;
            assert_eq!((answer.said(), &answer.body["field"]), (format!("422 {code}"), &json!("number")));
        }
        t.connect_number(1).await;
        let second = format!("UPDATE channels SET address = '+34 960 00 12 35' WHERE external_id = '{}'", t.number(1));
        t.app.store.meddle(Part::Main, &second).await;
        for ours in ["+34 960 00 12 34", "960001235"] {
            let answer = t.ana.post("conversations", json!({"channel_id": t.channel, "number": ours})).await;
            assert_eq!((answer.said(), &answer.body["field"]), ("422 number-ours".to_owned(), &json!("number")));
            assert_eq!(answer.body["params"]["name"], "Casa Turia");
        }
        let elsewhere = format!("chn_{}", "0".repeat(32));
        let answer = t.ana.post("conversations", json!({"channel_id": elsewhere, "number": "+34600000001"})).await;
        assert_eq!(answer.said(), "422 channel-unknown");
        assert_eq!(t.rows("contacts", "1 = 1").await, 0);
    }

    async fn who_is_known_is_written_to_in_the_open_or_the_latest_conversation(db: TestDb) {
        let t = TestApp::new(db).await;
        let [(vera, first), _] = two_people(&t).await;
        let write = async || {
            let body = json!({"channel_id": t.channel, "contact_id": vera});
            t.ana.post("conversations", body).await
        };
        let open = write().await;
        assert_eq!((open.status, open.body["id"].as_str()), (200, Some(first.as_str())));
        t.ana.does("resolve", &first).await;
        let again = write().await;
        assert_eq!((again.status, again.body["id"].as_str()), (201, Some(first.as_str())), "resolved just now");
        t.ana.does("resolve", &first).await;
        t.pass_here(jiff::SignedDuration::from_hours(25));
        let new = write().await;
        assert_eq!(new.status, 201);
        assert_ne!(new.body["id"].as_str(), Some(first.as_str()));
        assert_eq!(t.ana.get("counters").await["all"], 2);
    }

    async fn what_is_not_of_the_workspace_is_not_there(db: TestDb) {
        let t = TestApp::new(db).await;
        let [(vera, _), (pons, _)] = two_people(&t).await;
        let merged = merge(&t, &vera, &pons, "kept").await;
        let id = merged["changes"][0]["merge_id"].as_str().unwrap().to_owned();
        let elsewhere = t.other_workspace().await;
        let eve = t.member_of(elsewhere, "Eve", domain::permission::Role::Owner).await;
        assert_eq!(eve.try_get(&format!("contacts/{vera}")).await.said(), "404 not-found");
        assert_eq!(eve.try_get(&format!("contacts/{vera}/conversations")).await.said(), "404 not-found");
        assert_eq!(eve.get("contacts").await["items"], json!([]));
        assert_eq!(eve.get("contacts?q=vera").await["items"], json!([]));
        for (path, body) in [
            (format!("contacts/{vera}/notes"), json!({"text": "x"})),
            (format!("contacts/{vera}/merge"), json!({"other": pons, "name": "kept"})),
            (format!("contacts/{vera}/not-the-same"), json!({"other": pons})),
            (format!("merges/{id}/undo"), json!({})),
        ] {
            assert_eq!(eve.post(&path, body).await.said(), "404 not-found", "{path}");
        }
    }
}

const PEOPLE: usize = 6;

#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Merge the one into the other, taking its name or not.
    Merge(usize, usize, bool),
    /// Undo one of the merges so far.
    Undo(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (0..PEOPLE, 0..PEOPLE, any::<bool>()).prop_map(|(a, b, name)| Deed::Merge(a, b, name)),
        2 => (0..100_usize).prop_map(Deed::Undo),
    ]
}

/// What should be so: whom each contact was merged into, by which merges that stand.
struct Model {
    people: Vec<ContactId>,
    parent: Vec<Option<usize>>,
    merges: Vec<(MergeId, usize, bool)>,
}

impl Model {
    fn root(&self, of: usize) -> usize {
        self.parent[of].map_or(of, |parent| self.root(parent))
    }

    async fn happens(&mut self, kept: &Shelf, deed: Deed) {
        let by: AgentId = kept.agents[0];
        match deed {
            Deed::Merge(from, into, take_name) => {
                let merge = Merge {
                    from: self.people[from],
                    into: self.people[into],
                    take_name,
                };
                let done = kept
                    .store
                    .merge(kept.workspace, merge, by, start())
                    .await
                    .unwrap();
                let (from, into) = (self.root(from), self.root(into));
                match done {
                    Merged::Done(id) => {
                        assert_ne!(from, into);
                        self.parent[from] = Some(into);
                        self.merges.push((id, from, true));
                    }
                    other => assert_eq!((other, from), (Merged::One, into)),
                }
            }
            Deed::Undo(n) => {
                if self.merges.is_empty() {
                    return;
                }
                let n = n % self.merges.len();
                let (id, from, stands) = &mut self.merges[n];
                let undone = kept
                    .store
                    .undo_merge(kept.workspace, *id, by, start())
                    .await
                    .unwrap();
                assert_eq!(undone, Unmerged::Done(self.people[*from]));
                if std::mem::take(stands) {
                    self.parent[*from] = None;
                }
            }
        }
    }

    /// Every contact shows the numbers of all that are part of it, and is found by them.
    async fn holds(&self, kept: &Shelf, told: &[Deed]) {
        for (n, &contact) in self.people.iter().enumerate() {
            let page = kept
                .store
                .contact_page(kept.workspace, contact)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(page.id, self.people[self.root(n)], "{told:?}");
            let mut shown: Vec<String> = page.identities.into_iter().map(|i| i.value).collect();
            shown.sort();
            let theirs = |m: &usize| self.root(*m) == self.root(n);
            let expect: Vec<String> = (0..PEOPLE).filter(theirs).map(number).collect();
            assert_eq!(shown, expect, "{told:?}");
            let found = kept
                .store
                .find_contacts(kept.workspace, &number(n), 50)
                .await
                .unwrap();
            let found: Vec<ContactId> = found.into_iter().map(|c| c.id).collect();
            assert_eq!(found, [page.id], "found by {} after {told:?}", number(n));
        }
    }
}

fn number(n: usize) -> String {
    format!("3460000000{n}")
}

test_both! {
    async fn merges_and_undos_in_any_order_leave_what_stands_and_in_the_end_what_was(db: TestDb) {
        let mut runner = TestRunner::new(Config::default());
        let deeds = proptest::collection::vec(deed(), 12);
        let taken_further = vec![Deed::Merge(5, 2, true), Deed::Merge(2, 3, true), Deed::Undo(0)];
        let mut told = vec![taken_further];
        told.extend((0..12).map(|_| deeds.new_tree(&mut runner).unwrap().current()));
        let shelf = Shelf::new(&db).await;
        for deeds in told {
            shelf.store.forget_conversations(shelf.workspace).await.unwrap();
            let texts: Vec<_> = (0..PEOPLE)
                .map(|n| shelf.text(&number(n), &format!("wamid.{n}"), "Hola", start()))
                .collect();
            shelf.apply(&texts, start()).await;
            let everybody = async || {
                let all = shelf.store.contacts(shelf.workspace, None, 50).await.unwrap();
                let mut all: Vec<_> = all.into_iter().map(|c| (c.phone, c.id, c.name)).collect();
                all.sort();
                all
            };
            let before = everybody().await;
            let people = before.iter().map(|(_, id, _)| *id).collect();
            let mut model = Model { people, parent: vec![None; PEOPLE], merges: Vec::new() };
            for (n, &deed) in deeds.iter().enumerate() {
                model.happens(&shelf, deed).await;
                model.holds(&shelf, &deeds[..=n]).await;
            }
            let open = "state <> 'resolved'";
            let unresolved = shelf.store.rows_where(Part::Main, "conversations", open).await;
            assert_eq!(unresolved, i64::try_from(PEOPLE).unwrap());
            let mut left: Vec<usize> = (0..model.merges.len()).collect();
            let shuffled = Just(left.clone()).prop_shuffle().new_tree(&mut runner).unwrap().current();
            left.clone_from(&shuffled);
            for n in left {
                model.happens(&shelf, Deed::Undo(n)).await;
            }
            assert_eq!(everybody().await, before, "after {deeds:?} and undoing all of it in the order {shuffled:?}");
        }
    }
}
