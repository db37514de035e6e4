//! The list, its counters and what agents do to what is in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use store::test_both;

use crate::harness::{TestApp, Text, instant, start};

const HOUR: i64 = 3600;

/// Five hundred customers: each wrote once, ten of them in the same second.
fn crowd() -> Vec<Text> {
    (0..500)
        .map(|n: i64| {
            let mut text = Text::from(&format!("34600{n:06}"), &format!("wamid.{n}"), "Hola");
            // Every fifth wrote so long ago that the window closes soon.
            let hours_ago = if n % 5 == 0 { 21 } else { 2 };
            text.at = -hours_ago * HOUR + n / 10;
            text
        })
        .collect()
}

/// A crowd in the inbox: a third is Ana's, every fourth is resolved. Ids by number.
async fn crowded(t: &TestApp) -> BTreeMap<i64, String> {
    t.told(&t.texts(&crowd())).await;
    let mut ids = BTreeMap::new();
    let now = t.app.clock.now();
    for conversation in t.ana.view("all").await {
        let n = number(&conversation);
        let id: domain::ConversationId = conversation["id"].as_str().unwrap().parse().unwrap();
        if n % 3 == 0 {
            let mine = Some(t.ana.id());
            t.app
                .store
                .assign(t.workspace, id, mine, t.ana.id(), now)
                .await
                .unwrap();
        }
        if n % 4 == 0 {
            t.app
                .store
                .resolve(t.workspace, id, t.ana.id(), now)
                .await
                .unwrap();
        }
        ids.insert(n, id.to_string());
    }
    ids
}

/// Which customer of the crowd.
fn number(conversation: &Value) -> i64 {
    let phone = conversation["contact"]["phone"].as_str().unwrap();
    phone.strip_prefix("+34600").unwrap().parse().unwrap()
}

fn belongs(view: &str, n: i64) -> bool {
    let resolved = n % 4 == 0;
    match view {
        "mine" => !resolved && n % 3 == 0,
        "unassigned" => !resolved && n % 3 != 0,
        "all" => !resolved,
        "expiring" => !resolved && n % 5 == 0,
        "resolved" => resolved,
        other => panic!("{other}"),
    }
}

/// What the rows of a view are sorted by, as the view sorts them.
fn place(view: &str, conversation: &Value) -> (i64, String) {
    let id = conversation["id"].as_str().unwrap().to_owned();
    match view {
        "expiring" => (instant(&conversation["window_until"]).as_microsecond(), id),
        _ => (-instant(&conversation["last_at"]).as_microsecond(), id),
    }
}

/// Walks through a view, while at each page somebody already listed and somebody not listed yet write.
/// Who was listed, in order, and who wrote meanwhile.
async fn walk(t: &TestApp, view: &str, at: i64, writers: &[i64]) -> (Vec<Value>, BTreeSet<i64>) {
    let (mut listed, mut wrote) = (Vec::new(), BTreeSet::new());
    let mut writers = writers.iter();
    let mut mark = String::new();
    loop {
        let page = t
            .ana
            .get(&format!("conversations?view={view}&limit=25{mark}"))
            .await;
        listed.extend(page["items"].as_array().unwrap().iter().cloned());
        let mut texts = Vec::new();
        for &n in writers.by_ref().take(2) {
            let mut text = Text::from(
                &format!("34600{n:06}"),
                &format!("wamid.{view}.{n}"),
                "Y otra cosa",
            );
            text.at = at;
            texts.push(text);
            wrote.insert(n);
        }
        t.told(&t.texts(&texts)).await;
        match page["next"].as_str() {
            Some(next) => mark = format!("&before={next}"),
            None => return (listed, wrote),
        }
    }
}

