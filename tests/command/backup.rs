//! Backup and restore of the embedded install.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use charla_tests::agent::Agent;
use charla_tests::database::Engine;
use charla_tests::install::Install;
use charla_tests::program::Ended;
use charla_tests::sandbox::Sandbox;
use charla_tests::until::until;
use charla_tests::webhook::{Text, texts};
use sha2::{Digest, Sha256};
use sqlx::{Connection, Executor, SqliteConnection};
use tempfile::TempDir;

const NO_GRAPH: &str = "http://127.0.0.1:9";
const PRODUCERS: usize = 8;
const CUSTOMERS: u64 = 20;

/// Webhooks that come in until they are told to stop, and those that were acknowledged.
struct Load {
    sandbox: Sandbox,
    server: String,
    acknowledged: Mutex<BTreeSet<String>>,
    stop: AtomicBool,
}

impl Load {
    async fn bring(self: Arc<Self>, producer: usize) {
        let http = charla_tests::http();
        for n in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let body = format!("message {n} of producer {producer}");
            let text = Text {
                from: (34_600_000_000 + n % CUSTOMERS).to_string(),
                id: format!("wamid.{producer}.{n}"),
                body: body.clone(),
            };
            if texts(&self.sandbox, &[text])
                .post(&http, &self.server)
                .await
            {
                self.acknowledged.lock().unwrap().insert(body);
            }
        }
    }

    fn acknowledged(&self) -> BTreeSet<String> {
        self.acknowledged.lock().unwrap().clone()
    }
}

