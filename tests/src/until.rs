//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// Longer than a try takes to count as abandoned where several servers may share a database.
const PATIENCE: Duration = Duration::from_mins(3);

/// Asks again and again until the answer is there.
///
/// # Panics
/// After three minutes, with what was waited for.
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
            "waited three minutes in vain for {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
