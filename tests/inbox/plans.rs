//! Lists stay fast however many rows there are: their plans go over indexes.

use domain::delivery::Report;
use jiff::SignedDuration;
use store::testing::{Asker, Part, Plan};
use store::{Outcome, Received, test_both};

use crate::harness::{Shelf, report, start};

const CUSTOMERS: usize = 3000;

/// Thousands of rows in every table that a list reads, and the engine's statistics about them.
async fn filled(shelf: &Shelf) -> Asker {
    let now = start();
    let text = |n: usize, round: usize| {
        let at = now - SignedDuration::from_secs(i64::try_from(n + round).unwrap());
        shelf.text(&format!("34600{n:06}"), &format!("wamid.{n}.{round}"), "Hola", at)
    };
    for round in 0..4 {
        let texts: Vec<Received> = (0..CUSTOMERS).map(|n| text(n, round)).collect();
        shelf.apply(&texts, now).await;
    }
    let conversations = shelf.conversations().await;
    for (n, &conversation) in conversations.iter().enumerate().take(600) {
        let agent = shelf.agents[n % 3];
        shelf.store.assign(shelf.workspace, conversation, Some(agent), agent, now).await.unwrap();
        if n % 4 == 0 {
            shelf.store.resolve(shelf.workspace, conversation, agent, now).await.unwrap();
        } else {
            shelf.replies(conversation, &format!("key {n}"), now).await;
        }
    }
    let sent = shelf.begins(conversations[700], "sent", now).await;
    let accepted = Outcome::Accepted { external_id: "wamid.out".to_owned() };
    shelf.ends(&sent, accepted, now).await;
    shelf.apply(&[shelf.status(report("wamid.out", Report::Sent, 1))], now).await;
    let entry = |n: u8| store::NewEntry { received_at: now, app: "default".to_owned(), body: vec![n; 200] };
    for _ in 0..20 {
        shelf.store.append_to_journal((0..100).map(entry).collect()).await.unwrap();
    }
    shelf.store.note_applied(1990, now).await.unwrap();
    shelf.store.meddle(Part::Main, "ANALYZE").await;
    shelf.store.meddle(Part::Journal, "ANALYZE").await;
    Asker {
        workspace: shelf.workspace,
        agent: shelf.agents[1],
        channel: shelf.channel,
        conversation: conversations[0],
        now,
    }
}

/// The tables that grow with use.
const GROWING: [&str; 13] = [
    "conversations",
    "contacts",
    "contact_terms",
    "identities",
    "windows",
    "messages",
    "reads",
    "drafts",
    "outbox",
    "tries",
    "events",
    "journal",
    "journal_applied",
];

/// Steps that read a growing table from end to end, in either engine's words.
fn scans(plan: &Plan) -> Vec<&str> {
    let steps = plan.steps.lines().map(str::trim);
    steps
        .filter(|step| {
            let whole_table = |table: &&str| {
                let sqlite = step.starts_with("SCAN ") && !step.contains(" USING ") && aliased(step, table);
                let postgres = step.contains("Seq Scan on ") && step.split_whitespace().any(|w| w == *table);
                sqlite || postgres
            };
            GROWING.iter().any(|table| whole_table(&table))
        })
        .collect()
}
