//! Nothing of one workspace is another's to see or touch, and no route is without a row here.

use std::collections::BTreeSet;

use domain::permission::Role;
use domain::{QuarantineId, WorkspaceId};
use reqwest::Method;
use serde_json::{Value, json};
use store::test_both;

use crate::harness::{Agent, TestApp};
use crate::media::{file_in, picture};

/// What `{id}` names in a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Nothing,
    Conversation,
    Contact,
    Merge,
    Message,
    Agent,
    Channel,
    Invitation,
    Media,
    MissingMedia,
    Quarantined,
    Setup,
}

/// Who may call it at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    Members,
    Admins,
}

struct Row {
    method: Method,
    path: &'static str,
    names: Names,
    of: For,
    body: fn() -> Option<Value>,
}

fn row(
    method: &str,
    path: &'static str,
    names: Names,
    of: For,
    body: fn() -> Option<Value>,
) -> Row {
    Row {
        method: method.parse().unwrap(),
        path,
        names,
        of,
        body,
    }
}

fn nothing() -> Option<Value> {
    None
}

/// A contact that is nobody.
fn nobody() -> String {
    format!("ctc_{}", "0".repeat(32))
}

/// Every route of a workspace, below `/workspaces/{ws}`.
fn rows() -> Vec<Row> {
    let mut rows = rows_of_conversations();
    rows.extend(rows_of_messages());
    rows.extend(rows_of_channels());
    rows.extend(rows_of_contacts());
    rows
}

/// The routes of the inbox, its people and its health.
fn rows_of_conversations() -> Vec<Row> {
    use For::{Admins, Members};
    use Names::{Agent, Channel, Conversation, Invitation, Nothing};
    vec![
        row("GET", "", Nothing, Members, nothing),
        row("GET", "/agents", Nothing, Members, nothing),
        row("PATCH", "/agents/{id}", Agent, Admins, || {
            Some(json!({"role": "admin"}))
        }),
        row("DELETE", "/agents/{id}", Agent, Admins, nothing),
        row("POST", "/channels/{id}/pause", Channel, Admins, nothing),
        row("POST", "/channels/{id}/resume", Channel, Admins, nothing),
        row("GET", "/conversations", Nothing, Members, nothing),
        row("POST", "/conversations", Nothing, Members, || {
            let channel = format!("chn_{}", "0".repeat(32));
            Some(json!({"channel_id": channel, "number": "+34600000001"}))
        }),
        row("GET", "/conversations/{id}", Conversation, Members, nothing),
        row(
            "GET",
            "/conversations/{id}/thread",
            Conversation,
            Members,
            nothing,
        ),
        row(
            "POST",
            "/conversations/{id}/assign",
            Conversation,
            Members,
            || Some(json!({"agent_id": null})),
        ),
        row(
            "PUT",
            "/conversations/{id}/drafts/{mode}",
            Conversation,
            Members,
            || Some(json!({"text": "x"})),
        ),
        row(
            "POST",
            "/conversations/{id}/messages",
            Conversation,
            Members,
            || Some(json!({"kind": "reply", "text": "x", "key": "from outside"})),
        ),
        row(
            "POST",
            "/conversations/{id}/read",
            Conversation,
            Members,
            || Some(json!({"seq": 1})),
        ),
        row(
            "POST",
            "/conversations/{id}/reopen",
            Conversation,
            Members,
            nothing,
        ),
        row(
            "POST",
            "/conversations/{id}/resolve",
            Conversation,
            Members,
            nothing,
        ),
        row(
            "POST",
            "/conversations/{id}/typing",
            Conversation,
            Members,
            nothing,
        ),
        row(
            "POST",
            "/conversations/{id}/unread",
            Conversation,
            Members,
            nothing,
        ),
        row("GET", "/counters", Nothing, Members, nothing),
        row("GET", "/health", Nothing, Admins, nothing),
        row("GET", "/invitations", Nothing, Admins, nothing),
        row("POST", "/invitations", Nothing, Admins, || {
            Some(json!({"email": "eve@evil.example", "role": "owner"}))
        }),
        row("DELETE", "/invitations/{id}", Invitation, Admins, nothing),
    ]
}

