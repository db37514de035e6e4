//! Lists stay fast however many rows there are: their plans go over indexes.

use domain::delivery::Report;
use jiff::SignedDuration;
use store::test_db::TestDb;
use store::testing::{Asker, Part, Plan};
use store::{Location, Outcome, Received, test_both};

use crate::harness::{Shelf, report, start};

const CUSTOMERS: usize = 3000;

/// Tables in which a page finds one row each time, made so large that reading them whole does not pay.
const INFLATED: [(Part, &str); 14] = [
    (
        Part::Main,
        "windows (channel_id, identity_id, workspace_id, conversation_id)
         SELECT (SELECT id FROM channels), id(), id(), id()",
    ),
    (
        Part::Main,
        "reads (conversation_id, agent_id, workspace_id, seq) SELECT id(), id(), id(), i",
    ),
    (
        Part::Main,
        "agents (id, workspace_id, user_id, role, created_at) SELECT id(), id(), id(), 'agent', i",
    ),
    (
        Part::Main,
        "drafts (conversation_id, agent_id, mode, workspace_id, body, updated_at)
         SELECT id(), id(), 'reply', id(), 'text', i",
    ),
    (
        Part::Main,
        "tries (id, workspace_id, channel_id, conversation_id, message_id, number, started_at, outcome)
         SELECT older(), id(), id(), id(), id(), 1, i, 'accepted'",
    ),
    (
        Part::Main,
        "counters (workspace_id, name, n, version) SELECT id(), 'all', 1, i",
    ),
    (
        Part::Main,
        "media (id, workspace_id, channel_id, conversation_id, message_id, place, kind, state, due_at, created_at)
         SELECT id(), id(), id(), id(), id(), 0, 'image', 'waiting', i, i",
    ),
    (
        Part::Main,
        "contents (workspace_id, name, hash, loose_at) SELECT id(), CAST(i AS TEXT), CAST(i AS TEXT), i",
    ),
    (
        Part::Main,
        "suggestions (identity_a, identity_b, reason, workspace_id, params, at)
         SELECT id(), id(), 'moved', id(), '{}', i",
    ),
    (
        Part::Main,
        "moves (workspace_id, kind, value, at, identity_id) SELECT id(), 'wa_id', 'x', i, id()",
    ),
    (
        Part::Main,
        "merges (id, workspace_id, from_id, into_id, from_name, into_name, number, at, agent_id)
         SELECT id(), id(), id(), id(), '', '', 0, i, id()",
    ),
    (
        Part::Main,
        "contact_notes (id, workspace_id, contact_id, agent_id, body, at) SELECT id(), id(), id(), id(), '', i",
    ),
    (
        Part::Main,
        "contacts (id, workspace_id, name, created_at, root_id) SELECT id(), id(), '', i, id()",
    ),
    (Part::Journal, "journal_applied (upto, at) SELECT i, i"),
];

/// Fifty thousand rows that belong to nobody.
fn inflate(rows: &str, sqlite: bool) -> String {
    let id = if sqlite {
        "randomblob(16)"
    } else {
        "gen_random_uuid()"
    };
    // Older than any of those whose age counts.
    let older = if sqlite {
        "(x'0000' || randomblob(14))"
    } else {
        "CAST('0000' || substr(CAST(gen_random_uuid() AS TEXT), 5) AS UUID)"
    };
    let rows = rows.replace("id()", id).replace("older()", older);
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)";
    format!("{numbers} INSERT INTO {rows} FROM n")
}

fn on_sqlite(db: &TestDb) -> bool {
    matches!(db.location(), Location::Folder(_))
}

