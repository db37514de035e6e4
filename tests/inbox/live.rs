//! Every change reaches every browser that may see it, in order, and a browser that slept misses nothing.

use std::collections::BTreeMap;

use charla_tests::until::until;
use domain::permission::Role;
use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use store::test_both;
use tokio::net::TcpSocket;

use crate::harness::{Agent, Heard, Socket, TestApp, Text};

/// What a browser knows from frames alone.
#[derive(Default)]
struct Folded {
    cursor: i64,
    conversations: BTreeMap<String, Value>,
    entries: BTreeMap<String, Value>,
    counters: BTreeMap<String, Value>,
    mine: BTreeMap<String, Value>,
    frames: usize,
}

impl Folded {
    fn since(cursor: i64) -> Self {
        Self {
            cursor,
            ..Self::default()
        }
    }

    fn fold(&mut self, frame: &Value) {
        let cursor = frame["cursor"].as_i64().unwrap();
        assert!(
            cursor > self.cursor,
            "cursors rise: {cursor} after {}",
            self.cursor
        );
        self.cursor = cursor;
        self.frames += 1;
        upsert(&mut self.conversations, &frame["conversations"]);
        upsert(&mut self.entries, &frame["entries"]);
        for removed in frame["removed"].as_array().unwrap() {
            self.entries.remove(removed.as_str().unwrap());
        }
        let moved = frame["counters"].clone();
        let mut moved: BTreeMap<String, Value> = serde_json::from_value(moved).unwrap();
        let mine = moved.remove("mine").unwrap();
        self.counters.append(&mut moved);
        self.mine.append(&mut serde_json::from_value(mine).unwrap());
    }

    /// Listens for ever.
    async fn listen(&mut self, socket: &mut Socket) {
        loop {
            let frame = socket.hears_a("changes").await;
            self.fold(&frame);
        }
    }

    /// Loses its connection after every frame, and resumes from its own cursor.
    async fn listen_with_interruptions(&mut self, t: &TestApp) {
        loop {
            let mut short = t.listens(self.cursor).await;
            self.fold(&short.hears_a("changes").await);
        }
    }

    /// Listens until it knows everything up to a cursor.
    async fn until(&mut self, socket: &mut Socket, cursor: i64) {
        while self.cursor < cursor {
            let frame = socket.hears_a("changes").await;
            self.fold(&frame);
        }
    }
}

fn upsert(known: &mut BTreeMap<String, Value>, incoming: &Value) {
    for item in incoming.as_array().unwrap() {
        let id = item["id"].as_str().unwrap().to_owned();
        let newer = known
            .get(&id)
            .is_none_or(|k| item["version"].as_i64() >= k["version"].as_i64());
        if newer {
            known.insert(id, item.clone());
        }
    }
}

/// A conversation without what only one agent sees.
fn as_in_frames(mut conversation: Value) -> Value {
    let fields = conversation.as_object_mut().unwrap();
    fields.remove("read_seq");
    fields.remove("draft");
    conversation
}

async fn assert_as_listed(t: &TestApp, folded: &Folded) {
    let mut listed = BTreeMap::new();
    let mut lines = BTreeMap::new();
    for view in ["all", "resolved"] {
        for conversation in t.ana.view(view).await {
            let id = conversation["id"].as_str().unwrap().to_owned();
            for line in t.ana.thread(&id).await {
                lines.insert(line["id"].as_str().unwrap().to_owned(), line);
            }
            listed.insert(id, as_in_frames(conversation));
        }
    }
    assert_eq!(folded.conversations, listed);
    assert_eq!(folded.entries, lines);
    let counters = t.ana.get("counters").await;
    let known = |told: Option<&Value>| told.cloned().unwrap_or(json!(0));
    for name in ["unassigned", "all", "resolved"] {
        assert_eq!(known(folded.counters.get(name)), counters[name], "{name}");
    }
    let mine = folded.mine.get(&t.ana.id().to_string());
    assert_eq!(known(mine), counters["mine"], "mine");
}

fn texts(
    t: &TestApp,
    range: std::ops::Range<usize>,
    customers: usize,
) -> charla_tests::webhook::Signed {
    let texts: Vec<Text> = range
        .map(|n| {
            let from = format!("3460000{:04}", n % customers);
            Text::from(&from, &format!("wamid.{n}"), &format!("message {n}"))
        })
        .collect();
    t.texts(&texts)
}

