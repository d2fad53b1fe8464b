//! [`contracts::ports::Blobs`]: large content under its hash.

use bytes::Bytes;
use contracts::ports::PortError;
use contracts::{Hash, Tenant};

use super::World;

const ACME: Tenant = Tenant::from_static("acme");

/// Keeping it twice is keeping it once.
pub async fn content_is_kept_under_its_hash(world: &impl World) {
    let (blobs, content) = (world.blobs(), Bytes::from_static(b"content"));
    let hash = Hash::of(&content);
    assert_eq!(blobs.get(&ACME, hash).await, Ok(None));
    for _ in 0..2 {
        assert_eq!(blobs.put(&ACME, content.clone()).await, Ok(hash));
        assert_eq!(blobs.get(&ACME, hash).await, Ok(Some(content.clone())));
    }
}

/// Knowing a hash is no right to its content. Names with every letter that a tenant may have.
pub async fn tenants_do_not_see_each_others(world: &impl World) {
    let blobs = world.blobs();
    let (one, two) = (Tenant::from_static("a:b@c_d-E"), Tenant::from_static("a-b@c_d-E"));
    let hash = blobs.put(&one, Bytes::from_static(b"secret")).await.unwrap();
    assert_eq!(blobs.get(&two, hash).await, Ok(None));
    assert!(blobs.get(&one, hash).await.unwrap().is_some());
}

/// What was changed behind our back is told, never given out.
pub async fn damage_is_told(world: &impl World) {
    let blobs = world.blobs();
    let hash = blobs.put(&ACME, Bytes::from_static(b"content")).await.unwrap();
    world.damage_blob(ACME, hash).await;
    let damaged = blobs.get(&ACME, hash).await;
    assert!(matches!(damaged, Err(PortError::Damaged(_))), "{damaged:?}");
}

/// More than a message carries, and nothing at all.
pub async fn large_and_empty_content(world: &impl World) {
    let blobs = world.blobs();
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(|n| [(n % 251) as u8]).collect();
    for content in [Bytes::from(large), Bytes::new()] {
        let hash = blobs.put(&ACME, content.clone()).await.unwrap();
        assert_eq!(hash, Hash::of(&content));
        assert_eq!(blobs.get(&ACME, hash).await.unwrap(), Some(content));
    }
}
