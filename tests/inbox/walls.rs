//! Nothing of one workspace is another's to see or touch, and no route is without a row here.

use std::collections::BTreeSet;

use domain::permission::Role;
use domain::{QuarantineId, WorkspaceId};
use reqwest::Method;
use serde_json::{Value, json};
use store::test_both;

use crate::harness::{Agent, TestApp};

/// What `{id}` names in a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Nothing,
    Conversation,
    Message,
    Agent,
    Channel,
    Invitation,
    Quarantined,
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

/// Every route of a workspace, below `/workspaces/{ws}`.
fn rows() -> Vec<Row> {
    use For::{Admins, Members};
    use Names::{Agent, Channel, Conversation, Invitation, Message, Nothing, Quarantined};
    vec![
        row("GET", "", Nothing, Members, nothing),
        row("GET", "/agents", Nothing, Members, nothing),
        row("PATCH", "/agents/{id}", Agent, Admins, || {
            Some(json!({"role": "admin"}))
        }),
        row("DELETE", "/agents/{id}", Agent, Admins, nothing),
        row("POST", "/channels/{id}/resume", Channel, Admins, nothing),
        row("GET", "/conversations", Nothing, Members, nothing),
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
        row("GET", "/messages/{id}", Message, Members, nothing),
        row("DELETE", "/messages/{id}", Message, Members, nothing),
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
    message: String,
    agent: String,
    channel: String,
    invitation: String,
    quarantined: String,
}

impl Things {
    fn named(&self, names: Names) -> &str {
        match names {
            Names::Nothing => "",
            Names::Conversation => &self.conversation,
            Names::Message => &self.message,
            Names::Agent => &self.agent,
            Names::Channel => &self.channel,
            Names::Invitation => &self.invitation,
            Names::Quarantined => &self.quarantined,
        }
    }
}

/// A second company with one of everything, and its owner.
async fn neighbour(t: &TestApp) -> (Things, Agent) {
    let workspace = t.other_workspace().await;
    let channel = t.connect_to(1, workspace).await;
    let olga = t.member_of(workspace, "Olga Otra", Role::Owner).await;
    olga.takes_back_for(30).await;
    let conversation = t
        .customer("34600000009")
        .await
        .at_number(1)
        .says("Hola")
        .await;
    let queued = olga.reply(&conversation, "secret words").await;
    let invited = olga
        .post(
            "invitations",
            json!({"email": "pau@otra.example", "role": "agent"}),
        )
        .await
        .ok();
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
        message: queued["id"].as_str().unwrap().to_owned(),
        agent: olga.id().to_string(),
        channel: channel.to_string(),
        invitation: invited["id"].as_str().unwrap().to_owned(),
        quarantined: waiting.to_string(),
    };
    (things, olga)
}

async fn call(agent: &Agent, workspace: WorkspaceId, row: &Row, id: &str) -> String {
    let path = row.path.replace("{id}", id).replace("{mode}", "reply");
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
