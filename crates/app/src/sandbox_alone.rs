//! `charla sandbox`: the simulated Meta by itself.

use std::io::Write;

use sandbox::{Options, Sandbox};

use crate::Failure;
use crate::cli::SandboxArgs;

pub(crate) async fn run(args: SandboxArgs) -> Result<(), Failure> {
    crate::open::log(&std::env::var("CHARLA_LOG").unwrap_or_else(|_| "warn".to_owned()))?;
    let sandbox = Sandbox::start(Options {
        listen: args.listen,
        callback_url: args.callback,
        seed: args.seed,
        movable_clock: args.movable_clock,
        ..Options::default()
    })
    .await?;
    println!("{}", serde_json::to_string(&sandbox.hello())?);
    std::io::stdout().flush()?;
    crate::serve::told_to_stop().await;
    sandbox.shutdown().await;
    Ok(())
}
