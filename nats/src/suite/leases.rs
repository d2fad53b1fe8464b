//! [`contracts::ports::Leases`]: who owns which partition.

use std::time::Duration;

use contracts::Partition;
use contracts::ports::{Lease, LeaseError, Leases};
use futures_util::future::join_all;

use super::World;
use super::world::config;

fn partition() -> Partition {
    Partition::new(7).expect("there are 64")
}

/// Tries until the lease is free.
async fn acquire_when_free(leases: &dyn Leases, holder: &str) -> Lease {
    loop {
        match leases.acquire(partition(), holder).await {
            Ok(lease) => return lease,
            Err(LeaseError::Held(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Taking, renewing, taking one's own again.
pub async fn one_holder_at_a_time(world: &impl World) {
    let leases = world.leases();
    let lease = leases.acquire(partition(), "a").await.unwrap();
    assert_eq!((lease.partition, lease.holder.as_str()), (partition(), "a"));
    let held = LeaseError::Held("a".to_owned());
    assert_eq!(leases.acquire(partition(), "b").await, Err(held));
    let renewed = leases.renew(&lease).await.unwrap();
    assert_eq!(renewed.epoch, lease.epoch);
    assert_eq!(leases.renew(&lease).await, Err(LeaseError::Lost), "an old version");
    let again = leases.acquire(partition(), "a").await.unwrap();
    assert_eq!(again.epoch, lease.epoch);
    leases.renew(&again).await.unwrap();
}

/// A drained node lets go, and nobody waits.
pub async fn a_free_lease_goes_to_another_with_a_higher_epoch(world: &impl World) {
    let leases = world.leases();
    let first = leases.acquire(partition(), "a").await.unwrap();
    leases.release(&first).await.unwrap();
    let second = leases.acquire(partition(), "b").await.unwrap();
    assert!(second.epoch > first.epoch);
    assert_eq!(leases.renew(&first).await, Err(LeaseError::Lost));
    assert_eq!(leases.release(&first).await, Err(LeaseError::Lost));
    assert_eq!(leases.held().await, Ok(vec![second]));
}

/// A dead node: its lease goes to another after its term, and it may not come back.
pub async fn a_lease_that_runs_out_is_lost(world: &impl World) {
    let leases = world.leases();
    let first = leases.acquire(partition(), "a").await.unwrap();
    let started = tokio::time::Instant::now();
    let second = acquire_when_free(&*leases, "b").await;
    let term = Duration::from_millis(config().lease_ttl_ms);
    assert!(started.elapsed() > term / 2, "{:?}", started.elapsed());
    assert!(started.elapsed() < term * 4, "{:?}", started.elapsed());
    assert!(second.epoch > first.epoch);
    assert_eq!(leases.renew(&first).await, Err(LeaseError::Lost));
    assert_eq!(leases.held().await.unwrap(), vec![second]);
}

/// Sixteen nodes at once.
pub async fn one_of_many_gets_a_free_lease(world: &impl World) {
    let leases = world.leases();
    let names: Vec<String> = (0..16).map(|n| format!("node-{n}")).collect();
    let taken = join_all(names.iter().map(|name| leases.acquire(partition(), name))).await;
    let winners = taken.iter().filter(|it| it.is_ok()).count();
    assert_eq!(winners, 1, "{taken:?}");
    assert!(
        taken
            .iter()
            .flat_map(|it| it.as_ref().err())
            .all(|error| matches!(error, LeaseError::Held(_)))
    );
}

/// Who holds what now, in the order of partitions.
pub async fn all_leases_are_listed(world: &impl World) {
    let leases = world.leases();
    assert_eq!(leases.held().await, Ok(Vec::new()));
    let mut taken = Vec::new();
    for partition in Partition::all().step_by(9) {
        taken.push(leases.acquire(partition, "a").await.unwrap());
    }
    assert_eq!(leases.held().await, Ok(taken));
}
