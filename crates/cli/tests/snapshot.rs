//! Tables of features to snapshots, through the program.

mod common;

use common::Place;

#[test]
fn a_snapshot_is_made_checked_and_refused() {
    let place = Place::new();
    place.ok("simulate --out city --enterprises 40 --months 24 --seed 2");
    place.ok("features --sources city/sources --as-of 2025-12-31 --out f.parquet");
    let made = place.ok("snapshot --features f.parquet --out f.snap");
    assert!(made.contains(" enterprises as of 2025-12-31, ") && made.contains("-> f.snap\nsha256:"), "{made}");
    let digest = made.lines().last().expect("a line");
    let checked = place.ok("snapshot --check f.snap");
    assert!(checked.starts_with("f.snap: whole, ") && checked.trim_end().ends_with(digest), "{checked}");
    // A CSV file of the same rows is the same snapshot, and an existing one is replaced.
    place.ok("features --sources city/sources --as-of 2025-12-31 --out f.csv");
    place.ok("snapshot --features f.csv --out f.snap");
    assert!(place.ok("snapshot --check f.snap").trim_end().ends_with(digest));

    let refused = |arguments: &str, why: &str| {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments}: {}", run.err);
        assert!(run.err.contains(why), "{arguments}: {}", run.err);
    };
    refused("snapshot", "--features <FILE>");
    refused("snapshot --features f.csv", "--out <FILE>");
    refused("snapshot --check f.snap --out g.snap", "cannot be used with");
    refused("snapshot --features f.parquet --out f.parquet", "--out f.parquet: the name must end with .snap");
    refused("snapshot --features none.parquet --out g.snap", "none.parquet");
    refused("snapshot --check f.parquet", "f.parquet: is not a snapshot of features");
    place.write("ids.csv", "enterprise_id\nE1\n");
    refused("snapshot --features ids.csv --out g.snap", "table ids.csv: ");
    let bytes = place.bytes("f.snap");
    place.write("cut.snap", &bytes[..bytes.len() / 2]);
    refused("snapshot --check cut.snap", "cut.snap: is damaged: its end is missing");
    let mut flipped = bytes;
    flipped[1000] ^= 1;
    place.write("flipped.snap", flipped);
    refused("snapshot --check flipped.snap", "flipped.snap: is damaged: the digest of its content");
    assert!(place.names().iter().all(|n| n != "g.snap" && !n.contains(".part")), "{:?}", place.names());
}
