//! [`contracts::ports::Checkpoints`]: how far a fold is.

use bytes::Bytes;

use super::World;

/// The last one of its name, whatever its size.
pub async fn a_checkpoint_replaces_the_last(world: &impl World) {
    let checkpoints = world.checkpoints();
    assert_eq!(checkpoints.load("ledger").await, Ok(None));
    let large = Bytes::from_iter((0..3 * world.payload_bytes_max()).map(|at| at as u8));
    for content in ["small".into(), large.clone(), Bytes::new(), "other".into(), large] {
        checkpoints.save("ledger", content.clone()).await.unwrap();
        assert!(checkpoints.load("ledger").await.unwrap().unwrap() == content);
    }
    assert_eq!(checkpoints.load("timers").await, Ok(None));
}

/// Until it is saved again; others stay.
pub async fn a_forgotten_checkpoint_is_gone(world: &impl World) {
    let checkpoints = world.checkpoints();
    checkpoints.forget("ledger").await.unwrap();
    for name in ["ledger", "timers"] {
        checkpoints.save(name, name.into()).await.unwrap();
    }
    checkpoints.forget("ledger").await.unwrap();
    assert_eq!(checkpoints.load("ledger").await, Ok(None));
    assert_eq!(checkpoints.load("timers").await.unwrap().unwrap(), "timers");
    checkpoints.save("ledger", "again".into()).await.unwrap();
    assert_eq!(checkpoints.load("ledger").await.unwrap().unwrap(), "again");
}
