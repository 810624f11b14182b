//! Drafts that one person makes and another ends, and what is kept of imports, on both engines.
#![allow(clippy::print_stderr, reason = "what was run is part of what a test says")]

mod common;

use common::*;
use store::{
    Draft, DraftEnd, Error, ImportRefusal, Ledger, NewDraft, NewImport, REFUSALS_KEPT, Record, Verdict, Write,
};

fn draft(id: &str, at: i64) -> NewDraft {
    NewDraft {
        draft_id: id.into(),
        maker: "li".into(),
        made_at: at,
        district: Some("500103".into()),
        body: r#"{"reported":{}}"#.into(),
        reason: "of the quarter".into(),
    }
}

fn end(id: &str, entry: Option<u64>) -> DraftEnd {
    DraftEnd { draft_id: id.into(), checker: "wang".into(), ended_at: T0 + 9, entry, reason: String::new() }
}

async fn a_draft_is_made_once_and_ends_once(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let make = |id| store.write(Write::of(line("Draft", T0), Record::Draft(draft(id, T0))));
    let finish = |id, entry| store.write(Write::of(line("DraftEnd", T0), Record::DraftEnd(end(id, entry))));
    for id in ["d1", "d2", "d3"] {
        make(id).await.expect("made");
    }
    assert!(matches!(make("d1").await, Err(Error::Conflict { what: "draft", .. })));
    assert!(matches!(finish("d9", None).await, Err(Error::NotFound { what: "draft", .. })));
    finish("d2", Some(7)).await.expect("ended");
    assert!(matches!(finish("d2", None).await, Err(Error::Conflict { what: "end of draft", .. })));
    // Of two that end one at once, one does.
    let (a, b) = tokio::join!(finish("d3", Some(8)), finish("d3", None));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    let all = store.drafts(9).await.expect("read");
    assert_eq!(all.iter().map(|d| d.draft.draft_id.as_str()).collect::<Vec<_>>(), ["d1", "d2", "d3"]);
    assert_eq!(all[0], Draft { line: all[0].line, draft: draft("d1", T0), end: None });
    assert_eq!(all[1].end, Some(end("d2", Some(7))));
    assert_eq!(store.drafts(1).await.expect("read")[0].draft.draft_id, "d1", "what waits is never left out");
    let two = store.drafts(2).await.expect("read");
    assert_eq!(two.iter().map(|d| d.draft.draft_id.as_str()).collect::<Vec<_>>(), ["d1", "d3"]);
    assert_eq!(store.draft("d2").await.expect("read").as_ref(), Some(&all[1]));
    assert_eq!(store.draft("d9").await.expect("read"), None);
    assert!(matches!(store.verify(None).await.expect("verify"), Verdict::Whole { .. }));
}

async fn an_import_is_kept_with_its_refusals(engine: &Engine<'_>) {
    let place = engine.place();
    let ledger = Ledger::open(&place.address).await.expect("open");
    let refusal = |row| ImportRefusal {
        row,
        event: "loan.granted".into(),
        rule: "cv.rate".into(),
        field: "rate_percent".into(),
        found: "<script>".into(),
        allowed: "0 to 24".into(),
        reason_zh: "利率过高".into(),
        reason_en: "the rate is too high".into(),
    };
    let import = |at, refusals: Vec<ImportRefusal>| NewImport {
        at,
        file: "五月.csv".into(),
        file_sha256: [7; 32],
        mapping: "bank.toml".into(),
        maker: "li".into(),
        rows: 10,
        events: 10,
        entered: 8,
        repeated: 0,
        refused: refusals.len() as u64,
        unreadable: 0,
        refusals,
    };
    let log = ledger.import_log();
    assert_eq!(log.imports(T0, 9).await.expect("read"), []);
    let first = import(T0, vec![refusal(3), refusal(5)]);
    assert_eq!(ledger.note_import(&first).await.expect("noted"), 1);
    assert_eq!(ledger.note_import(&import(T0 + 5, Vec::new())).await.expect("noted"), 2);
    let all = log.imports(T0 + 9, 9).await.expect("read");
    assert_eq!(all.iter().map(|i| i.number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(all[1].import, NewImport { refusals: Vec::new(), ..first });
    // As it was known then.
    assert_eq!(log.imports(T0 + 4, 9).await.expect("read").len(), 1);
    let refused = log.refusals(1, T0, 9).await.expect("read");
    assert_eq!(refused, [(1, refusal(3)), (1, refusal(5))]);
    assert_eq!(log.refusals(2, T0 + 9, 9).await.expect("read"), []);
    assert_eq!(log.refusals(1, T0 - 1, 9).await.expect("read"), []);
    let many = import(T0, vec![refusal(1); REFUSALS_KEPT + 1]);
    assert!(matches!(ledger.note_import(&many).await, Err(Error::Invalid { .. })));
    // At once, each has a number of its own.
    let numbers = tokio::join!(ledger.note_import(&all[0].import), ledger.note_import(&all[0].import));
    let mut numbers = [numbers.0.expect("noted"), numbers.1.expect("noted")];
    numbers.sort_unstable();
    assert_eq!(numbers, [3, 4]);
    ledger.close().await;
    for sql in ["UPDATE ledger_imports SET refused = 0", "DELETE FROM ledger_import_refusals"] {
        assert!(raw(&place.address, sql).await.is_err(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    a_draft_is_made_once_and_ends_once(&Engine::Sqlite).await;
    an_import_is_kept_with_its_refusals(&Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    let Some(server) = postgres::Server::start() else { return };
    a_draft_is_made_once_and_ends_once(&Engine::Postgres(&server)).await;
    an_import_is_kept_with_its_refusals(&Engine::Postgres(&server)).await;
}
