//! A database of a later program is left alone.

use super::common::*;
use store::Store;

pub(crate) async fn a_newer_schema_is_refused(engine: &Engine<'_>) {
    let place = engine.place();
    place.open().await.close().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (99, 'newer', TRUE, '', 0)";
    raw(&place.address, newer).await.expect("inserted");
    let refused = Store::open(&place.address, place.keys.clone()).await.map(drop).expect_err("newer");
    assert_eq!(refused.to_string(), "store has schema 99, this version knows up to 9");
    raw(&place.address, "DELETE FROM _sqlx_migrations WHERE version = 99").await.expect("deleted");
    place.open().await.close().await;
    raw(
        &place.address,
        "UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 2) \
                   WHERE version = 1",
    )
    .await
    .expect("changed");
    let refused = Store::open(&place.address, place.keys.clone()).await.map(drop).expect_err("another");
    assert_eq!(refused.to_string(), "migration 1 of the store differs from the one of this version");
}
