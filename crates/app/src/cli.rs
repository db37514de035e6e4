//! The command line. Its words are stable: scripts rely on them.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are help texts, read in a terminal"
)]

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A shared inbox for WhatsApp, website chat, Messenger and Instagram.
#[derive(Debug, Parser)]
#[command(name = "charla", version, about, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run Charla with a simulated Meta and sample data; nothing to set up.
    ///
    /// Everything lives in a temporary folder and is gone at the end. Example: charla demo
    Demo(Demo),
    /// Run Charla.
    ///
    /// Settings come from charla.toml and the environment. Example: CHARLA_DATA_DIR=/var/lib/charla charla serve
    Serve(Serve),
    /// Run the simulated Meta alone.
    ///
    /// Prints its addresses and secrets as one line of JSON. Example: charla sandbox --listen 127.0.0.1:4000
    Sandbox(SandboxArgs),
    /// Look at settings, keys and data, and say what is wrong.
    ///
    /// Example: charla doctor
    Doctor,
    /// Copy the embedded database into one file, while Charla runs.
    ///
    /// The master key is not in it: keep that apart. Example: charla backup charla-2026-11-23.backup
    Backup {
        /// The file to write; it must not exist.
        file: PathBuf,
    },
    /// Put a backup into an empty data folder.
    ///
    /// Example: CHARLA_DATA_DIR=/var/lib/charla charla restore charla-2026-11-23.backup
    Restore {
        /// The file to read.
        file: PathBuf,
    },
    /// Tools for webhooks.
    #[command(subcommand)]
    Webhook(Webhook),
    /// Bring signed webhooks to a running Charla, as fast as asked, and tell how it went.
    ///
    /// Example: charla load --url $CALLBACK_URL --secret-file secret --phone-number-id 1 --count 10000
    Load(Load),
    /// Print the description of the HTTP API.
    ///
    /// Example: charla openapi > openapi.json
    Openapi,
    /// Manage people who sign in.
    #[command(subcommand)]
    User(User),
    /// Manage connected channels.
    #[command(subcommand)]
    Channel(Channel),
    /// Manage the provider's apps, whose secrets sign webhooks.
    #[command(subcommand)]
    App(AppCommand),
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where to listen.
    #[arg(long, env = "CHARLA_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where the simulated Meta listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) sandbox_listen: SocketAddr,
    /// Print one line of JSON instead of words.
    #[arg(long)]
    pub(crate) json: bool,
    /// Start without sample conversations.
    #[arg(long)]
    pub(crate) empty: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The settings file.
    #[arg(long, default_value = "charla.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:4000")]
    pub(crate) listen: SocketAddr,
    /// Where to bring webhooks; without it they wait until the app is subscribed over the API.
    #[arg(long)]
    pub(crate) callback: Option<String>,
    /// Makes ids and secrets the same at every start.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Let the control API move the clock.
    #[arg(long)]
    pub(crate) movable_clock: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Print how Charla reads payloads, one line of JSON per event.
    ///
    /// Example: charla webhook inspect payload.json
    Inspect {
        /// Files with a webhook's body.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Load {
    /// The callback address.
    #[arg(long)]
    pub(crate) url: String,
    /// A file with the app's secret.
    #[arg(long)]
    pub(crate) secret_file: PathBuf,
    /// The number the customers write to.
    #[arg(long)]
    pub(crate) phone_number_id: String,
    /// How many webhooks.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) count: u64,
    /// How many at once.
    #[arg(long, default_value_t = 64)]
    pub(crate) producers: usize,
    /// How many a second; as fast as it goes if not given.
    #[arg(long)]
    pub(crate) rate: Option<u64>,
    /// How many different customers.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) customers: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Print a link that sets a new password.
    ///
    /// Example: charla user reset marta@casaturia.example
    Reset {
        /// The person's e-mail address.
        email: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Channel {
    /// Connect a channel, or give a connected one a new token.
    #[command(subcommand)]
    Connect(Connect),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Connect {
    /// Connect a WhatsApp number of the Cloud API.
    ///
    /// Example: charla channel connect whatsapp --phone-number-id 106540352242922 --account-id 102290129340398
    /// --name "Casa Turia" --token-file token
    Whatsapp(WhatsApp),
}

#[derive(Debug, Args)]
pub(crate) struct WhatsApp {
    /// The number's id, as Meta's dashboard shows it.
    #[arg(long)]
    pub(crate) phone_number_id: String,
    /// The id of the WhatsApp Business Account.
    #[arg(long)]
    pub(crate) account_id: String,
    /// What your team calls it.
    #[arg(long)]
    pub(crate) name: String,
    /// A file with the access token.
    #[arg(long)]
    pub(crate) token_file: PathBuf,
    /// The app that brings its webhooks.
    #[arg(long, default_value = "default")]
    pub(crate) app: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Keep an app's secret and verify token.
    ///
    /// Example: charla app set --secret-file secret --verify-token-file verify-token
    Set {
        /// The app's name: the last part of its callback path, `default` for /webhooks/meta itself.
        #[arg(long, default_value = "default")]
        name: String,
        /// A file with the app secret.
        #[arg(long)]
        secret_file: PathBuf,
        /// A file with the verify token of your choice.
        #[arg(long)]
        verify_token_file: PathBuf,
    },
}
