//! A ledger verified and its records made again through the program.

mod common;

use common::Place;
use ledger::Event;
use store::Ledger;

/// A ledger with the closing of three months.
fn fill(place: &Place) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let ledger = Ledger::open(&format!("sqlite:{}", place.path("ledger.db").display())).await.expect("a ledger");
        for month in 1..=3 {
            let event = format!(
                r#"{{"format_version":1,"request_id":"close-{month}","actor":{{"id":"li","office":"bureau"}},
                "effective_on":"2024-05-06","recorded_at":1715000000000000,
                "body":{{"period":{{"month":"2024-0{month}","did":"closed"}}}}}}"#
            );
            let event = Event::from_bytes(event.as_bytes()).expect("an event");
            ledger.append(event).await.expect("entered");
        }
        ledger.close().await;
    });
}

#[test]
fn a_ledger_is_verified_and_its_records_are_made_again() {
    let place = Place::new();
    fill(&place);
    let whole = place.ok("ledger verify");
    assert!(whole.starts_with("whole: 3 events, head sha256:") && whole.contains(", records sha256:"), "{whole}");
    let again = place.ok("ledger rebuild --ledger sqlite:ledger.db");
    assert!(again.starts_with("made again from 3 events: records sha256:"), "{again}");
    assert!(again.ends_with(", as they were\n"), "{again}");
    assert_eq!(place.ok("ledger verify"), whole);

    let mut bytes = place.bytes("ledger.db");
    let from = b"{\"month\":\"2024-02\"";
    let at = bytes.windows(from.len()).position(|w| w == from).expect("it is there");
    bytes[at + from.len() - 2] = b'4';
    place.write("ledger.db", bytes);
    for command in ["ledger verify", "ledger rebuild"] {
        let run = place.run(command);
        assert_eq!(run.code, Some(1), "{}", run.err);
        assert!(run.err.contains("line 2 of the chain does not have its hash"), "{}", run.err);
    }
    // What is left of a file that was cut off is no ledger in which nothing stands.
    place.write("lost.db", []);
    let cut = place.bytes("ledger.db");
    place.write("cut.db", &cut[..5_000.min(cut.len())]);
    for (arguments, why) in [
        ("ledger verify --ledger sqlite:lost.db", "--ledger sqlite:lost.db: is empty (0 bytes)"),
        ("totals --by district --as-of 2024-12-31 --ledger sqlite:lost.db", "is empty (0 bytes)"),
        ("ledger verify --ledger sqlite:cut.db", "--ledger sqlite:cut.db: database"),
        ("ledger verify --ledger sqlite:none.db", "--ledger sqlite:none.db: is not there"),
        ("ledger verify --ledger none.db", "--ledger none.db: write sqlite:none.db for a file"),
        ("ledger rebuild --ledger mysql://x", "allowed are sqlite:PATH and postgres:"),
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments}: {}", run.err);
        assert!(run.err.contains(why), "{arguments}: {}", run.err);
    }
    assert!(!place.path("none.db").exists());
}
