//! The house under test.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use charla_tests::until::until;
use domain::permission::Role;
use domain::{ChannelId, UserId, WorkspaceId};
use jiff::SignedDuration;
use meta::graph::Graph;
use sandbox::{Faults, Hello, NumberOptions, Options, Sandbox};
use serde_json::{Value, json};
use server::accounts::{NewOwner, OwnWorkspace, SetupCode, set_up};
use server::channels::{Directory, NewWhatsApp, Watch, set_app};
use server::live::Live;
use server::media::{Files, Media};
use server::messages::Senders;
use server::metrics::Metrics;
use server::secrets::Secrets;
use server::webhooks::{Journal, Unverified};
use server::workers::Workers;
use server::{App, Clock, Parts, Settings};
use store::test_db::TestDb;
use store::testing::Part;
use store::{Chance, Location, NewUser, NewWorkspace};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::agent::Agent;
use super::phones::Customer;
use super::{Socket, patient_client, start};

/// A running Charla with one workspace, its owner and one number; a second number stands ready.
pub(crate) struct TestApp {
    pub(crate) app: App,
    /// The owner, signed in. Their messages go out at once: see [`Agent::takes_back_for`].
    pub(crate) ana: Agent,
    pub(crate) sandbox: Hello,
    pub(crate) workspace: WorkspaceId,
    pub(crate) channel: ChannelId,
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    db: TestDb,
    files: Files,
    address: SocketAddr,
    meta: Option<Sandbox>,
    numbers: Vec<String>,
    people: AtomicUsize,
    serving: Option<Serving>,
}

