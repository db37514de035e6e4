//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(1);

/// Asks again and again until the answer is there.
///
/// # Panics
/// After a minute, with what was waited for.
pub async fn until<T, F>(what: &str, mut ask: F) -> T
where
    F: AsyncFnMut() -> Option<T>,
{
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            started.elapsed() < PATIENCE,
            "waited a minute in vain for {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