/// The routes of contacts.
fn rows_of_contacts() -> Vec<Row> {
    use For::Members;
    use Names::{Contact, Merge, Nothing};
    vec![
        row("GET", "/contacts", Nothing, Members, nothing),
        row("GET", "/contacts/{id}", Contact, Members, nothing),
        row("PATCH", "/contacts/{id}", Contact, Members, || {
            Some(json!({"name": "x"}))
        }),
        row(
            "GET",
            "/contacts/{id}/conversations",
            Contact,
            Members,
            nothing,
        ),
        row("GET", "/contacts/{id}/files", Contact, Members, nothing),
        row("POST", "/contacts/{id}/notes", Contact, Members, || {
            Some(json!({"text": "x"}))
        }),
        row(
            "DELETE",
            "/contacts/{id}/notes/{note}",
            Contact,
            Members,
            nothing,
        ),
        row("PUT", "/contacts/{id}/attributes", Contact, Members, || {
            Some(json!({"name": "x", "value": "x"}))
        }),
        row(
            "POST",
            "/contacts/{id}/not-the-same",
            Contact,
            Members,
            || Some(json!({"other": nobody()})),
        ),
        row("POST", "/contacts/{id}/merge", Contact, Members, || {
            Some(json!({"other": nobody(), "name": "kept"}))
        }),
        row("POST", "/merges/{id}/undo", Merge, Members, nothing),
    ]
}

/// The routes of one message, of files, and of what could not be read.
fn rows_of_messages() -> Vec<Row> {
    use For::{Admins, Members};
    use Names::{Conversation, Media, Message, MissingMedia, Quarantined};
    vec![
        row("GET", "/media/{id}", Media, Members, nothing),
        row("POST", "/media/{id}/fetch", MissingMedia, Members, nothing),
        row(
            "GET",
            "/conversations/{id}/uploads",
            Conversation,
            Members,
            nothing,
        ),
        row(
            "POST",
            "/conversations/{id}/uploads",
            Conversation,
            Members,
            || Some(json!({})),
        ),
        row(
            "DELETE",
            "/conversations/{id}/uploads/{file}",
            Conversation,
            Members,
            nothing,
        ),
        row("GET", "/messages/{id}", Message, Members, nothing),
        row("DELETE", "/messages/{id}", Message, Members, nothing),
        row("PUT", "/messages/{id}/reaction", Message, Members, || {
            Some(json!({"emoji": "👍"}))
        }),
        row("POST", "/messages/{id}/retry", Message, Members, || {
            Some(json!({"anyway": true}))
        }),
        row(
            "POST",
            "/quarantine/{id}/replay",
            Quarantined,
            Admins,
            nothing,
        ),
        row(
            "POST",
            "/quarantine/{id}/settle",
            Quarantined,
            Admins,
            nothing,
        ),
    ]
}

/// The routes of channels, and of numbers on their way to be one.
fn rows_of_channels() -> Vec<Row> {
    use For::Admins;
    use Names::{Channel, Nothing, Setup};
    vec![
        row("GET", "/apps", Nothing, Admins, nothing),
        row("PUT", "/apps/{name}", Nothing, Admins, || {
            Some(json!({"app_id": "1", "secret": "x"}))
        }),
        row("GET", "/channels", Nothing, Admins, nothing),
        row("GET", "/channels/{id}", Channel, Admins, nothing),
        row("PATCH", "/channels/{id}", Channel, Admins, || {
            Some(json!({"receipts": "never"}))
        }),
        row(
            "POST",
            "/channels/{id}/disconnect",
            Channel,
            Admins,
            nothing,
        ),
        row("POST", "/channels/{id}/refresh", Channel, Admins, nothing),
        row("POST", "/channels/{id}/test", Channel, Admins, nothing),
        row("GET", "/channels/{id}/links", Channel, Admins, nothing),
        row("POST", "/channels/{id}/links", Channel, Admins, || {
            Some(json!({"words": "Hola"}))
        }),
        row(
            "DELETE",
            "/channels/{id}/links/{code}",
            Channel,
            Admins,
            nothing,
        ),
        row("GET", "/channels/{id}/profile", Channel, Admins, nothing),
        row(
            "PUT",
            "/channels/{id}/profile/picture",
            Channel,
            Admins,
            nothing,
        ),
        row("PUT", "/channels/{id}/profile", Channel, Admins, || {
            Some(
                json!({"about": "x", "address": "", "description": "", "email": "", "websites": [], "vertical": ""}),
            )
        }),
        row("GET", "/setups", Nothing, Admins, nothing),
        row("POST", "/setups", Nothing, Admins, || {
            Some(json!({"app": "default"}))
        }),
        row("GET", "/setups/{id}", Setup, Admins, nothing),
        row("DELETE", "/setups/{id}", Setup, Admins, nothing),
        row("POST", "/setups/{id}/token", Setup, Admins, || {
            Some(json!({"token": "EAA"}))
        }),
        row("POST", "/setups/{id}/signup", Setup, Admins, || {
            Some(json!({"code": "AQ"}))
        }),
        row("POST", "/setups/{id}/account", Setup, Admins, || {
            Some(json!({"account_id": "1"}))
        }),
        row("POST", "/setups/{id}/number", Setup, Admins, || {
            Some(json!({"number_id": "1"}))
        }),
        row("POST", "/setups/{id}/request-code", Setup, Admins, || {
            Some(json!({"method": "sms", "language": "es"}))
        }),
        row("POST", "/setups/{id}/verify-code", Setup, Admins, || {
            Some(json!({"code": "123456"}))
        }),
        row("POST", "/setups/{id}/register", Setup, Admins, || {
            Some(json!({"pin": "123456"}))
        }),
        row("POST", "/setups/{id}/connect", Setup, Admins, || {
            Some(json!({"name": "x"}))
        }),
        row("POST", "/setups/{id}/test", Setup, Admins, nothing),
        row("GET", "/setups/{id}/numbers", Setup, Admins, nothing),
    ]
}