/// What an agent does while others do the same.
async fn act(agent: &Agent, n: usize, conversation: &str) {
    let path = format!("conversations/{conversation}");
    match n % 6 {
        0 => drop(agent.try_reply(conversation, &format!("answer {n}")).await),
        1 => drop(
            agent
                .write(
                    conversation,
                    "note",
                    &format!("note {n}"),
                    &format!("note {n}"),
                )
                .await,
        ),
        2 => drop(
            agent
                .post(&format!("{path}/assign"), json!({"agent_id": agent.id()}))
                .await,
        ),
        3 => drop(agent.post(&format!("{path}/resolve"), json!({})).await),
        4 => drop(agent.post(&format!("{path}/reopen"), json!({})).await),
        _ => drop(
            agent
                .post(&format!("{path}/read"), json!({"seq": i64::MAX}))
                .await,
        ),
    }
}

test_both! {
    async fn a_socket_says_hello_and_whether_webhooks_come_in(db: TestDb) {
        let t = TestApp::new(db).await;
        let cursor = t.ana.cursor().await;
        let mut socket = t.listens(cursor).await;
        let now = json!(t.app.clock.now());
        assert_eq!(socket.hears().await, Heard::Frame(json!({"type": "hello", "cursor": cursor, "now": now})));
        assert_eq!(socket.hears().await, Heard::Frame(json!({"type": "health", "ingest": "ok"})));
        t.pass_here(SignedDuration::from_secs(60));
        let clock = socket.hears_a("clock").await;
        assert_eq!(clock["now"], json!(t.app.clock.now()));
    }

    async fn what_is_written_about_a_contact_is_told_to_whoever_looks_at_it(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Hola").await;
        let contact = t.ana.conversation(&conversation).await["contact"]["id"].clone();
        let path = format!("contacts/{}", contact.as_str().unwrap());
        let mut cursor = t.ana.cursor().await;
        let mut socket = t.listens(cursor).await;
        let mut told = async || {
            let frame = socket.hears_a("changes").await;
            assert_eq!(frame["conversations"][0]["contact"]["id"], contact);
            assert!(frame["conversations"][0]["version"].as_i64().unwrap() > cursor);
            cursor = frame["cursor"].as_i64().unwrap();
        };
        let page = t.ana.post(&format!("{path}/notes"), json!({"text": "Rings twice"})).await.ok();
        told().await;
        t.ana.put(&format!("{path}/attributes"), json!({"name": "Floor", "value": "4th"})).await.ok();
        told().await;
        t.ana.delete(&format!("{path}/notes/{}", page["notes"][0]["id"].as_str().unwrap())).await.ok();
        told().await;
    }

    async fn a_thousand_missed_events_come_as_one_frame_and_no_list_is_asked_for(db: TestDb) {
        let t = TestApp::new(db).await;
        t.told(&texts(&t, 0..1, 10)).await;
        let slept_at = t.ana.cursor().await;
        t.told(&texts(&t, 1..1001, 10)).await;
        let lists = t.app.metrics.lists.get();
        let mut socket = t.listens(slept_at).await;
        let hello = socket.hears_a("hello").await;
        assert!(hello["cursor"].as_i64().unwrap() >= slept_at + 1000);
        let caught_up = socket.hears_a("changes").await;
        assert_eq!(caught_up["cursor"], hello["cursor"]);
        assert_eq!(caught_up["entries"].as_array().unwrap().len(), 1000);
        assert_eq!(caught_up["conversations"].as_array().unwrap().len(), 10);
        t.told(&texts(&t, 1001..1002, 10)).await;
        let next = socket.hears_a("changes").await;
        assert_eq!(next["entries"][0]["text"], "message 1001", "nothing of it comes twice");
        assert_eq!(next["entries"].as_array().unwrap().len(), 1);
        assert_eq!(t.app.metrics.lists.get(), lists);
    }

    async fn a_cursor_that_is_too_old_or_from_nowhere_gets_a_resync_and_the_socket_goes_on(db: TestDb) {
        let t = TestApp::new(db).await;
        t.told(&texts(&t, 0..10, 2)).await;
        let cursor = t.ana.cursor().await;
        let soon = t.app.clock.now() + SignedDuration::from_secs(1);
        t.app.store.prune_events(soon).await.unwrap();
        t.told(&texts(&t, 10..11, 2)).await;
        let now = t.ana.cursor().await;
        for (case, after, known) in [
            ("just known", cursor, true),
            ("forgotten", cursor - 1, false),
            ("from the future", now + 1000, false),
            ("negative", -1, false),
        ] {
            let mut socket = t.listens(after).await;
            socket.hears_a("health").await;
            let Heard::Frame(frame) = socket.hears().await else { panic!("{case}: closed") };
            if known {
                assert_eq!(frame["type"], "changes", "{case}");
            } else {
                assert_eq!(frame, json!({"type": "resync", "cursor": now}), "{case}");
            }
        }
        let mut socket = t.listens(now + 1000).await;
        socket.hears_a("resync").await;
        t.told(&texts(&t, 11..12, 2)).await;
        assert_eq!(socket.hears_a("changes").await["entries"][0]["text"], "message 11");
    }

    async fn what_frames_tell_adds_up_to_what_is_listed_whoever_writes_at_once(db: TestDb) {
        let t = TestApp::new(db).await;
        let beginning = t.ana.cursor().await;
        let jordi = t.colleague("Jordi Peris").await;
        t.told(&texts(&t, 0..8, 8)).await;
        let conversations: Vec<String> =
            t.ana.view("all").await.iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();

        let writing = async {
            let ingest = async {
                for n in 1..25 {
                    assert_eq!(t.post(&texts(&t, n * 8..n * 8 + 8, 8)).await, 200);
                }
            };
            let acting = |agent: Agent, seed: usize| {
                let conversations = &conversations;
                async move {
                    for n in seed..seed + 60 {
                        act(&agent, n, &conversations[(n * 5 + n / 7) % conversations.len()]).await;
                    }
                }
            };
            tokio::join!(ingest, acting(t.ana.clone(), 0), acting(jordi.clone(), 1000));
            t.applied().await;
            // Then nothing more will be reported of any reply: 8 go at once, the others as time passes.
            t.as_time_passes("every reply to end", async || {
                let under_way = "direction = 'out' AND delivery NOT IN ('seen', 'failed')";
                (t.rows("messages", under_way).await == 0).then_some(())
            })
            .await;
            t.applied().await;
            t.ana.cursor().await
        };
        let (mut whole, mut broken) = (Folded::since(beginning), Folded::since(beginning));
        let mut socket = t.listens(beginning).await;
        let end = tokio::select! {
            end = writing => end,
            () = whole.listen(&mut socket) => unreachable!(),
            () = broken.listen_with_interruptions(&t) => unreachable!(),
        };
        assert!(whole.frames > 1, "it was told as it happened");
        whole.until(&mut socket, end).await;
        let mut resumed = t.listens(broken.cursor).await;
        broken.until(&mut resumed, end).await;
        let mut late = Folded::since(beginning);
        late.until(&mut t.listens(beginning).await, end).await;
        for folded in [&whole, &broken, &late] {
            assert_as_listed(&t, folded).await;
        }
    }

    async fn a_socket_that_never_reads_is_dropped_and_twenty_others_miss_nothing(db: TestDb) {
        let t = TestApp::new(db).await;
        let beginning = t.ana.cursor().await;
        let deaf = {
            let tcp = TcpSocket::new_v4().unwrap();
            tcp.set_recv_buffer_size(4096).unwrap();
            let address = t.url.strip_prefix("http://").unwrap().parse().unwrap();
            let stream = tcp.connect(address).await.unwrap();
            let workspace = t.workspace.to_string();
            Socket::over(stream, &t.ana, &workspace, Some(beginning), &t.url).await.unwrap()
        };
        let mut others = Vec::new();
        for _ in 0..20 {
            others.push(t.listens(beginning).await);
        }
        let flood = async {
            for round in 0.. {
                if t.app.metrics.sockets_dropped.get() > 0 {
                    break;
                }
                let bodies: Vec<Text> = (0..100)
                    .map(|n| {
                        let id = format!("wamid.{round}.{n}");
                        Text::from("34600000001", &id, &"x".repeat(4000))
                    })
                    .collect();
                if round < 24 {
                    t.told(&t.texts(&bodies)).await;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            t.ana.cursor().await
        };
        let (tell, mut told) = tokio::sync::watch::channel(None);
        let listening = join_all(others.iter_mut().map(|socket| {
            let mut told = told.clone();
            async move {
                let mut last = beginning;
                loop {
                    tokio::select! {
                        cursor = socket.hears_a_cursor() => {
                            assert!(cursor > last);
                            last = cursor;
                        }
                        _ = told.changed() => {}
                    }
                    if *told.borrow() == Some(last) {
                        return last;
                    }
                }
            }
        }));
        let flooding = async {
            let end = flood.await;
            tell.send_replace(Some(end));
            end
        };
        let (end, heard) = tokio::join!(flooding, listening);
        told.mark_unchanged();
        assert_eq!(heard, vec![end; 20]);
        assert_eq!(t.app.metrics.sockets_dropped.get(), 1);
        drop(deaf);
    }

    async fn who_is_signed_out_or_sent_away_hears_no_more(db: TestDb) {
        let t = TestApp::new(db).await;
        let (jordi, marta) = (t.colleague("Jordi Peris").await, t.colleague("Marta Ibáñez").await);
        let cursor = t.ana.cursor().await;
        let mut ana = t.listens(cursor).await;
        let mut signs_out = jordi.listens(t.workspace, Some(cursor)).await;
        let mut sent_away = marta.listens(t.workspace, Some(cursor)).await;
        assert_eq!(jordi.send(Method::DELETE, "session", None).await.status, 204);
        let left = t.ana.delete(&format!("agents/{}", marta.id())).await;
        assert_eq!(left.status, 204, "{}", left.body);
        assert_eq!(signs_out.hears_the_end().await, Some(4401));
        assert_eq!(sent_away.hears_the_end().await, Some(4401));
        t.told(&texts(&t, 0..1, 1)).await;
        let frame = until("the news", async || {
            let frame = ana.hears_a("changes").await;
            (frame["entries"] != json!([])).then_some(frame)
        })
        .await;
        assert_eq!(frame["entries"][0]["text"], "message 0", "and the others go on");
    }

    async fn a_socket_is_refused_to_other_sites_strangers_and_other_workspaces(db: TestDb) {
        let t = TestApp::new(db).await;
        let ours = t.workspace.to_string();
        let theirs = t.other_workspace().await.to_string();
        let nobody = Agent::nobody(&t.url);
        for (case, agent, workspace, origin, expect) in [
            ("another site", &t.ana, ours.as_str(), "https://evil.example", 403),
            ("no site at all", &t.ana, &ours, "null", 403),
            ("our host, another port", &t.ana, &ours, "http://127.0.0.1:1", 403),
            ("nobody", &nobody, &ours, &t.url, 401),
            ("another workspace", &t.ana, &theirs, &t.url, 404),
            ("no workspace of anybody", &t.ana, "wsp_00000000000000000000000000000000", &t.url, 404),
        ] {
            let refused = Socket::open(agent, workspace, None, origin).await.err();
            assert_eq!(refused, Some(expect), "{case}");
        }
        let nonsense = Socket::open(&t.ana, "wsp_1", None, &t.url).await.err();
        assert!(matches!(nonsense, Some(400 | 404 | 422)), "{nonsense:?}");
    }

    async fn one_workspace_hears_nothing_of_another(db: TestDb) {
        let t = TestApp::new(db).await;
        let theirs = t.other_workspace().await;
        t.connect_to(1, theirs).await;
        let olga = t.member_of(theirs, "Olga Otra", Role::Owner).await;
        let mut socket = olga.listens(theirs, Some(olga.cursor().await)).await;
        t.told(&texts(&t, 0..50, 5)).await;
        let change = Text::from("34600000001", "wamid.theirs", "for Olga").change(t.number(1));
        t.told(&t.changes(&[change])).await;
        let frame = socket.hears_a("changes").await;
        assert_eq!(frame["entries"].as_array().unwrap().len(), 1);
        assert_eq!(frame["entries"][0]["text"], "for Olga");
        assert_eq!(frame["counters"]["all"], 1);
    }

    async fn reads_drafts_and_people_are_told(db: TestDb) {
        let t = TestApp::new(db).await;
        let jordi = t.colleague("Jordi Peris").await;
        t.told(&texts(&t, 0..1, 1)).await;
        let conversation = t.ana.view("all").await[0].clone();
        let id = conversation["id"].as_str().unwrap();
        let seq = conversation["last_inbound_seq"].as_i64().unwrap();
        let mut socket = t.listens(t.ana.cursor().await).await;

        jordi.post(&format!("conversations/{id}/read"), json!({"seq": seq})).await;
        let read = socket.hears_a("changes").await;
        let mark = json!({"agent_id": jordi.id(), "conversation_id": id, "seq": seq});
        assert_eq!(read["reads"], json!([mark]));

        jordi.put(&format!("conversations/{id}/drafts/note"), json!({"text": "hm"})).await;
        let draft = socket.hears_a("changes").await;
        assert_eq!(draft["drafts"], json!([{"agent_id": jordi.id(), "conversation_id": id}]));
        assert!(!draft.to_string().contains("hm"), "not what is in it");

        t.colleague("Marta Ibáñez").await;
        let people = socket.hears_a("changes").await;
        let people_of = |frame: &Value| -> Vec<String> {
            let agents = frame["agents"].as_array().unwrap();
            let mut names: Vec<String> = agents.iter().map(|a| a["name"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        let names = people_of(&people);
        assert_eq!(names, ["Ana Roig", "Jordi Peris", "Marta Ibáñez"]);
        assert_eq!(people["channels"][0]["id"], json!(t.channel));
    }

    async fn what_a_browser_says_is_not_listened_to(db: TestDb) {
        let t = TestApp::new(db).await;
        let cursor = t.ana.cursor().await;
        let (mut talks, mut shouts, mut other) =
            (t.listens(cursor).await, t.listens(cursor).await, t.listens(cursor).await);
        talks.says(r#"{"type":"subscribe","workspace":"wsp_1"}"#).await;
        shouts.says(&"x".repeat(1 << 20)).await;
        shouts.hears_the_end().await;
        t.told(&texts(&t, 0..1, 1)).await;
        for socket in [&mut talks, &mut other] {
            assert_eq!(socket.hears_a("changes").await["entries"][0]["text"], "message 0");
        }
    }
}
