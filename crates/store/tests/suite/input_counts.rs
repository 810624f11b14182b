//! Counts of missing inputs: each line once, whoever counts, and the same when counted anew.

use super::common::*;
use super::whole;
use store::{Error, Kept, NewInputCounts, Store};

/// Counts of the stretch behind a line: each rating of a day, and as missing the input that its bytes name.
async fn count_behind(store: &Store, after: i64, max: u32) -> NewInputCounts {
    let mut new = NewInputCounts { after, through: after, ..NewInputCounts::default() };
    for (line, at, inputs) in store.inputs_after(after, max).await.expect("read") {
        let day = if at < T0 + DAY { "2026-09-30" } else { "2026-10-01" };
        if let Kept::Here(inputs) = inputs {
            let named = String::from_utf8(inputs).expect("a name");
            for input in [String::new(), named] {
                *new.counts.entry((day.to_owned(), input)).or_default() += 1;
            }
        }
        new.through = line;
    }
    new
}

pub(crate) async fn inputs_are_counted_once_and_anew(engine: &Engine<'_>) {
    let place = engine.place();
    let (store, other) = (place.open().await, place.open().await);
    assert_eq!(store.inputs_counted_through().await.expect("read"), 0);
    for nth in 0..40 {
        let mut new = rating("a", &format!("s{}", nth % 7), &format!("r{nth}"), 1, T0 + nth * DAY / 20);
        new.inputs = if nth % 3 == 0 { b"sales".to_vec() } else { b"taxes".to_vec() };
        store.write(job(&new)).await.expect("written");
    }
    // Two servers count the same stretch: one of them is told that it was slower, and nothing is there twice.
    let mut slower = 0;
    loop {
        let after = store.inputs_counted_through().await.expect("read");
        let (one, two) = (count_behind(&store, after, 9).await, count_behind(&other, after, 9).await);
        assert_eq!(one, two);
        if one.through == after {
            break;
        }
        let both = tokio::join!(store.count_inputs(one), other.count_inputs(two));
        let both = (both.0.expect("written"), both.1.expect("written"));
        assert!(both.0 != both.1, "{both:?}");
        slower += 1;
    }
    assert!(slower >= 4, "{slower}");
    let counts = async |store: &Store, first: &str, last: &str| {
        let found = store.input_counts(first, last).await.expect("read");
        found.into_iter().map(|c| format!("{} {:?} {}", c.month, c.input, c.missing)).collect::<Vec<_>>()
    };
    let all = ["2026-09 \"\" 20", "2026-09 \"sales\" 7", "2026-09 \"taxes\" 13"];
    let of_october = ["2026-10 \"\" 20", "2026-10 \"sales\" 7", "2026-10 \"taxes\" 13"];
    assert_eq!(counts(&other, "2026-09-01", "2026-12-31").await, [all, of_october].concat());
    assert_eq!(counts(&store, "2026-10-01", "2026-10-01").await, of_october);
    assert!(counts(&store, "2026-10-02", "2026-12-31").await.is_empty());
    // Thrown away and counted anew they are the same; a key that was destroyed takes its ratings out of a new count only.
    let kept = counts(&store, "2026-01-01", "2026-12-31").await;
    store.forget_input_counts().await.expect("thrown away");
    assert!(counts(&store, "2026-01-01", "2026-12-31").await.is_empty());
    let anew = count_behind(&store, 0, 100).await;
    assert!(store.count_inputs(anew).await.expect("written"));
    assert_eq!(counts(&store, "2026-01-01", "2026-12-31").await, kept);
    let backwards = NewInputCounts { after: 40, through: 39, ..NewInputCounts::default() };
    assert!(matches!(store.count_inputs(backwards).await, Err(Error::Invalid { .. })));
    // They are beside the chain, which stays whole.
    assert_eq!(whole(&store).await.seq, 40);
}
