//! `charla sandbox`: the simulated Meta by itself.

use sandbox::{Options, Sandbox};
use tracing::level_filters::LevelFilter;

use crate::cli::SandboxArgs;
use crate::settings::Settings;
use crate::{Failure, log, say, serve};

pub(crate) async fn run(args: SandboxArgs) -> Result<(), Failure> {
    let settings = Settings::of_environment(std::env::vars_os())?;
    log::start(settings.log, LevelFilter::WARN);
    let sandbox = Sandbox::start(Options {
        listen: args.listen,
        callback_url: args.callback,
        seed: args.seed,
        movable_clock: args.movable_clock,
        ..Options::default()
    })
    .await?;
    say(serde_json::to_string(&sandbox.hello())?)?;
    serve::told_to_stop().await;
    sandbox.shutdown().await;
    Ok(())
}
