//! kill -9 at random moments: every acknowledged rating is there afterwards, whole, and the chain holds.
//!
//! `STORE_CRASH_ROUNDS=1000` does a thousand rounds on each engine; 20 without.

#![allow(clippy::print_stderr, reason = "what was run is part of what a test says")]

#[path = "common/kill.rs"]
mod kill;
#[path = "common/mod.rs"]
mod stores;

use kill::{Left, count, rounds};
use std::collections::HashMap;
use std::time::Duration;
use store::{Kept, Keys, Record, Store, Verdict, Written};
use stores::*;

fn answer(id: &str) -> Vec<u8> {
    id.bytes().cycle().take(700).collect()
}

/// Not a test of its own: the child of [`sqlite_survives_kill_9`] and of its like on PostgreSQL.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some((address, folder)) = kill::child() else { return };
    let store = Store::open(&address, Keys::read(&folder.join("keys")).expect("keys")).await.expect("open");
    for writer in 0..16 {
        let store = store.clone();
        tokio::spawn(async move {
            for i in 0.. {
                let mut new = rating("a", &format!("s{}", i % 50), "", 1, T0 + i);
                new.request_id = format!("q-{}", new.rating_id);
                new.answer = answer(&new.rating_id);
                let (id, at) = (new.rating_id.clone(), new.created_at);
                let write = match writer % 4 {
                    // A job of three lines and two rows: there whole or not at all.
                    0 => job(&new).and(line("note", at), None).and(
                        line("Grant", at),
                        Some(Record::Consent(Box::new(consent("a", &new.subject, &format!("c-{id}"), at)))),
                    ),
                    _ => job(&new),
                };
                assert!(matches!(store.write(write).await, Ok(Written::New { .. })));
                kill::acknowledged(&format!("{} {id}", u8::from(writer % 4 == 0)));
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Every rating that was acknowledged, with the consent of its job where it had one.
async fn all_there(store: Store, acknowledged: Vec<(String, bool)>, at: String) {
    for (id, with_consent) in acknowledged {
        let found = store.rating("a", &id).await.expect("read").unwrap_or_else(|| panic!("{at}: {id} lost"));
        assert_eq!(found.answer.here().expect("kept").bytes, answer(&id));
        let inputs = store.inputs("a", &id).await.expect("read");
        assert_eq!(inputs, Some(Kept::Here(b"inputs of ".to_vec())));
        if with_consent {
            let consent = store.consent("a", &format!("c-{id}")).await.expect("read");
            assert!(consent.is_some(), "{at}: consent of {id} lost");
        }
    }
}

async fn make(place: &Place) {
    place.open().await.close().await;
}

/// Kills, and what is left of each.
async fn killed(engine: &Engine<'_>, must_hit: bool) {
    let mut all: HashMap<String, bool> = HashMap::new();
    rounds(engine, count("STORE_CRASH_ROUNDS"), must_hit, make, async |left| {
        let Left { place, acknowledged, first, at } = left;
        if first {
            all.clear();
        }
        let read = |ack: &String| Some((ack.get(2..)?.to_owned(), ack.starts_with('1')));
        let acknowledged: Vec<(String, bool)> = acknowledged.iter().filter_map(read).collect();
        let store = place.open().await;
        // As many at a time as the store has connections for reading.
        let readers: Vec<_> = acknowledged
            .chunks(acknowledged.len().div_ceil(4).max(1))
            .map(|share| tokio::spawn(all_there(store.clone(), share.to_vec(), at.clone())))
            .collect();
        for reader in readers {
            reader.await.expect("all there");
        }
        all.extend(acknowledged);
        match store.verify(None).await.expect("walk") {
            Verdict::Whole { .. } => {}
            Verdict::Broken { seq, fault } => panic!("{at}: line {seq}: {fault}"),
        }
        // A request that was answered before the kill has the same answer after it.
        if let Some(id) = all.keys().next() {
            let mut again = rating("a", "s0", &format!("q-{id}"), 1, T0);
            again.answer = b"other".to_vec();
            let Ok(Written::RepeatedRating(r)) = store.write(job(&again)).await else { panic!("{id} is new") };
            assert_eq!(r.answer.here().expect("kept").bytes, answer(id));
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_survives_kill_9() {
    killed(&Engine::Sqlite, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_survives_kill_9_of_its_client() {
    let Some(server) = postgres::Server::start() else { return };
    // The waits are the server's, so that they can not be seen here.
    killed(&Engine::Postgres(&server), false).await;
}

/// The server goes at once while the store writes, and comes back: what was acknowledged is there, and the store goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_goes_on_after_its_server_fell() {
    let Some(mut server) = postgres::Server::start() else { return };
    let place = Engine::Postgres(&server).place();
    let store = place.open().await;
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let (mut written, mut errors) = (Vec::new(), 0);
                    while errors == 0 {
                        let mut new = rating("a", "s", "", 1, T0);
                        new.request_id.clone_from(&new.rating_id);
                        match store.write(job(&new)).await {
                            Ok(_) => written.push(new.rating_id),
                            Err(e) => {
                                assert!(e.is_unavailable(), "{e:?}");
                                errors += 1;
                            }
                        }
                    }
                    written
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.stop(libc::SIGQUIT);
        for task in tasks {
            acknowledged.extend(task.await.expect("no panic"));
        }
        server.run();
        assert!(!store.counters().refusing);
        store.write(job(&rating("a", "s", &format!("after {round}"), 1, T0))).await.expect("goes on");
        for id in &acknowledged {
            assert!(store.rating("a", id).await.expect("read").is_some(), "{id} lost");
        }
        assert!(matches!(store.verify(None).await.expect("walk"), Verdict::Whole { .. }));
    }
    assert!(acknowledged.len() > 10);
}
