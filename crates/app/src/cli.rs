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
#[command(
    name = "charla",
    version,
    propagate_version = true,
    after_help = "Example, to look around: charla demo"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run Charla with a simulated Meta and sample data; nothing to set up.
    ///
    /// Everything lives in a temporary folder and is gone at the end.
    #[command(after_help = "Example: charla demo --listen 127.0.0.1:9000")]
    Demo(Demo),
    /// Run Charla.
    ///
    /// Settings come from charla.toml and from the environment, which wins: CHARLA_LISTEN, CHARLA_PUBLIC_URL,
    /// CHARLA_DATA_DIR, CHARLA_DATABASE_URL, CHARLA_GRAPH_URL, CHARLA_MASTER_KEY_FILE, CHARLA_LOG.
    #[command(after_help = "Example: CHARLA_DATA_DIR=/var/lib/charla charla serve")]
    Serve(SettingsFile),
    /// Run the simulated Meta alone.
    ///
    /// Prints its addresses and secrets as one line of JSON.
    #[command(after_help = "Example: charla sandbox --listen 127.0.0.1:4000")]
    Sandbox(SandboxArgs),
    /// Look at settings, keys and data, and say what is wrong.
    ///
    /// Ends with 1 if something is.
    #[command(after_help = "Example: CHARLA_DATA_DIR=/var/lib/charla charla doctor")]
    Doctor(Doctor),
    /// Copy the embedded database into one file, while Charla runs.
    ///
    /// The master key is not in it: keep that apart.
    #[command(after_help = "Example: charla backup charla-2026-11-23.backup")]
    Backup {
        /// The file to write; it must not exist.
        file: PathBuf,
        #[command(flatten)]
        settings: SettingsFile,
    },
    /// Put a backup into a data folder that holds no data yet.
    #[command(
        after_help = "Example: CHARLA_DATA_DIR=/var/lib/charla charla restore charla-2026-11-23.backup"
    )]
    Restore {
        /// The file to read.
        file: PathBuf,
        #[command(flatten)]
        settings: SettingsFile,
    },
    /// Tools for webhooks.
    #[command(
        subcommand,
        after_help = "Example: charla webhook inspect payload.json"
    )]
    Webhook(Webhook),
    /// Bring signed webhooks to a running Charla, as fast as asked, and tell how it went.
    #[command(
        after_help = "Example: charla load --url http://127.0.0.1:8080/webhooks/meta --secret-file secret.txt \
                      --phone-number-id 106540352242922 --count 10000"
    )]
    Load(Load),
    /// Print the description of the HTTP API.
    #[command(after_help = "Example: charla openapi > openapi.json")]
    Openapi,
    /// Manage people who sign in.
    #[command(
        subcommand,
        after_help = "Example: charla user reset marta@casaturia.example"
    )]
    User(User),
    /// Manage connected channels.
    #[command(
        subcommand,
        after_help = "Example: charla channel connect whatsapp --help"
    )]
    Channel(Channel),
    /// Manage the provider's apps, whose secrets sign webhooks.
    #[command(subcommand, after_help = "Example: charla app set --help")]
    App(AppCommand),
}

