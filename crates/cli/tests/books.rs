//! The books of a store: verified, exported and shortened through the program.

mod common;

use common::Place;
use store::{Keys, NewConsent, NewLine, Record, Store, Write};

const DAY: i64 = 86_400_000_000;
/// 2025-11-25T00:00:00 in Beijing.
const T0: i64 = 1_764_000_000_000_000;

fn line(action: &str, subject: &str, at: i64) -> NewLine {
    NewLine {
        at,
        actor: "bank-a".into(),
        role: "bank".into(),
        tenant: Some("bank-a".into()),
        action: action.into(),
        subject: Some(subject.into()),
        purpose: Some("loan_application".into()),
        outcome: "OK".into(),
        object_id: None,
        detail: Some("=1+1, \"x\"".into()),
    }
}

fn consent(subject: &str, at: i64) -> Record {
    Record::Consent(Box::new(NewConsent {
        consent_id: format!("consent of {subject}"),
        tenant: "bank-a".into(),
        subject: subject.into(),
        purpose: "loan_application".into(),
        categories: vec!["invoices".into()],
        lending_data: false,
        personal: false,
        granter: "bank".into(),
        signatory: "王五\n法定代表人".into(),
        valid_from: at,
        valid_until: at + DAY,
        retain_until: at + 30 * DAY,
        text_digest: "sha256:cc".into(),
        text_place: "file/1.pdf".into(),
        granted_at: at,
    }))
}

/// A store with lines about two enterprises on three days.
fn fill(place: &Place) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let keys = Keys::generate(&place.path("keys"), "k1").expect("keys");
        let address = format!("sqlite:{}", place.path("s.db").display());
        let store = Store::open(&address, keys).await.expect("a store");
        for (day, subject) in [(0, "E1"), (1, "E2"), (2, "E1")] {
            let at = T0 + day * DAY;
            let line = line("GrantConsent", subject, at);
            let write = if day < 2 { Write::of(line, consent(subject, at)) } else { Write::new(line) };
            store.write(write).await.expect("stored");
        }
        store.close().await;
    });
}

/// Changes bytes of the file behind the store's back, of the same length.
fn replace(place: &Place, from: &str, to: &str) {
    let mut bytes = place.bytes("s.db");
    let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).expect("it is there");
    bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
    place.write("s.db", bytes);
}

#[test]
fn the_books_are_verified_exported_and_shortened() {
    let place = Place::new();
    fill(&place);
    let of = "--store sqlite:s.db --keys keys";
    let whole = place.ok(&format!("audit verify {of}"));
    assert!(whole.starts_with("whole: 3 lines, head sha256:"), "{whole}");

    place.ok(&format!("audit export {of} --from 2025-11-26 --to 2025-11-27 --out two.csv"));
    let table = place.read("two.csv");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("line,at,actor,role,tenant,enterprise,action,purpose,outcome,"), "{table}");
    assert!(lines[1].starts_with("2,2025-11-26T00:00:00.000000+08:00,bank-a,bank,bank-a,hmac-sha256:k1:"), "{table}");
    assert!(lines[1].contains(",\"'=1+1, \"\"x\"\"\",sha256:"), "{table}");
    assert!(!table.contains("E1") && !table.contains("E2"), "{table}");
    place.ok(&format!("audit export {of} --from 2025-11-25 --to 2025-11-27 --enterprise E1 --out one.csv"));
    let table = place.read("one.csv");
    let first: Vec<&str> = table.lines().skip(1).map(|l| l.split(',').next().expect("a cell")).collect();
    assert_eq!(first, ["1", "3"]);
    assert!(table.contains(",E1,GrantConsent,loan_application,OK,"), "{table}");

    // What is about E1 is kept to the end of 24 December, what is about E2 a day longer.
    let run = place.ok(&format!("retention run {of} --until 2025-12-24"));
    assert!(run.starts_with("key 1 destroyed: line 4, wrapped key sha256:"), "{run}");
    assert!(run.ends_with("1 keys destroyed, expired by 2025-12-24\n"), "{run}");
    assert!(place.ok(&format!("retention run {of} --until 2025-12-24")).starts_with("0 keys destroyed"));
    let whole = place.ok(&format!("audit verify {of}"));
    assert!(whole.starts_with("whole: 4 lines, head sha256:"), "{whole}");

    let before = place.bytes("s.db");
    replace(&place, "loan_application", "loan_applicatiom");
    let run = place.run(&format!("audit verify {of}"));
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.err.contains("audit chain broken at line "), "{}", run.err);
    place.write("s.db", before);
    place.ok(&format!("audit verify {of}"));
}

#[test]
fn what_is_not_there_is_refused_and_nothing_is_made() {
    let place = Place::new();
    fill(&place);
    let refused = |arguments: &str, why: &str| {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments}: {}", run.err);
        assert!(run.err.contains(why), "{arguments}: {}", run.err);
    };
    refused("audit verify --store sqlite:none.db --keys keys", "--store sqlite:none.db: is not there");
    refused("audit verify --store sqlite:s.db --keys none", "key file none");
    refused("audit verify --store mysql://x --keys keys", "allowed are sqlite:PATH and postgres:");
    refused(
        "audit export --store sqlite:s.db --keys keys --from 2025-11-26 --to 2025-11-25 --out o.csv",
        "--from 2025-11-26: is after --to 2025-11-25",
    );
    refused("retention run --store sqlite:s.db --keys keys --until 2026-02-30", "invalid value '2026-02-30'");
    refused("retention run --store sqlite:s.db --keys keys --until 2962-12-24", "--until 2962-12-24: is after today, ");
    let export = "audit export --store sqlite:s.db --keys keys --from 2025-11-25 --to 2025-11-26 --out";
    refused(&format!("{export} keys"), "--out keys is --keys keys, which is read");
    refused(&format!("{export} ./s.db"), "--out ./s.db is --store s.db, which is read");
    refused(&format!("{export} /dev/null"), "--out /dev/null: is there and is no file");
    refused("audit verify --store s.db --keys keys", "--store s.db: write sqlite:s.db for a file");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async { Keys::generate(&place.path("other"), "k1").expect("keys") });
    refused("audit verify --store sqlite:s.db --keys other", "is not the one that the store was written with");
    assert!(place.names().iter().all(|n| n != "none.db" && n != "o.csv"), "{:?}", place.names());
}