/// Routes that belong to no workspace.
const OUTSIDE: [&str; 10] = [
    "GET /api/v1/links/{token}",
    "POST /api/v1/links/{token}",
    "PATCH /api/v1/me",
    "POST /api/v1/me/password",
    "GET /api/v1/server",
    "GET /api/v1/session",
    "POST /api/v1/session",
    "DELETE /api/v1/session",
    "POST /api/v1/setup",
    "GET /live",
];

/// One of each thing that a workspace has.
struct Things {
    workspace: WorkspaceId,
    conversation: String,
    contact: String,
    merge: String,
    message: String,
    agent: String,
    channel: String,
    invitation: String,
    media: String,
    missing_media: String,
    quarantined: String,
    setup: String,
}

impl Things {
    fn named(&self, names: Names) -> &str {
        match names {
            Names::Nothing => "",
            Names::Conversation => &self.conversation,
            Names::Contact => &self.contact,
            Names::Merge => &self.merge,
            Names::Message => &self.message,
            Names::Agent => &self.agent,
            Names::Channel => &self.channel,
            Names::Invitation => &self.invitation,
            Names::Media => &self.media,
            Names::MissingMedia => &self.missing_media,
            Names::Quarantined => &self.quarantined,
            Names::Setup => &self.setup,
        }
    }
}

/// A second company with one of everything, and its owner.
async fn neighbour(t: &TestApp) -> (Things, Agent) {
    let workspace = t.other_workspace().await;
    let channel = t.connect_to(1, workspace).await;
    let olga = t.member_of(workspace, "Olga Otra", Role::Owner).await;
    olga.takes_back_for(30).await;
    let omar = t.customer("34600000009").await.at_number(1);
    let conversation = omar.says("Hola").await;
    let stored = omar.sends(picture(t).await).await;
    let stored = file_in(&olga, &stored, "stored").await;
    let gone = json!({"type": "image", "payload": {"id": "1", "mime_type": "image/jpeg"}});
    let missing = omar.sends(gone).await;
    let missing = file_in(&olga, &missing, "waiting").await;
    let queued = olga.reply(&conversation, "secret words").await;
    let shown = olga.conversation(&conversation).await;
    let contact = shown["contact"]["id"].as_str().unwrap().to_owned();
    let another = json!({"channel_id": channel, "number": "+34600000008"});
    let another = olga.post("conversations", another).await.ok();
    let merge = json!({"other": another["contact"]["id"], "name": "kept"});
    let merged = olga
        .post(&format!("contacts/{contact}/merge"), merge)
        .await
        .ok();
    let invited = olga
        .post(
            "invitations",
            json!({"email": "pau@otra.example", "role": "agent"}),
        )
        .await
        .ok();
    let setup = olga.post("setups", json!({"app": "default"})).await.ok();
    let kept = store::NewQuarantined {
        channel: Some(channel),
        workspace: Some(workspace),
        journal_seq: 1,
        element: 7,
        received_at: t.app.clock.now(),
        reason: "message_without_id".to_owned(),
        raw: "{}".to_owned(),
    };
    t.app
        .store
        .quarantine(&[kept], t.app.clock.now())
        .await
        .unwrap();
    let waiting: QuarantineId = t.app.store.quarantined(workspace).await.unwrap()[0].id;
    let things = Things {
        workspace,
        conversation,
        contact,
        merge: merged["changes"][0]["merge_id"]
            .as_str()
            .unwrap()
            .to_owned(),
        message: queued["id"].as_str().unwrap().to_owned(),
        agent: olga.id().to_string(),
        channel: channel.to_string(),
        invitation: invited["id"].as_str().unwrap().to_owned(),
        media: stored,
        missing_media: missing,
        quarantined: waiting.to_string(),
        setup: setup["id"].as_str().unwrap().to_owned(),
    };
    (things, olga)
}