/// Where the settings are that the environment does not give.
#[derive(Debug, Args)]
pub(crate) struct SettingsFile {
    /// The settings file, which must then be there [default: charla.toml, if it is there].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Print one JSON array instead of words.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsFile,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where to listen [default: CHARLA_LISTEN, else 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where the simulated Meta listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) sandbox_listen: SocketAddr,
    /// Print one line of JSON instead of words.
    #[arg(long)]
    pub(crate) json: bool,
    /// Start without sample conversations.
    #[arg(long)]
    pub(crate) empty: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
    pub(crate) listen: SocketAddr,
    /// Where to bring webhooks; without it they wait until the app is subscribed over the API.
    #[arg(long, value_name = "URL")]
    pub(crate) callback: Option<String>,
    /// Makes ids and secrets the same at every start.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Let the control API move the clock.
    #[arg(long)]
    pub(crate) movable_clock: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Print how Charla reads payloads, one line of JSON per event.
    #[command(after_help = "Example: charla webhook inspect payload.json")]
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
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: PathBuf,
    /// The number the customers write to.
    #[arg(long, value_name = "ID")]
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
    #[command(after_help = "Example: charla user reset marta@casaturia.example")]
    Reset {
        /// The person's e-mail address.
        email: String,
        #[command(flatten)]
        settings: SettingsFile,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Channel {
    /// List the channels: whether they send, why not, and when the last webhook came.
    #[command(after_help = "Example: charla channel list")]
    List {
        /// Print one JSON array instead of words.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        settings: SettingsFile,
    },
    /// Connect a channel, or give a connected one a new token.
    #[command(
        subcommand,
        after_help = "Example: charla channel connect whatsapp --help"
    )]
    Connect(Connect),
    /// Let a channel that rests send again, once what was wrong with it is mended.
    ///
    /// One whose token is refused needs a new one: connect it again.
    #[command(after_help = "Example: charla channel resume 106540352242922")]
    Resume(Which),
    /// Call a channel something else.
    #[command(after_help = "Example: charla channel rename 106540352242922 \"Casa Turia Ventas\"")]
    Rename {
        #[command(flatten)]
        which: Which,
        /// What your team calls it from now on.
        #[arg(value_parser = channel_name)]
        name: String,
    },
    /// Disconnect a channel: nothing comes in or goes out any more, and its conversations stay.
    ///
    /// Replies that wait go back to their authors' drafts. Connect it again to take the conversations up.
    #[command(after_help = "Example: charla channel disconnect 106540352242922")]
    Disconnect(Which),
}

/// One channel.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The channel's id, or the phone number id that Meta gave it; `charla channel list` shows both.
    pub(crate) channel: String,
    #[command(flatten)]
    pub(crate) settings: SettingsFile,
}

/// A name that fits a list and a badge.
fn channel_name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err("expected 1 to 80 characters, none of them a control character")
    }
}

const LONGEST_NAME: usize = 80;

#[derive(Debug, Subcommand)]
pub(crate) enum Connect {
    /// Connect a WhatsApp number of the Cloud API, or give a connected one a new token and name.
    #[command(
        after_help = "Example: charla channel connect whatsapp --phone-number-id 106540352242922 \
                      --account-id 102290129340398 --name \"Casa Turia\" --token-file token.txt"
    )]
    Whatsapp(WhatsApp),
}

#[derive(Debug, Args)]
pub(crate) struct WhatsApp {
    /// The number's id, as Meta's dashboard shows it.
    #[arg(long, value_name = "ID")]
    pub(crate) phone_number_id: String,
    /// The id of the WhatsApp Business Account.
    #[arg(long, value_name = "ID")]
    pub(crate) account_id: String,
    /// What your team calls it.
    #[arg(long, value_parser = channel_name)]
    pub(crate) name: String,
    /// A file with the access token.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: PathBuf,
    /// The app that brings its webhooks.
    #[arg(long, default_value = "default", value_parser = app_name)]
    pub(crate) app: String,
    #[command(flatten)]
    pub(crate) settings: SettingsFile,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Keep an app's secret and verify token.
    #[command(
        after_help = "Example: charla app set --secret-file secret.txt --verify-token-file verify-token.txt"
    )]
    Set(App),
}

#[derive(Debug, Args)]
pub(crate) struct App {
    /// The app's name: the last part of its callback path, `default` for /webhooks/meta itself.
    #[arg(long, default_value = "default", value_parser = app_name)]
    pub(crate) name: String,
    /// A file with the app secret.
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: PathBuf,
    /// A file with the verify token of your choice.
    #[arg(long, value_name = "FILE")]
    pub(crate) verify_token_file: PathBuf,
    #[command(flatten)]
    pub(crate) settings: SettingsFile,
}

/// A name that stands in an address as it is.
fn app_name(text: &str) -> Result<String, &'static str> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if (1..=LONGEST_NAME).contains(&text.len()) && text.chars().all(is_letter) {
        Ok(text.to_owned())
    } else {
        Err(
            "expected letters without accents, digits, - and _, as it stands in the callback address",
        )
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn each(command: &clap::Command, look: &mut impl FnMut(&clap::Command)) {
        look(command);
        command.get_subcommands().for_each(|sub| each(sub, look));
    }

    #[test]
    fn every_command_explains_itself_with_an_example() {
        each(&Cli::command(), &mut |command| {
            let help = command.clone().render_long_help().to_string();
            assert!(help.contains("Example"), "{help}");
            assert!(help.contains("charla "), "{help}");
        });
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
