//! From the start to the first 200, and what the program takes when nothing happens.

use std::time::Instant;

use charla_tests::install::Install;
use charla_tests::program::Running;

use crate::report::{self, Bar};

const STARTS: usize = 5;

/// Starts an empty install several times; the last one goes on running.
pub(crate) async fn measure(install: &Install) -> Running {
    // The first start makes the database.
    let mut running = install.start().await;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        running.kill().await;
        let started = Instant::now();
        running = install.start().await;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    let median = report::percentile(&mut times, 0.5);
    report::line(
        "start to the first 200 (median)",
        median,
        "ms",
        Bar::AtMost {
            must: 300.0,
            aim: 60.0,
        },
    );
    match resident(running.id()) {
        Some(mebibytes) => {
            report::line(
                "memory, idle",
                mebibytes,
                "MiB",
                Bar::AtMost {
                    must: 40.0,
                    aim: 20.0,
                },
            );
        }
        None => println!("  memory, idle: only Linux tells it (/proc)"),
    }
    running
}

/// Resident memory in MiB.
fn resident(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kibibytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(
        kibibytes
            .trim()
            .trim_end_matches(" kB")
            .parse::<f64>()
            .ok()?
            / 1_024.0,
    )
}
