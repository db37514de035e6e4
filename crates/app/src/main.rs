//! The one binary: arguments, settings, wiring, embedded pages.

mod archive;
mod backup;
mod channels;
mod cli;
mod connect;
mod demo;
mod doctor;
mod inspect;
mod load;
mod lock;
mod log;
mod open;
mod pages;
mod sandbox_alone;
mod serve;
mod settings;
mod users;
mod words;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use cli::{AppCommand, Channel, Cli, Command, Connect, User, Webhook};

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
    let mut said = error.to_string();
    eprintln!("charla: {said}");
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        // Some libraries repeat their cause in their own text.
        if !said.ends_with(&text) {
            eprintln!("  because: {text}");
        }
        said = text;
        source = cause.source();
    }
    ExitCode::FAILURE
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(options) => demo::run(options).await?,
        Command::Serve(settings) => serve::run(&settings).await?,
        Command::Sandbox(options) => sandbox_alone::run(options).await?,
        Command::Doctor(asked) => return doctor::run(&asked).await,
        Command::Backup { file, settings } => backup::write(&file, &settings).await?,
        Command::Restore { file, settings } => backup::restore(&file, &settings).await?,
        Command::Webhook(Webhook::Inspect { files }) => return inspect::run(&files),
        Command::Load(options) => load::run(options).await?,
        Command::Openapi => say(server::openapi().to_pretty_json()?)?,
        Command::User(User::Reset { email, settings }) => users::reset(&email, &settings).await?,
        Command::Channel(command) => channel(&command).await?,
        Command::App(AppCommand::Set(app)) => connect::app(&app).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn channel(command: &Channel) -> Result<(), Failure> {
    match command {
        Channel::List { json, settings } => channels::list(*json, settings).await,
        Channel::Connect(Connect::Whatsapp(number)) => connect::whatsapp(number).await,
        Channel::Resume(which) => channels::resume(which).await,
        Channel::Rename { which, name } => channels::rename(which, name).await,
        Channel::Disconnect(which) => channels::disconnect(which).await,
    }
}