/// The server's side of the listener.
struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl TestApp {
    /// A house on a fresh database.
    pub(crate) async fn new(db: TestDb) -> Self {
        Self::storing_in(Files::in_memory(), db).await
    }

    /// The same, with its files in a storage.
    pub(crate) async fn storing_in(files: Files, db: TestDb) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}");
        let sandbox = simulated_meta(&url, 0).await;
        let hello = sandbox.hello();
        let clock = Clock::standing_at(start());
        let app = app(&db, &files, &hello, clock, &url).await;
        let (owner, membership) = set_up(&app, ana()).await.unwrap();
        let mut t = Self {
            serving: Some(serve(listener, &app)),
            ana: Agent::nobody(&url),
            numbers: numbers_of(&hello).await,
            workspace: membership.id,
            channel: ChannelId::new(start(), [0; 10]),
            people: AtomicUsize::new(0),
            http: patient_client(),
            sandbox: hello,
            meta: Some(sandbox),
            app,
            url,
            db,
            files,
            address,
        };
        t.set_app("default", &t.sandbox.app_secret).await;
        t.channel = t.connect(0, membership.id, &t.sandbox.access_token).await;
        t.app.start(true).await.unwrap();
        t.ana = t.sign_in(owner).await;
        t.ana.takes_back_for(0).await;
        t
    }

    async fn set_app(&self, name: &str, secret: &str) {
        let (secret, token) = (secret.as_bytes(), self.sandbox.verify_token.as_bytes());
        let now = self.app.clock.system_now();
        set_app(&self.app.store, &self.app.secrets, name, secret, token, now)
            .await
            .unwrap();
    }

    /// One more app of Meta's, whose webhooks come under its own path.
    pub(crate) async fn add_app(&self, name: &str, secret: &str) {
        self.set_app(name, secret).await;
        self.reload().await;
    }

    /// The id of one of the simulated Meta's numbers.
    pub(crate) fn number(&self, n: usize) -> &str {
        &self.numbers[n]
    }

    async fn connect(&self, n: usize, workspace: WorkspaceId, token: &str) -> ChannelId {
        let number = NewWhatsApp {
            workspace,
            app: "default",
            number_id: self.number(n),
            account_id: &self.sandbox.waba_id,
            name: "Casa Turia",
            address: "+34 960 00 12 34",
            token,
        };
        let now = self.app.clock.now();
        let connected = number
            .connect(&self.app.store, &self.app.secrets, now)
            .await;
        connected.unwrap().id
    }

    /// Connects a number, or connects it anew, while everything runs.
    pub(crate) async fn connect_number(&self, n: usize) -> ChannelId {
        self.connect_to(n, self.workspace).await
    }

    /// Connects a number, or connects it anew, as the command line does from another process.
    pub(crate) async fn connect_unnoticed(&self, n: usize, workspace: WorkspaceId) {
        let token = &self.sandbox.access_token;
        self.connect(n, workspace, token).await;
    }

    /// Connects a number to any workspace.
    pub(crate) async fn connect_to(&self, n: usize, workspace: WorkspaceId) -> ChannelId {
        let channel = self.connect(n, workspace, &self.sandbox.access_token).await;
        self.reload().await;
        channel
    }

    pub(crate) async fn reload(&self) {
        let now = self.app.clock.system_now();
        let reloading = self
            .app
            .channels
            .reload(&self.app.store, &self.app.secrets, now);
        reloading.await.unwrap();
    }

    async fn sign_in(&self, user: UserId) -> Agent {
        let (store, secrets) = (&self.app.store, &self.app.secrets);
        let token = secrets.new_token();
        // Longer than any browser's: tests let days pass.
        let until = start() + SignedDuration::from_hours(24 * 365);
        let adding = store.add_session(user, secrets.session_hash(&token), start(), until);
        adding.await.unwrap();
        Agent::with_cookie(&self.url, &format!("charla_session={}", token.text())).await
    }

    /// One more colleague, signed in.
    pub(crate) async fn colleague(&self, name: &str) -> Agent {
        self.member_of(self.workspace, name, Role::Agent).await
    }

    /// One more person of a workspace, signed in, whose messages go out at once.
    pub(crate) async fn member_of(&self, workspace: WorkspaceId, name: &str, role: Role) -> Agent {
        let email = format!(
            "{}@casaturia.example",
            self.people.fetch_add(1, Ordering::SeqCst)
        );
        let user = NewUser {
            email: email.clone(),
            name: name.to_owned(),
            password_hash: None,
            locale: "en".to_owned(),
            time_zone: "Europe/Madrid".to_owned(),
        };
        let (store, now) = (&self.app.store, self.app.clock.now());
        store
            .add_agent(workspace, &user, role, now)
            .await
            .unwrap()
            .unwrap();
        let credentials = store.credentials_by_email(&email).await.unwrap().unwrap();
        let agent = self.sign_in(credentials.user).await;
        agent.takes_back_for(0).await;
        agent
    }

    /// A second company on the same install.
    pub(crate) async fn other_workspace(&self) -> WorkspaceId {
        let new = NewWorkspace {
            name: "Otra Casa".to_owned(),
            locale: "es".to_owned(),
            time_zone: "Europe/Madrid".to_owned(),
            currency: "EUR".to_owned(),
        };
        let now = self.app.clock.now();
        self.app.store.add_workspace(&new, now).await.unwrap()
    }

    /// The process dies and starts again on the same data.
    pub(crate) async fn restart(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.stop.send(()).unwrap();
            serving.task.await.unwrap();
        }
        let clock = self.app.clock.clone();
        self.app.store.close().await;
        self.app = app(&self.db, &self.files, &self.sandbox, clock, &self.url).await;
        let listener = until("the address to be free", async || {
            TcpListener::bind(self.address).await.ok()
        })
        .await;
        self.serving = Some(serve(listener, &self.app));
        self.app.start(true).await.unwrap();
    }

    /// One more server on the same database and files.
    pub(crate) async fn another_server(&self) -> App {
        let clock = self.app.clock.clone();
        let app = app(&self.db, &self.files, &self.sandbox, clock, &self.url).await;
        app.start(false).await.unwrap();
        app
    }

    /// The process is told to stop, and starts again on the same data.
    pub(crate) async fn stop_and_start(&mut self) {
        self.app.stop().await;
        self.restart().await;
    }

    /// Time passes, here and at Meta.
    pub(crate) async fn pass(&self, time: SignedDuration) {
        self.pass_at_meta(time).await;
        self.pass_here(time);
    }

    /// Time passes at Charla only: at the edge of a window Meta must not be the one to refuse.
    pub(crate) fn pass_here(&self, time: SignedDuration) {
        self.app.clock.pass(time);
    }

    /// Time passes at Meta only.
    pub(crate) async fn pass_at_meta(&self, time: SignedDuration) {
        self.control("clock", &json!({"advance_seconds": time.as_secs()}))
            .await;
    }

    /// Waits for something, a second of business time at a time: retries and rates need it to pass.
    pub(crate) async fn as_time_passes<T>(
        &self,
        what: &str,
        mut ask: impl AsyncFnMut() -> Option<T>,
    ) -> T {
        until(what, async || {
            let found = ask().await;
            if found.is_none() {
                self.pass_here(SignedDuration::from_secs(1));
            }
            found
        })
        .await
    }

    /// Waits until everything that was journalled is applied.
    pub(crate) async fn applied(&self) {
        until("the journal to be applied", async || {
            let backlog = self.app.store.backlog().await.unwrap();
            (backlog.waiting == 0).then_some(())
        })
        .await;
    }

    /// Tells the simulated Meta's control API something.
    pub(crate) async fn control(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/{path}", self.sandbox.control_url);
        let answer = self.http.post(url).json(body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Asks the simulated Meta's control API.
    pub(crate) async fn asked(&self, path: &str) -> Value {
        let url = format!("{}/{path}", self.sandbox.control_url);
        let answer = self.http.get(url).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// Meta takes the token no more. Whoever watches the channel has looked before: it rests because of what is sent.
    pub(crate) async fn revokes_the_token(&self) {
        until("the channel to have been looked at", async || {
            (self.rows("standings", "read_at > 0").await > 0).then_some(())
        })
        .await;
        self.faults(json!({"token_revoked": true})).await;
    }

    /// Bends the simulated Meta.
    pub(crate) async fn faults(&self, faults: Value) {
        self.control("faults", &faults).await;
    }

    /// The calls that sent a message, as Meta saw them, oldest first: `http` is its answer.
    pub(crate) async fn sends(&self) -> Vec<Value> {
        let log = self.asked("log?limit=2000").await;
        let entries = log["entries"].as_array().unwrap();
        let receipt = |e: &Value| e["detail"]["what"] == "read" || e["detail"]["what"] == "typing";
        let sent = entries
            .iter()
            .filter(|e| e["kind"] == "POST /messages" && !receipt(e));
        sent.cloned().collect()
    }

    /// Waits for so many calls that sent a message, and makes sure that there were no more. Meta writes a
    /// call down after it has answered, so the phone may show a message a moment before.
    pub(crate) async fn called(&self, times: usize) {
        until(&format!("{times} calls"), async || {
            (self.sends().await.len() >= times).then_some(())
        })
        .await;
        assert_eq!(self.sends().await.len(), times, "calls that sent a message");
    }

    /// A customer with a number.
    pub(crate) async fn customer(&self, wa_id: &str) -> Customer<'_> {
        Customer::with_number(self, wa_id).await
    }

    /// The phone of a customer whom Meta knows already.
    pub(crate) fn phone_of(&self, wa_id: &str) -> Customer<'_> {
        Customer::known(self, wa_id)
    }

    /// Nothing answers at Meta's address.
    pub(crate) async fn meta_goes_away(&mut self) {
        self.meta.take().unwrap().shutdown().await;
    }

    /// A Meta with the same secrets and numbers answers again.
    pub(crate) async fn meta_comes_back(&mut self) {
        let port = self
            .sandbox
            .graph_url
            .rsplit_once(':')
            .unwrap()
            .1
            .parse()
            .unwrap();
        self.meta = Some(simulated_meta(&self.url, port).await);
    }

    /// A customer who keeps their number to themselves.
    pub(crate) async fn shy_customer(&self, name: &str) -> Customer<'_> {
        Customer::without_number(self, name).await
    }

    /// Ana's browser listens.
    pub(crate) async fn listens(&self, after: i64) -> Socket {
        self.ana.listens(self.workspace, Some(after)).await
    }

    /// The first row of a statement with one column of text.
    pub(crate) async fn found(&self, statement: &str) -> Option<String> {
        let found = self.app.store.texts(Part::Main, statement).await;
        found.into_iter().next().flatten()
    }

    /// An expression for a column's id as hex digits, in the engine's words.
    pub(crate) fn as_text(&self, column: &str) -> String {
        if self.on_sqlite() {
            format!("hex({column})")
        } else {
            format!("CAST({column} AS TEXT)")
        }
    }

    pub(crate) fn on_sqlite(&self) -> bool {
        matches!(self.db.location(), Location::Folder(_))
    }

    /// How many rows of a table fulfil a condition.
    pub(crate) async fn rows(&self, table: &str, condition: &str) -> i64 {
        let part = if table == "journal" {
            Part::Journal
        } else {
            Part::Main
        };
        self.app.store.rows_where(part, table, condition).await
    }
}

