//! Waiting, at the start, for what others run: the broker and the database.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// The pause before the second attempt; each further one is twice as long.
const PAUSE_MIN: Duration = Duration::from_millis(100);

/// The longest such pause.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Attempts until it works, for as long as `most`, while what failed is `away`. That it waits, and
/// for what, is said once.
///
/// # Errors
/// The last attempt's.
pub async fn patiently<T, E: Display, F: Future<Output = Result<T, E>>>(
    what: &str,
    most: Duration,
    attempt: impl Fn() -> F,
    away: impl Fn(&E) -> bool,
) -> Result<T, E> {
    let (begun, mut pause) = (Instant::now(), PAUSE_MIN);
    loop {
        let error = match attempt().await {
            Ok(done) => {
                if pause > PAUSE_MIN {
                    tracing::info!(what, waited_ms = begun.elapsed().as_millis(), "start.goes_on");
                }
                return Ok(done);
            }
            Err(error) => error,
        };
        if !away(&error) || begun.elapsed() + pause > most {
            return Err(error);
        }
        if pause == PAUSE_MIN {
            let most_s = most.as_secs();
            tracing::warn!(what, reason = %error, most_s, "start.waits");
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::patiently;

    async fn after(failures: u32, error: &'static str) -> (Result<u32, &'static str>, u32) {
        let attempts = Cell::new(0);
        let attempt = || {
            attempts.set(attempts.get() + 1);
            let made = attempts.get();
            std::future::ready(if made > failures { Ok(made) } else { Err(error) })
        };
        let most = Duration::from_secs(20);
        let came = patiently("it", most, attempt, |error| *error == "away").await;
        (came, attempts.get())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_away_is_waited_for_and_nothing_else() {
        assert_eq!(after(0, "away").await, (Ok(1), 1));
        assert_eq!(after(5, "away").await, (Ok(6), 6));
        assert_eq!(after(5, "wrong").await, (Err("wrong"), 1));
        let (came, attempts) = after(u32::MAX, "away").await;
        assert_eq!(came, Err("away"));
        assert!(attempts > 5, "{attempts}");
    }
}
