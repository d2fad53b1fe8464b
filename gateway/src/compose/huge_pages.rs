//! Pages of 2 MiB, for a process that has grown.
//!
//! The allocator asks the system for them. They make a busy process faster by a twelfth; of an idle
//! one most are nearly empty, and count as its memory all the same.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::settings::Supervision;

/// Takes small pages from now on; those who are started meanwhile do so for good.
pub fn hold_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_thp_disable(true) {
        tracing::debug!(%error, "huge_pages.not_held_back");
    }
}

/// Takes huge pages again once the process has grown. Ends then, or with `stop`.
pub async fn grant(limits: Supervision, stop: CancellationToken) {
    let pause = Duration::from_millis(limits.watch_interval_ms.max(1));
    let is_small = |bytes: u64| bytes < limits.huge_pages_from_bytes;
    while resident_bytes(std::process::id()).is_some_and(is_small) {
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_thp_disable(false) {
        tracing::debug!(%error, "huge_pages.held_back");
    }
}

/// Resident memory of a process, where the system tells it.
pub fn resident_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{grant, hold_back, resident_bytes};
    use crate::settings::Supervision;
    use nix::sys::prctl::get_thp_disable;
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn a_process_that_has_grown_takes_huge_pages_again() {
        assert!(resident_bytes(std::process::id()).is_some_and(|bytes| bytes > 100_000));
        hold_back();
        assert_eq!(get_thp_disable(), Ok(true));
        let limits = |huge_pages_from_bytes| Supervision {
            huge_pages_from_bytes,
            watch_interval_ms: 1,
            ..Supervision::default()
        };
        let stop = CancellationToken::new();
        stop.cancel();
        grant(limits(u64::MAX), stop.clone()).await;
        assert_eq!(get_thp_disable(), Ok(true), "it is small, and stops");
        grant(limits(1), stop).await;
        assert_eq!(get_thp_disable(), Ok(false));
    }
}