test_both! {
    async fn a_list_of_500_has_no_gap_and_no_double_while_new_messages_come(db: TestDb) {
        let t = TestApp::new(db).await;
        crowded(&t).await;
        // Who writes leaves the expiring ones, so that view comes first.
        for (at, view) in (1..).zip(["expiring", "resolved", "mine", "unassigned", "all"]) {
            let expect: BTreeSet<i64> = (0..500).filter(|&n| belongs(view, n)).collect();
            // From both ends of the list: those who are listed already, and those who are not yet.
            let open: Vec<i64> = (0..500).filter(|&n| belongs("all", n)).collect();
            let writers: Vec<i64> = open.iter().rev().zip(&open).flat_map(|(&a, &b)| [a, b]).take(40).collect();
            let (listed, wrote) = walk(&t, view, at, &writers).await;
            let numbers: Vec<i64> = listed.iter().map(number).collect();
            let distinct: BTreeSet<i64> = numbers.iter().copied().collect();
            assert_eq!(distinct.len(), numbers.len(), "{view}: nobody twice");
            let still: BTreeSet<i64> = expect.difference(&wrote).copied().collect();
            assert!(still.is_subset(&distinct), "{view}: {:?} are missing", still.difference(&distinct));
            assert!(distinct.is_subset(&expect), "{view}: {:?} do not belong", distinct.difference(&expect));
            let rows: Vec<(i64, String)> = listed.iter().map(|c| place(view, c)).collect();
            assert!(rows.is_sorted_by(|a, b| a.0 <= b.0), "{view}: sorted");
        }
    }

    async fn each_view_and_its_counter_agree(db: TestDb) {
        let t = TestApp::new(db).await;
        crowded(&t).await;
        let counters = t.ana.get("counters").await;
        for view in ["mine", "unassigned", "all", "expiring", "resolved"] {
            let listed: BTreeSet<i64> = t.ana.view(view).await.iter().map(number).collect();
            let expect: BTreeSet<i64> = (0..500).filter(|&n| belongs(view, n)).collect();
            assert_eq!(listed, expect, "{view}");
            assert_eq!(counters[view], json!(expect.len()), "{view}");
        }
        let jordi = t.colleague("Jordi Peris").await;
        assert_eq!(jordi.view("mine").await, Vec::<Value>::new());
        assert_eq!(jordi.get("counters").await["mine"], 0);
    }

    async fn a_thread_of_300_lines_scrolls_without_gap_or_double(db: TestDb) {
        let t = TestApp::new(db).await;
        let texts: Vec<Text> = (0..300)
            .map(|n| {
                let mut text = Text::from("34600000001", &format!("wamid.{n}"), &format!("message {n}"));
                text.at = n / 7;
                text
            })
            .collect();
        t.told(&t.texts(&texts)).await;
        let id = t.ana.view("all").await[0]["id"].as_str().unwrap().to_owned();
        let bodies: Vec<String> = texts.into_iter().map(|text| text.body).collect();
        assert_eq!(t.ana.texts(&id, "in").await, bodies);
        let page = t.ana.get(&format!("conversations/{id}/thread?limit=50")).await;
        assert_eq!(page["entries"][49]["text"], "message 299", "the newest page first");
    }

    async fn what_the_list_is_asked_for_wrongly_is_named(db: TestDb) {
        let t = TestApp::new(db).await;
        for (path, expect, field) in [
            ("conversations?view=nothing", "422 view-unknown", "view"),
            ("conversations?before=nonsense", "422 page-mark-invalid", "before"),
            ("conversations?before=1.cnv_1", "422 page-mark-invalid", "before"),
        ] {
            let answer = t.ana.try_get(path).await;
            assert_eq!((answer.said().as_str(), &answer.body["field"]), (expect, &json!(field)), "{path}");
        }
        t.told(&t.texts(&crowd())).await;
        for (limit, expect) in [("1000", 100), ("0", 1), ("-5", 1), ("7", 7)] {
            let page = t.ana.get(&format!("conversations?limit={limit}")).await;
            assert_eq!(page["items"].as_array().unwrap().len(), expect, "limit={limit}");
        }
    }

    async fn a_draft_is_kept_for_its_author_alone(db: TestDb) {
        let t = TestApp::new(db).await;
        let jordi = t.colleague("Jordi Peris").await;
        let conversation = t.customer("34600000001").await.says("Hi").await;
        let reply = format!("conversations/{conversation}/drafts/reply");
        let note = format!("conversations/{conversation}/drafts/note");
        let kept = async |agent: &crate::harness::Agent| {
            agent.get(&format!("conversations/{conversation}/thread")).await["drafts"].clone()
        };
        assert_eq!(t.ana.put(&reply, json!({"text": "Dear Ve"})).await.status, 204);
        assert_eq!(t.ana.put(&reply, json!({"text": "Dear Vera,\n\n"})).await.status, 204);
        assert_eq!(t.ana.put(&note, json!({"text": "hm"})).await.status, 204);
        assert_eq!(kept(&t.ana).await, json!({"reply": "Dear Vera,\n\n", "note": "hm", "files": []}));
        assert_eq!(kept(&jordi).await, json!({"reply": null, "note": null, "files": []}));
        assert_eq!(t.ana.conversation(&conversation).await["draft"], true);
        assert_eq!(jordi.conversation(&conversation).await["draft"], false);
        assert_eq!(t.ana.put(&reply, json!({"text": ""})).await.status, 204);
        assert_eq!(kept(&t.ana).await, json!({"reply": null, "note": "hm", "files": []}));
        assert_eq!(t.ana.conversation(&conversation).await["draft"], false, "a note is none");
        let long = t.ana.put(&reply, json!({"text": "x".repeat(20_001)})).await;
        assert_eq!((long.said().as_str(), &long.body["field"]), ("422 draft-too-long", &json!("text")));
        assert_eq!(t.ana.put(&reply, json!({"text": "nul\0l"})).await.status, 204);
        assert_eq!(kept(&t.ana).await["reply"], "null");
        let nowhere = format!("conversations/{conversation}/drafts/letter");
        assert_eq!(t.ana.put(&nowhere, json!({"text": "x"})).await.status, 404);
    }

    async fn a_conversation_is_given_to_members_only(db: TestDb) {
        let t = TestApp::new(db).await;
        let (jordi, marta) = (t.colleague("Jordi Peris").await, t.colleague("Marta Ibáñez").await);
        let theirs = t.other_workspace().await;
        let olga = t.member_of(theirs, "Olga Otra", domain::permission::Role::Owner).await;
        let conversation = t.customer("34600000001").await.says("Hi").await;
        t.pass_here(jiff::SignedDuration::from_mins(1));
        let path = format!("conversations/{conversation}/assign");
        let given = t.ana.post(&path, json!({"agent_id": jordi.id()})).await.ok();
        assert_eq!(given["assignee_id"], json!(jordi.id()));
        assert_eq!(jordi.get("counters").await["mine"], 1);
        t.ana.delete(&format!("agents/{}", marta.id())).await.ok();
        for (case, agent) in [
            ("somebody of another workspace", json!(olga.id())),
            ("somebody who left", json!(marta.id())),
            ("nobody at all", json!("agt_00000000000000000000000000000000")),
        ] {
            assert_eq!(t.ana.post(&path, json!({"agent_id": agent})).await.said(), "404 not-found", "{case}");
        }
        assert_eq!(t.ana.conversation(&conversation).await["assignee_id"], json!(jordi.id()));
        let taken = t.ana.post(&path, json!({"agent_id": null})).await.ok();
        assert_eq!(taken["assignee_id"], json!(null));
        let lines = t.ana.thread(&conversation).await;
        let events: Vec<(&Value, &Value)> =
            lines[1..].iter().map(|l| (&l["kind"], &l["parts"][0]["params"]["agent_id"])).collect();
        assert_eq!(events, [(&json!("assigned"), &json!(jordi.id())), (&json!("unassigned"), &json!(null))]);
        let counters = t.ana.get("counters").await;
        assert_eq!((&counters["unassigned"], &counters["mine"]), (&json!(1), &json!(0)));
    }

    async fn read_marks_are_each_agents_own_and_never_go_back(db: TestDb) {
        let t = TestApp::new(db).await;
        let jordi = t.colleague("Jordi Peris").await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("one").await;
        vera.says("two").await;
        let unread = |shown: &Value| shown["last_inbound_seq"].as_i64() > shown["read_seq"].as_i64();
        let shown = t.ana.conversation(&conversation).await;
        assert!(unread(&shown));
        let seq = shown["last_inbound_seq"].as_i64().unwrap();
        let read = format!("conversations/{conversation}/read");
        for upto in [seq, 1, i64::MAX, -1] {
            assert_eq!(t.ana.post(&read, json!({"seq": upto})).await.status, 204);
            assert_eq!(t.ana.conversation(&conversation).await["read_seq"], json!(seq), "after {upto}");
        }
        assert!(unread(&jordi.conversation(&conversation).await), "not for Jordi");
        let again = t.ana.does("unread", &conversation).await;
        assert!(unread(&again));
        t.ana.post(&read, json!({"seq": seq})).await.ok();
        vera.says("three").await;
        assert!(unread(&t.ana.conversation(&conversation).await));
    }

    async fn to_a_newcomer_only_what_comes_later_is_unread(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("before").await;
        let jordi = t.colleague("Jordi Peris").await;
        let unread = |shown: &Value| shown["last_inbound_seq"].as_i64() > shown["read_seq"].as_i64();
        assert!(!unread(&jordi.conversation(&conversation).await));
        assert!(unread(&t.ana.conversation(&conversation).await), "who was there has not read it");
        assert!(jordi.view("all").await.iter().all(|shown| !unread(shown)));
        t.ana.post(&format!("conversations/{conversation}/assign"), json!({"agent_id": jordi.id()})).await.ok();
        assert_eq!(jordi.get("counters").await["mine"], 0);
        vera.says("after").await;
        assert!(unread(&jordi.conversation(&conversation).await));
        assert_eq!(jordi.get("counters").await["mine"], 1);
        let again = jordi.conversation(&conversation).await["last_inbound_seq"].clone();
        jordi.post(&format!("conversations/{conversation}/read"), json!({"seq": again})).await.ok();
        assert_eq!(jordi.get("counters").await["mine"], 0);
        assert!(unread(&jordi.does("unread", &conversation).await));
    }

    async fn a_clock_that_is_wrong_puts_nothing_before_what_comes_later(db: TestDb) {
        let t = TestApp::new(db).await;
        let ahead = Text { at: 30 * 24 * HOUR, ..Text::from("34600000001", "wamid.ahead", "from next month") };
        t.told(&t.texts(std::slice::from_ref(&ahead))).await;
        t.pass_here(jiff::SignedDuration::from_secs(60));
        let later = |wa_id, id| Text { at: 60, ..Text::from(wa_id, id, "a minute later") };
        let texts = [later("34600000001", "wamid.later"), later("34600000002", "wamid.other")];
        t.told(&t.texts(&texts)).await;
        let listed = t.ana.view("all").await;
        assert_eq!(listed[0]["last_at"], listed[1]["last_at"]);
        let conversation = listed.iter().find(|c| number(c) == 1).unwrap();
        assert_eq!(conversation["preview"]["text"], "a minute later");
        let id = conversation["id"].as_str().unwrap();
        let page = t.ana.get(&format!("conversations/{id}/thread?limit=50")).await;
        let texts: Vec<_> = page["entries"].as_array().unwrap().iter().map(|e| e["text"].clone()).collect();
        assert_eq!(texts, ["from next month", "a minute later"]);
        let said = start() + jiff::SignedDuration::from_secs(ahead.at);
        assert_eq!(t.rows("messages", &format!("said_at = {}", said.as_microsecond())).await, 1);
        assert_eq!(t.rows("messages", "said_at IS NULL").await, 2);
    }
}