/// What all threads show of customers' words, and how often.
async fn shown(agent: &Agent) -> BTreeMap<String, u32> {
    let mut shown = BTreeMap::new();
    for conversation in agent.conversations().await.into_values() {
        for message in agent.thread(&conversation, "in").await {
            *shown.entry(message.text).or_default() += 1;
        }
    }
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_all_that_was_acknowledged_before_it_and_serves() {
    let sandbox = Sandbox::start().await;
    let install = Install::new(Engine::Sqlite, &sandbox.graph_url).await;
    let running = install.start().await;
    let agent = install.set_up(&running).await;
    install.connect(&sandbox).await;
    let load = Arc::new(Load {
        sandbox,
        server: install.url(),
        acknowledged: Mutex::default(),
        stop: AtomicBool::new(false),
    });
    let producers: Vec<_> = (0..PRODUCERS)
        .map(|producer| tokio::spawn(Arc::clone(&load).bring(producer)))
        .collect();
    let before = until("some webhooks", async || {
        let acknowledged = load.acknowledged();
        (acknowledged.len() >= 200).then_some(acknowledged)
    })
    .await;

    let backups = TempDir::new().unwrap();
    let file = backups.path().join("charla.backup");
    let written = backup(&install, &file).await;
    let during = load.acknowledged().len() - before.len();
    load.stop.store(true, Ordering::Relaxed);
    for producer in producers {
        producer.await.unwrap();
    }
    running.kill().await;
    let key = install.data().join("master.key");
    assert!(
        written.printed.contains(key.to_str().unwrap()),
        "{written:?}"
    );
    assert!(during > 0, "nothing came in meanwhile");
    assert_eq!(only_name(backups.path()), "charla.backup");
    assert_eq!(mode(&file), 0o600);
    let archive = zstd::decode_all(std::fs::File::open(&file).unwrap()).unwrap();
    let secret = std::fs::read(&key).unwrap();
    assert!(
        !archive.windows(secret.len()).any(|part| part == secret),
        "the key is in the backup"
    );

    let second = Install::new(Engine::Sqlite, &load.sandbox.graph_url).await;
    let restored = restore(&second, &file).await;
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert!(
        restored.printed.contains("Put the master key back"),
        "{restored:?}"
    );
    assert_eq!(mode(&second.data().join("charla.db")), 0o600);
    std::fs::copy(&key, second.data().join("master.key")).unwrap();
    let doctor = second.end(["doctor"]).await;
    assert_eq!(doctor.code, Some(0), "{doctor:?}");

    let running = second.start().await;
    let agent = agent.at(&second.url());
    second.until_applied(&agent).await;
    let shown = shown(&agent).await;
    let lost: Vec<_> = before
        .iter()
        .filter(|text| !shown.contains_key(*text))
        .collect();
    let doubled: Vec<_> = shown.iter().filter(|(_, times)| **times > 1).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert!(doubled.is_empty(), "doubled: {doubled:?}");
    let newest = Text {
        from: "34600999999".to_owned(),
        id: "wamid.after".to_owned(),
        body: "after the restore".to_owned(),
    };
    assert!(
        texts(&load.sandbox, &[newest])
            .post(&charla_tests::http(), &second.url())
            .await
    );
    until("the restored install to take a webhook", async || {
        agent
            .conversations()
            .await
            .contains_key("+34600999999")
            .then_some(())
    })
    .await;
    running.kill().await;
}

#[tokio::test]
async fn what_waited_in_a_backup_is_a_draft_again_and_is_not_sent_a_second_time() {
    const CUSTOMER: &str = "34600200001";
    const NOT_PAID: u32 = 131_042;
    let sandbox = Sandbox::start().await;
    let install = Install::new(Engine::Sqlite, &sandbox.graph_url).await;
    let running = install.start().await;
    let agent = install.set_up(&running).await;
    install.connect(&sandbox).await;
    sandbox.delivers_to(&install.url()).await;
    sandbox.add_customer(CUSTOMER).await;
    sandbox.customer_writes(CUSTOMER, "Hi").await;
    let conversation = until("the conversation", async || {
        agent.conversations().await.into_values().next()
    })
    .await;
    let path = format!("conversations/{conversation}/messages");
    let reply = |text: &str| serde_json::json!({"kind": "reply", "text": text, "key": text});
    sandbox
        .faults(&serde_json::json!({"fail_next": {"code": NOT_PAID}}))
        .await;
    agent.post(&path, &reply("One")).await.unwrap();
    until("the number to rest", async || {
        let listed = install.run(["channel", "list", "--json"]).await;
        (listed[0]["state"] == "rests").then_some(())
    })
    .await;
    agent.post(&path, &reply("Two")).await.unwrap();
    let backups = TempDir::new().unwrap();
    let file = backups.path().join("charla.backup");
    backup(&install, &file).await;
    let number = sandbox.phone_number_id.as_str();
    let on_phone = async |text: &str| {
        until("the reply to reach the phone", async || {
            sandbox.on_phones().await.get(text).copied()
        })
        .await
    };
    install.run(["channel", "resume", number]).await;
    on_phone("Two").await;
    running.kill().await;

    let second = Install::new(Engine::Sqlite, &sandbox.graph_url).await;
    let restored = restore(&second, &file).await;
    assert!(
        restored
            .printed
            .contains("2 in number: they are their authors' drafts again"),
        "{restored:?}"
    );
    let key = "master.key";
    std::fs::copy(install.data().join(key), second.data().join(key)).unwrap();
    let running = second.start().await;
    let agent = agent.at(&second.url());
    let page = agent
        .get(&format!("conversations/{conversation}/thread?limit=50"))
        .await;
    let draft = page["drafts"]["reply"].as_str().unwrap();
    assert!(draft.contains("Two"), "{page}");
    let entries = page["entries"].as_array().unwrap();
    assert!(
        entries
            .iter()
            .any(|entry| entry["parts"][0]["params"]["why"] == "restored"),
        "{page}"
    );
    let tried = &agent.thread(&conversation, "out").await[0];
    assert_eq!(
        (tried.text.as_str(), tried.delivery.as_deref()),
        ("One", Some("unknown"))
    );
    second.run(["channel", "resume", number]).await;
    let retry = format!("messages/{}/retry", tried.id);
    let (_, refused) = agent.post(&retry, &serde_json::json!({})).await.unwrap();
    assert_eq!(refused["code"], "outcome-unknown", "{refused}");
    agent.post(&path, &reply("Three")).await.unwrap();
    on_phone("Three").await;
    for text in ["One", "Two"] {
        assert_eq!(on_phone(text).await, 1, "{text}");
    }
    running.kill().await;
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let install = Install::new(Engine::Sqlite, NO_GRAPH).await;
    let running = install.start().await;
    let backups = TempDir::new().unwrap();
    let file = backups.path().join("charla.backup");
    backup(&install, &file).await;

    let again = install.end(["backup", file.to_str().unwrap()]).await;
    refused(&again, "exists: choose another name");
    refused(
        &restore(&install, &file).await,
        "another Charla runs on the data in",
    );
    running.kill().await;
    refused(&restore(&install, &file).await, "holds no data");
    assert_eq!(only_name(backups.path()), "charla.backup");
}

#[tokio::test]
async fn what_cannot_be_restored_is_told_and_leaves_nothing_behind() {
    let install = Install::new(Engine::Sqlite, NO_GRAPH).await;
    install.start().await.kill().await;
    let backups = TempDir::new().unwrap();
    let whole = backups.path().join("whole");
    backup(&install, &whole).await;
    let bytes = std::fs::read(&whole).unwrap();
    let place = |name: &str, bytes: &[u8]| {
        let path = backups.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let newer = from_a_newer_version(&install, backups.path()).await;
    let (half, _) = bytes.split_at(bytes.len() / 2);

    let empty = Install::new(Engine::Sqlite, NO_GRAPH).await;
    for (file, says) in [
        (place("half", half), "it is cut off or damaged"),
        (
            place("other", b"something else"),
            "it is no backup of Charla",
        ),
        (newer, "use the newer program"),
        (backups.path().join("missing"), "No such file"),
    ] {
        let ended = restore(&empty, &file).await;
        refused(&ended, says);
        assert!(ended.said.contains(file.to_str().unwrap()), "{ended:?}");
    }
    assert_eq!(only_name(&empty.data()), "charla.lock");
    assert_eq!(restore(&empty, &whole).await.code, Some(0));
}

async fn backup(install: &Install, file: &Path) -> Ended {
    let ended = install.end(["backup", file.to_str().unwrap()]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

async fn restore(install: &Install, file: &Path) -> Ended {
    install.end(["restore", file.to_str().unwrap()]).await
}

fn refused(ended: &Ended, says: &str) {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.said.contains(says), "{says} is not in {ended:?}");
}

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

/// The name of the one thing in a folder.
fn only_name(folder: &Path) -> String {
    let names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    names[0].clone()
}

/// A backup that only a later Charla can read.
async fn from_a_newer_version(install: &Install, folder: &Path) -> PathBuf {
    let database = install.data().join("charla.db");
    let mut connection = SqliteConnection::connect(database.to_str().unwrap())
        .await
        .unwrap();
    connection
        .execute("UPDATE schema_versions SET version = 999")
        .await
        .unwrap();
    connection
        .execute("PRAGMA wal_checkpoint(TRUNCATE)")
        .await
        .unwrap();
    connection.close().await.unwrap();
    let files = ["journal.db", "charla.db"].map(|name| {
        let bytes = std::fs::read(install.data().join(name)).unwrap();
        (name, bytes)
    });
    let sums: BTreeMap<_, _> = files
        .iter()
        .map(|(name, bytes)| (*name, hex::encode(Sha256::digest(bytes))))
        .collect();
    let manifest = serde_json::json!({"version": "999.0.0", "files": sums}).to_string();
    let mut archive = tar::Builder::new(Vec::new());
    let manifest = [("manifest.json", manifest.into_bytes())];
    for (name, bytes) in manifest.into_iter().chain(files) {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive
            .append_data(&mut header, name, bytes.as_slice())
            .unwrap();
    }
    let path = folder.join("newer");
    let packed = zstd::encode_all(archive.into_inner().unwrap().as_slice(), 1).unwrap();
    std::fs::write(&path, packed).unwrap();
    path
}