/// Thousands of rows in every table that a list reads, and the engine's statistics about them.
async fn filled(shelf: &Shelf, sqlite: bool) -> Asker {
    let now = start();
    let text = |n: usize, round: usize| {
        let at = now - SignedDuration::from_secs(i64::try_from(n + round).unwrap());
        shelf.text(
            &format!("34600{n:06}"),
            &format!("wamid.{n}.{round}"),
            "Hola",
            at,
        )
    };
    for round in 0..4 {
        let texts: Vec<Received> = (0..CUSTOMERS).map(|n| text(n, round)).collect();
        shelf.apply(&texts, now).await;
    }
    let conversations = shelf.conversations().await;
    for (n, &conversation) in conversations.iter().enumerate().take(600) {
        let agent = shelf.agents[n % 3];
        shelf
            .store
            .assign(shelf.workspace, conversation, Some(agent), agent, now)
            .await
            .unwrap();
        if n % 4 == 0 {
            shelf
                .store
                .resolve(shelf.workspace, conversation, agent, now)
                .await
                .unwrap();
        } else {
            shelf.replies(conversation, &format!("key {n}"), now).await;
        }
    }
    let sent = shelf.begins(conversations[700], "sent", now).await;
    let accepted = Outcome::Accepted {
        external_id: "wamid.out".to_owned(),
    };
    shelf.ends(&sent, accepted, now).await;
    shelf
        .apply(&[shelf.status(report("wamid.out", Report::Sent, 1))], now)
        .await;
    let entry = |n: u8| store::NewEntry {
        received_at: now,
        app: "default".to_owned(),
        body: vec![n; 200],
    };
    for _ in 0..20 {
        shelf
            .store
            .append_to_journal((0..100).map(entry).collect())
            .await
            .unwrap();
    }
    for (part, table) in INFLATED {
        shelf.store.meddle(part, &inflate(table, sqlite)).await;
    }
    shelf.store.meddle(Part::Main, "ANALYZE").await;
    shelf.store.meddle(Part::Journal, "ANALYZE").await;
    let contacts = shelf.store.contacts(shelf.workspace, None, 1).await;
    let contacts = contacts.unwrap();
    Asker {
        workspace: shelf.workspace,
        agent: shelf.agents[1],
        channel: shelf.channel,
        conversation: conversations[0],
        contact: contacts[0].id,
        now,
    }
}

/// What each list goes over: the name of the index on either engine.
const OVER: [(&str, &[&str]); 31] = [
    ("mine", &["conversations_assignee"]),
    (
        "unassigned",
        &["conversations_assignee", "conversations_state"],
    ),
    ("all", &["conversations_state"]),
    ("expiring", &["conversations_expiring"]),
    ("resolved", &["conversations_state"]),
    (
        "find",
        &["contact_terms_pkey", "sqlite_autoindex_contact_terms_1"],
    ),
    ("expiring, counted", &["conversations_expiring"]),
    ("thread", &["messages_thread"]),
    ("abouts", &["messages_about"]),
    ("waits since", &["messages_turns"]),
    ("due", &["outbox_due"]),
    ("events", &["events_pkey", "sqlite_autoindex_events_1"]),
    (
        "counters that moved",
        &["counters_version", "counters_pkey"],
    ),
    ("unapplied", &["journal_pkey", "INTEGER PRIMARY KEY"]),
    ("files of lines", &["media_message"]),
    ("due files", &["media_due"]),
    ("unsent files", &["media_unsent"]),
    ("next due file", &["media_due"]),
    ("unsent files of an agent", &["media_unsent"]),
    ("loose contents", &["contents_loose"]),
    ("a content's file", &["media_content"]),
    (
        "what channels did",
        &["messages_pkey", "sqlite_autoindex_messages_1"],
    ),
    (
        "people written to first",
        &["tries_pkey", "sqlite_autoindex_tries_1"],
    ),
    ("contacts", &["contacts_page"]),
    (
        "contacts, found",
        &["contact_terms_pkey", "sqlite_autoindex_contact_terms_1"],
    ),
    ("a contact's conversations", &["conversations_identity"]),
    ("a contact's files", &["media_conversation"]),
    ("a contact's suggestions", &["suggestions_b"]),
    ("a contact's notes", &["contact_notes_contact"]),
    ("a contact's moves", &["moves_identity"]),
    ("a contact's merges", &["merges_into"]),
];

/// What is sorted there is small: at most 200 hits, what there is of one person, or one person's draft; or it is
/// counted, a day at most.
const MAY_SORT: [&str; 10] = [
    "what channels did",
    "people written to first",
    "unsent files",
    "find",
    "contacts, found",
    "a contact's conversations",
    "a contact's files",
    "a contact's notes",
    "a contact's moves",
    "a contact's merges",
];

