//! The built program as a process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// The program under test: `CHARLA_BIN`, or what cargo builds.
pub fn path() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        std::env::var_os("CHARLA_BIN").map_or_else(|| build(root), |path| root.join(path))
    })
}

fn build(root: &Path) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--package",
            "charla",
            "--message-format",
            "json",
        ])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|message| message["target"]["name"] == "charla" && message["executable"].is_string())
        .and_then(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the program it built")
}

/// A command of the program, without the settings of whoever runs the tests.
pub fn command<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(path());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CHARLA_") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ended {
    /// What it ended with.
    pub code: Option<i32>,
    /// What it printed.
    pub printed: String,
    /// What it said beside that.
    pub said: String,
}

/// Longer than any command takes that ends by itself.
const PATIENCE: Duration = Duration::from_mins(3);

/// Runs a command to its end; it is killed if that does not come.
pub async fn end(mut command: Command) -> Ended {
    let output = timeout(PATIENCE, command.output()).await;
    let output = output.expect("the command ends by itself").unwrap();
    Ended {
        code: output.status.code(),
        printed: String::from_utf8_lossy(&output.stdout).into_owned(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a command to its end, which is a good one, and reads the JSON that it prints.
pub async fn run(command: Command) -> Value {
    let what = format!("{:?}", command.as_std());
    let ended = end(command).await;
    assert_eq!(ended.code, Some(0), "{what}: {ended:?}");
    serde_json::from_str(ended.printed.trim())
        .unwrap_or_else(|error| panic!("no JSON ({error}): {ended:?}"))
}

/// A program that goes on running, and the line it says first.
pub struct Running {
    child: Child,
    /// The first line, which is JSON.
    pub first_line: Value,
}

impl Running {
    /// Starts a command and waits for its first line. What it logs goes to the end of `log`.
    pub async fn start(command: Command, log: &Path) -> Self {
        let started = Self::start_and_kill_after(command, log, Duration::from_mins(1)).await;
        started.unwrap_or_else(|| panic!("nothing was said in a minute; the log:\n{}", tail(log)))
    }

    /// Starts a command, and kills it should it not have said its first line by then.
    pub async fn start_and_kill_after(
        mut command: Command,
        log: &Path,
        patience: Duration,
    ) -> Option<Self> {
        let log_file = File::options().create(true).append(true).open(log).unwrap();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log_file)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let Ok(line) = timeout(patience, lines.next_line()).await else {
            child.kill().await.unwrap();
            return None;
        };
        let line = line
            .unwrap()
            .unwrap_or_else(|| panic!("{:?} ended; the log:\n{}", command.as_std(), tail(log)));
        let first_line =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("no JSON ({error}): {line}"));
        // Somebody has to go on reading, or the program would one day wait for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self { child, first_line })
    }

    /// What the first line says under a name.
    pub fn said(&self, name: &str) -> &str {
        self.first_line[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {}", self.first_line))
    }

    /// The process, for those who look at it from outside.
    pub fn id(&self) -> u32 {
        self.child.id().expect("it is running")
    }

    /// `kill -9`, and nothing is left of it when this returns.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// The end of a log, for a message.
#[must_use]
pub fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
