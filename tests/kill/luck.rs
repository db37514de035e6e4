//! Chance that can be repeated, and the kills it leads to.

use std::time::Duration;

use charla_tests::install::Install;
use charla_tests::program::Running;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::watch;

/// The seed of this run, printed so that it can be had again.
pub(crate) fn seed() -> u64 {
    let seed = std::env::var("CHARLA_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
    println!("CHARLA_SEED={seed}");
    seed
}

/// How often to kill.
pub(crate) fn kills() -> u32 {
    std::env::var("CHARLA_KILLS")
        .map_or(30, |kills| kills.parse().expect("CHARLA_KILLS is a number"))
}

/// What the kills met.
#[derive(Default)]
pub(crate) struct Killed {
    /// While it served.
    pub(crate) serving: u32,
    /// While it started and took up what the kill before had left.
    pub(crate) starting: u32,
}

/// Kills the program again and again and starts it anew. `up` tells the load when it may go on.
/// The one that runs at the end is returned.
pub(crate) async fn kill_again_and_again(
    install: &Install,
    mut running: Running,
    kills: u32,
    seed: u64,
    up: &watch::Sender<bool>,
) -> (Running, Killed) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut killed = Killed::default();
    while killed.serving + killed.starting < kills {
        tokio::time::sleep(Duration::from_micros(rng.random_range(20_000..350_000))).await;
        running.kill().await;
        up.send_replace(false);
        killed.serving += 1;
        if rng.random_bool(0.2) && killed.serving + killed.starting < kills {
            let patience = Duration::from_millis(rng.random_range(1..60));
            if let Some(early) = install.start_and_kill_after(patience).await {
                early.kill().await;
                killed.serving += 1;
            } else {
                killed.starting += 1;
            }
        }
        running = install.start().await;
        up.send_replace(true);
    }
    (running, killed)
}