/// What is read from end to end because it is small by construction: a page, at most 200 hits, the 1,000
/// latest, a parameter, a row of constants, a count that is capped.
const SMALL: [&str; 9] = [
    "answered",
    "c",
    "CONSTANT",
    "ct",
    "found",
    "hit",
    "jsonb_each",
    "late",
    "soon",
];

/// Steps that read a table from end to end, in either engine's words.
fn whole_tables(plan: &Plan) -> Vec<&str> {
    let small = |step: &str| SMALL.contains(&step.split(' ').next().unwrap_or_default());
    let whole = |step: &&str| {
        let scanned = step.strip_prefix("SCAN ");
        // A company has a few channels.
        step.contains("Seq Scan on ") && !step.contains("Seq Scan on channels ")
            || scanned.is_some_and(|what| !small(what))
    };
    plan.steps.lines().map(str::trim).filter(whole).collect()
}

/// What PostgreSQL may sort: a page, or the few ids of one person.
const FEW: [&str; 4] = [
    "c.last_at DESC, c.id DESC",
    "u.id DESC",
    "p.since DESC, p.id DESC",
    "p_1.since DESC, p_1.id DESC",
];

/// Sorts of more than a page or the few ids of one person, in either engine's words.
fn sorts(plan: &Plan) -> Vec<&str> {
    let steps: Vec<&str> = plan.steps.lines().map(str::trim).collect();
    let of_one_person = |n: usize| {
        n > 0
            && ["SEARCH p ", "SEARCH u ", "SEARCH b "]
                .iter()
                .any(|one| steps[n - 1].starts_with(one))
    };
    let sorted = |n: usize, step: &str| {
        let key = step.strip_prefix("Sort Key: ");
        key.is_some_and(|key| !FEW.contains(&key))
            || step.contains("TEMP B-TREE") && !of_one_person(n)
    };
    let all = steps.iter().enumerate();
    all.filter(|(n, step)| sorted(*n, step))
        .map(|(_, step)| *step)
        .collect()
}

test_both! {
    async fn no_list_reads_or_sorts_a_whole_table(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let asker = filled(&shelf, on_sqlite(&db)).await;
        let plans = shelf.store.plans(asker).await;
        let names: Vec<&str> = plans.iter().map(|plan| plan.name).collect();
        assert_eq!(names, OVER.map(|(name, _)| name), "every list has a row");
        for (plan, (name, indexes)) in plans.iter().zip(OVER) {
            let over = indexes.iter().any(|index| plan.steps.contains(index));
            assert!(over, "{name} goes over none of {indexes:?}:\n{}", plan.steps);
            assert_eq!(whole_tables(plan), [""; 0], "{name} reads whole tables:\n{}", plan.steps);
            if !MAY_SORT.contains(&name) {
                assert_eq!(sorts(plan), [""; 0], "{name} sorts:\n{}", plan.steps);
            }
        }
    }
}

fn plan(steps: &str) -> Plan {
    Plan {
        name: "a plan",
        steps: steps.to_owned(),
    }
}

#[test]
fn a_whole_table_or_a_sort_of_one_is_noticed() {
    for (steps, whole, sorted) in [
        ("SEARCH m USING INDEX messages_thread (at<?)", 0, 0),
        ("CO-ROUTINE c\nSCAN conversations\nSCAN c", 1, 0),
        (
            "SEARCH v USING INDEX x (y=?)\nUSE TEMP B-TREE FOR ORDER BY",
            0,
            1,
        ),
        (
            "SEARCH p USING INDEX x (y=?)\nUSE TEMP B-TREE FOR ORDER BY",
            0,
            0,
        ),
        ("Limit\n  ->  Seq Scan on windows w", 1, 0),
        (
            "Limit\n  ->  Sort\n    Sort Key: conversations.last_at DESC",
            0,
            1,
        ),
        ("Sort\n  Sort Key: c.last_at DESC, c.id DESC", 0, 0),
    ] {
        let plan = plan(steps);
        assert_eq!(
            (whole_tables(&plan).len(), sorts(&plan).len()),
            (whole, sorted),
            "{steps}"
        );
    }
}
