//! One installation: a folder, a database, and the program that is started on them again and again.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio::process::Command;

use crate::agent::Agent;
use crate::database::{self, Engine};
use crate::program::{self, Ended, Running};
use crate::sandbox::Sandbox;
use crate::until::until;

/// An installation. Gone with its folder when dropped.
pub struct Install {
    folder: TempDir,
    database_url: Option<String>,
    graph_url: String,
    address: SocketAddr,
}

impl Install {
    /// A new one that talks to the given Graph API. Its address stays the same over all starts,
    /// as Meta knows only one.
    pub async fn new(engine: Engine, graph_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = database::create(engine, folder.path()).await;
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        Self {
            folder,
            database_url,
            graph_url: graph_url.to_owned(),
            address,
        }
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the program has logged over all its starts.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// The end of the log, for a message.
    #[must_use]
    pub fn log_tail(&self) -> String {
        program::tail(&self.log())
    }

    /// The folder with its data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command of this installation, for whoever adds to it.
    pub fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = program::command(arguments);
        command
            .env("CHARLA_DATA_DIR", self.data())
            .env("CHARLA_LISTEN", self.address.to_string())
            .env("CHARLA_PUBLIC_URL", self.url())
            .env("CHARLA_GRAPH_URL", &self.graph_url)
            .env("CHARLA_LOG", "info")
            .envs(
                self.database_url
                    .iter()
                    .map(|url| ("CHARLA_DATABASE_URL", url)),
            );
        command
    }

    /// `charla serve`, up and ready.
    pub async fn start(&self) -> Running {
        let running = Running::start(self.command(["serve"]), &self.log()).await;
        self.until_ready().await;
        running
    }

    /// Kills what runs and starts anew.
    pub async fn restart(&self, running: Running) -> Running {
        running.kill().await;
        self.start().await
    }

    /// `charla serve`, killed should it not be up by then.
    pub async fn start_and_kill_after(&self, patience: Duration) -> Option<Running> {
        Running::start_and_kill_after(self.command(["serve"]), &self.log(), patience).await
    }

    /// Waits until the program says that it is ready.
    pub async fn until_ready(&self) {
        let (http, url) = (crate::http(), format!("{}/readyz", self.url()));
        until("the server to be ready", async || {
            http.get(&url)
                .send()
                .await
                .ok()
                .filter(|answer| answer.status().is_success())
        })
        .await;
    }

    /// First-run set-up: an owner and a workspace.
    pub async fn set_up(&self, running: &Running) -> Agent {
        Agent::set_up(&self.url(), running.said("setup_code")).await
    }

    /// Tells the program of the sandbox's app and number, over the command line.
    pub async fn connect(&self, sandbox: &Sandbox) -> Value {
        let secret = self.file("secret", &sandbox.app_secret);
        let verify_token = self.file("verify-token", &sandbox.verify_token);
        let app = [
            "app",
            "set",
            "--secret-file",
            &secret,
            "--verify-token-file",
            &verify_token,
        ];
        program::run(self.command(app)).await;
        let number = (&*sandbox.phone_number_id, &*sandbox.waba_id);
        program::run(self.connecting(&sandbox.access_token, number)).await
    }

    /// The same for any token, number and account.
    pub async fn tries_to_connect(&self, token: &str, number: (&str, &str)) -> Ended {
        program::end(self.connecting(token, number)).await
    }

    fn connecting(&self, token: &str, (number, account): (&str, &str)) -> Command {
        let token = self.file("token", token);
        self.command([
            "channel",
            "connect",
            "whatsapp",
            "--phone-number-id",
            number,
            "--account-id",
            account,
            "--name",
            "Casa Turia",
            "--token-file",
            &token,
        ])
    }

    /// Runs a command to its end.
    pub async fn end<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ended {
        program::end(self.command(arguments)).await
    }

    /// Runs a command and reads the JSON that it prints.
    pub async fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Value {
        program::run(self.command(arguments)).await
    }

    /// Runs a statement in the main database, behind the program's back; answers how many rows it touched.
    pub async fn meddle(&self, statement: &str) -> u64 {
        let statement = AssertSqlSafe(statement.to_owned());
        if let Some(url) = &self.database_url {
            let mut connection = PgConnection::connect(url).await.unwrap();
            return connection.execute(statement).await.unwrap().rows_affected();
        }
        let file = self.data().join("charla.db");
        let mut connection = SqliteConnection::connect(file.to_str().unwrap())
            .await
            .unwrap();
        let touched = connection.execute(statement).await.unwrap().rows_affected();
        connection.close().await.unwrap();
        touched
    }

    /// A file beside the data.
    #[must_use]
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_string_lossy().into_owned()
    }

    /// Waits until all that was acknowledged has been applied.
    pub async fn until_applied(&self, agent: &Agent) {
        until("the journal to be applied", async || {
            let health = agent.get("health").await;
            (health["journal"]["waiting"] == json!(0)).then_some(())
        })
        .await;
    }
}
