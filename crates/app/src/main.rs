//! The one binary: arguments, settings, wiring, embedded pages.

mod backup;
mod cli;
mod connect;
mod demo;
mod doctor;
mod inspect;
mod load;
mod open;
mod pages;
mod sandbox_alone;
mod serve;
mod settings;
mod users;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use cli::{Channel, Cli, Command, Connect, User, Webhook};

/// Why a command did not do what it was asked. Its text is for the person at the terminal.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Prints a line of what was asked for. A reader who has gone is not our failure: it ends the command.
fn say(line: impl std::fmt::Display) -> std::io::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn is_gone_reader(error: &(dyn std::error::Error + 'static)) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

/// 0: done. 1: it could not be done. 2: it was asked for wrongly.
fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing to do about a terminal that is gone.
            let _ = error.print();
            let asked = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            return if asked {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(2)
            };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(error) if is_gone_reader(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => failed(error.as_ref()),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("charla: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(options) => demo::run(options).await?,
        Command::Serve(options) => serve::run(&options.config).await?,
        Command::Sandbox(options) => sandbox_alone::run(options).await?,
        Command::Doctor => return doctor::run().await,
        Command::Backup { file } => backup::write(&file).await?,
        Command::Restore { file } => backup::restore(&file)?,
        Command::Webhook(Webhook::Inspect { files }) => return inspect::run(&files),
        Command::Load(options) => load::run(options).await?,
        Command::Openapi => say(server::openapi().to_pretty_json()?)?,
        Command::User(User::Reset { email }) => users::reset(&email).await?,
        Command::Channel(Channel::Connect(Connect::Whatsapp(number))) => {
            connect::whatsapp(&number).await?;
        }
        Command::App(app) => connect::app(app).await?,
    }
    Ok(ExitCode::SUCCESS)
}