/// Meta, with two numbers, whose webhooks come soon and whose customers read when they are told to.
async fn simulated_meta(url: &str, port: u16) -> Sandbox {
    let number = |digits: &str| NumberOptions {
        phone_number_id: None,
        display_phone_number: digits.to_owned(),
        verified_name: "Casa Turia".to_owned(),
    };
    let options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], port)),
        seed: Some(1),
        callback_url: Some(format!("{url}/webhooks/meta")),
        start_clock: Some(start()),
        movable_clock: true,
        numbers: vec![number("+34 960 00 12 34"), number("+34 960 00 12 35")],
        faults: Faults {
            delivered_after_ms: 0,
            read_after_ms: 0,
            retry_base_ms: 20,
            retry_max_ms: 200,
            ..Faults::default()
        },
        ..Options::default()
    };
    Sandbox::start(options).await.unwrap()
}

async fn numbers_of(hello: &Hello) -> Vec<String> {
    let url = format!("{}/state", hello.control_url);
    let answer = patient_client().get(url).send().await.unwrap();
    let state: Value = answer.json().await.unwrap();
    let numbers = state["numbers"].as_array().unwrap();
    let ids = numbers
        .iter()
        .map(|n| n["phone_number_id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

async fn app(db: &TestDb, files: &Files, meta: &Hello, clock: Clock, url: &str) -> App {
    let store = db.open().await;
    App::new(Parts {
        journal: Journal::start(store.clone()),
        store,
        secrets: Secrets::from_key([7; 32], Chance::from_os()),
        clock,
        chance: Chance::from_os(),
        settings: Settings {
            public_url: None,
            demo: false,
            sandbox_url: None,
            webhook_origin: Some(url.to_owned()),
        },
        graph: Graph::new(&meta.graph_url, server::http::client().unwrap()).unwrap(),
        channels: Directory::default(),
        watch: Watch::default(),
        live: Live::default(),
        media: Media::new(files.clone(), std::env::temp_dir()),
        senders: Senders::default(),
        setup: SetupCode::default(),
        metrics: Metrics::default(),
        unverified: Unverified::default(),
        workers: Workers::default(),
    })
}

fn serve(listener: TcpListener, app: &App) -> Serving {
    let router = server::router(app.clone(), axum::Router::new());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        // The test may end before the server does.
        let _ = stopped.await;
    };
    let task = tokio::spawn(async move {
        let serving = axum::serve(listener, service).with_graceful_shutdown(stopped);
        serving.await.unwrap();
    });
    Serving { stop, task }
}

fn ana() -> NewOwner {
    NewOwner {
        name: "Ana Roig".to_owned(),
        email: "ana@casaturia.example".to_owned(),
        password: "correct horse battery".to_owned(),
        workspace: OwnWorkspace {
            name: "Casa Turia".to_owned(),
            locale: "es".to_owned(),
            time_zone: "Europe/Madrid".to_owned(),
            currency: "USD".to_owned(),
        },
    }
}