async fn call(agent: &Agent, workspace: WorkspaceId, row: &Row, id: &str) -> String {
    let path = row.path.replace("{id}", id).replace("{mode}", "reply");
    let path = path.replace("{note}", &format!("nte_{}", "0".repeat(32)));
    let path = path.replace("{file}", &format!("med_{}", "0".repeat(32)));
    let path = format!("workspaces/{workspace}{path}");
    agent
        .send(row.method.clone(), &path, (row.body)())
        .await
        .said()
}

#[test]
fn every_route_has_a_row() {
    let described = serde_json::to_value(server::openapi()).unwrap();
    let mut routes = BTreeSet::from(["GET /live".to_owned()]);
    for (path, operations) in described["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            routes.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let inside = rows()
        .into_iter()
        .map(|row| format!("{} /api/v1/workspaces/{{ws}}{}", row.method, row.path));
    let known: BTreeSet<String> = OUTSIDE
        .iter()
        .map(|&route| route.to_owned())
        .chain(inside)
        .collect();
    assert_eq!(
        routes, known,
        "a new route needs a row in `rows`, or in `OUTSIDE`"
    );
}

test_both! {
    async fn nothing_of_another_workspace_can_be_seen_or_touched(db: TestDb) {
        let t = TestApp::new(db).await;
        let (theirs, olga) = neighbour(&t).await;
        let cursor = olga.cursor().await;
        for row in rows() {
            let name = format!("{} {}", row.method, row.path);
            let there = call(&t.ana, theirs.workspace, &row, theirs.named(row.names)).await;
            assert_eq!(there, "404 not-found", "{name}, in their workspace");
            if row.names != Names::Nothing {
                let smuggled = call(&t.ana, t.workspace, &row, theirs.named(row.names)).await;
                assert_eq!(smuggled, "404 not-found", "{name}, their id in our workspace");
            }
        }
        assert_eq!(olga.cursor().await, cursor, "nothing changed there");
        assert_eq!(olga.get("health").await["quarantine"].as_array().unwrap().len(), 1);
        assert_eq!(olga.get("invitations").await.as_array().unwrap().len(), 1);
        assert_eq!(olga.message(&theirs.message).await["entry"]["delivery"], "queued");
        let found = t.ana.get("conversations?q=34600000009").await;
        assert_eq!(found["items"], json!([]));
    }

    async fn a_nonexistent_id_is_not_told_from_a_foreign_one(db: TestDb) {
        let t = TestApp::new(db).await;
        let (theirs, _) = neighbour(&t).await;
        for row in rows().into_iter().filter(|row| row.names != Names::Nothing) {
            let (prefix, digits) = theirs.named(row.names).split_once('_').unwrap();
            for id in [format!("{prefix}_{}", "0".repeat(32)), format!("xxx_{digits}"), "1".to_owned()] {
                let answer = call(&t.ana, t.workspace, &row, &id).await;
                assert_eq!(answer, "404 not-found", "{} {} of {id}", row.method, row.path);
            }
        }
    }

    async fn nobody_signed_out_gets_in_anywhere(db: TestDb) {
        let t = TestApp::new(db).await;
        let (theirs, _) = neighbour(&t).await;
        let nobody = Agent::nobody(&t.url);
        for row in rows() {
            let answer = call(&nobody, theirs.workspace, &row, theirs.named(row.names)).await;
            assert_eq!(answer, "401 signed-out", "{} {}", row.method, row.path);
        }
    }

    async fn an_agent_is_told_what_only_admins_may(db: TestDb) {
        let t = TestApp::new(db).await;
        let (theirs, _) = neighbour(&t).await;
        let pau = t.member_of(theirs.workspace, "Pau Otro", Role::Agent).await;
        for row in rows().into_iter().filter(|row| row.of == For::Admins) {
            let answer = call(&pau, theirs.workspace, &row, theirs.named(row.names)).await;
            assert_eq!(answer, "403 not-allowed", "{} {}", row.method, row.path);
        }
        let shown = pau.conversation(&theirs.conversation).await;
        assert_eq!(shown["id"], json!(theirs.conversation), "and may read");
    }

    async fn a_change_that_another_site_sends_is_refused(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Hi").await;
        let url = format!("{}/api/v1/workspaces/{}/conversations/{conversation}/resolve", t.url, t.workspace);
        for (case, origin) in [("another site", Some("https://evil.example")), ("nobody says", None)] {
            let mut request = t.http.post(&url).header("cookie", &t.ana.cookie);
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            assert_eq!(request.send().await.unwrap().status(), 403, "{case}");
        }
        assert_eq!(t.ana.conversation(&conversation).await["state"], "open");
    }
}
