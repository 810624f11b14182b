//! kill -9 at random moments: every acknowledged event is there afterwards, the chain holds, records and balances are what
//! follows from the events, and what was to be entered together is there together or not at all.
//!
//! `LEDGER_CRASH_ROUNDS=1000` does a thousand rounds on each engine; 20 without.

#![allow(clippy::print_stderr, reason = "what was run is part of what a test says")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "common/kill.rs"]
mod kill;
#[path = "common/mod.rs"]
mod stores;

use common::{applied, body, granted, noon, of_loan};
use kill::{Left, count, rounds};
use ledger::Event;
use ledger::event::{Actor, Office};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use store::{Ledger, LedgerVerdict, Taken};
use stores::*;

/// The life of a loan, in the order in which it is told.
fn life(bank: &str, loan: &str, enterprise: u32) -> Vec<Event> {
    let told: [Value; 6] = [
        applied("ordinary", enterprise),
        json!("completed"),
        granted(1_000_000, None),
        json!({ "disbursed": { "amount_fen": 600_000 } }),
        json!({ "disbursed": { "amount_fen": 400_000 } }),
        json!({ "repaid": { "principal_fen": 1_000_000 } }),
    ];
    let event = |(i, did): (usize, Value)| Event {
        request_id: format!("{loan}.{i}").parse().expect("an id"),
        actor: Actor { id: "li".parse().expect("an id"), office: Office::Bank(bank.parse().expect("an id")) },
        effective_on: "2024-05-06".parse().expect("a day"),
        recorded_at: noon("2024-05-06"),
        body: body(of_loan(bank, loan, did)),
    };
    told.into_iter().enumerate().map(event).collect()
}

/// Not a test of its own: the child of the two below.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some((address, _)) = kill::child() else { return };
    let ledger = Ledger::open(&address).await.expect("open");
    for writer in 0..16 {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            let bank = ["icbc", "abc", "boc", "ccb"][writer % 4];
            for i in 0.. {
                let together = writer % 4 == 0;
                let loan = format!("{}{}", if together { "t" } else { "s" }, uuid());
                let events = life(bank, &loan, i % 50);
                let taken: Vec<Taken> = match together {
                    true => ledger.append_together(events).await.expect("entered"),
                    false => {
                        let mut taken = Vec::new();
                        for event in events {
                            taken.push(ledger.append(event).await.expect("entered"));
                            let last = taken.last().expect("one");
                            kill::acknowledged(&format!("{} {loan}.{}", last.seq, taken.len() - 1));
                        }
                        taken
                    }
                };
                assert!(taken.iter().all(|t| !t.repeated));
                if together {
                    kill::acknowledged(&format!("{} {loan}.0", taken[0].seq));
                }
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
}

async fn make(place: &Place) {
    Ledger::open(&place.address).await.expect("open").close().await;
}

async fn killed(engine: &Engine<'_>, must_hit: bool) {
    let mut all = Vec::new();
    rounds(engine, count("LEDGER_CRASH_ROUNDS"), must_hit, make, async |left| {
        let Left { place, acknowledged, first, at } = left;
        if first {
            all.clear();
        }
        all.extend(acknowledged);
        let ledger = Ledger::open(&place.address).await.expect("open");
        // A server may still be at a commit that its client sent before it was killed: a judgement waits for it.
        ledger.judge_all(Vec::new()).await.expect("judged");
        let (mut requests, mut together, mut last) = (HashMap::new(), HashMap::<String, u32>::new(), 0);
        loop {
            let page = ledger.lines(last, 1_000).await.expect("read");
            let Some(end) = page.last() else { break };
            last = end.seq;
            for line in page {
                let request = line.event.request_id.to_string();
                if let Some((loan, _)) = request.split_once('.').filter(|(loan, _)| loan.starts_with('t')) {
                    *together.entry(loan.to_owned()).or_default() += 1;
                }
                assert_eq!(requests.insert(request, line.seq), None, "{at}: entered twice");
            }
        }
        for ack in &all {
            let (seq, request) = ack.split_once(' ').expect("number and request");
            assert_eq!(requests.get(request).map(u64::to_string).as_deref(), Some(seq), "{at}: {request} lost");
        }
        for (loan, events) in together {
            assert_eq!(events, 6, "{at}: a part of {loan}");
        }
        match ledger.verify().await.expect("walked") {
            LedgerVerdict::Whole { head, .. } => assert_eq!(head.seq, last, "{at}"),
            LedgerVerdict::Broken(fault) => panic!("{at}: {fault}"),
        }
        // A request that was entered before the kill is known after it.
        if let Some(line) = ledger.lines(0, 1).await.expect("read").pop() {
            let taken = ledger.append(line.event).await.expect("known");
            assert!(taken.repeated && taken.seq == 1, "{at}");
        }
        ledger.close().await;
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
