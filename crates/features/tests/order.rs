//! The order of rows, files and threads changes nothing, and no row is lost.

mod common;

use common::{Folder, REGISTRY, registered};
use proptest::prelude::*;

/// A row of the registry, sound or with one fault, known before or after the as-of date.
fn row(i: usize, kind: usize) -> String {
    let sound = registered(&format!("E{}", i % 40));
    match kind {
        0 => sound.replace("500103", "510100"),
        1 => sound.replace("2025-03-03", "2025-02-01"),
        2 => sound.replace("2025-03-03", "2025-04-01"),
        3 => sound.replace("active", "?"),
        4 => sound.replace("limited,", "limited,,"),
        5 => sound.replace("2025-03-03,", "2025-03-03,91130600738737199L"),
        6 => sound.replace("2025-03-03", ""),
        7 => sound.replace("1000000", "\"1\n000\""),
        _ => sound,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nothing_depends_on_order_and_no_row_is_lost(
        kinds in prop::collection::vec(0usize..60, 1..400),
        seed in any::<u64>(),
        parts in 1usize..4,
    ) {
        let rows: Vec<String> = kinds.iter().enumerate().map(|(i, &k)| row(i, k)).collect();
        let one = Folder::new();
        one.put("registry.csv", format!("{REGISTRY}{}", rows.concat()));
        let (summary, records) = one.read();
        let registry = summary.source("registry").expect("it is there").clone();
        prop_assert_eq!(registry.rows as usize, rows.len());
        prop_assert_eq!(registry.rows, registry.used + registry.after_as_of + registry.set_aside);

        let mut shuffled = rows.clone();
        let mut state = seed | 1;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let other = Folder::new();
        for part in 0..parts {
            let rows: String = shuffled.iter().skip(part).step_by(parts).cloned().collect();
            other.put(&format!("registry-{part}.csv"), format!("{REGISTRY}{rows}"));
        }
        let (second, others) = other.read();
        prop_assert_eq!(records, others);
        let mut again = second.source("registry").expect("it is there").clone();
        again.files = registry.files.clone();
        again.issues.remove("no_rows");
        prop_assert_eq!(registry, again);
        prop_assert_eq!(summary.fitness, second.fitness);
    }
}

/// More rows than one block, in CSV and in Parquet with several row groups.
#[test]
fn large_files_are_read_whole() {
    let rows: Vec<String> = (0..120_000).map(|i| row(i, if i % 97 == 0 { i % 7 } else { 60 })).collect();
    let folder = Folder::new();
    folder.put("registry.csv", format!("{REGISTRY}{}", rows.concat()));
    let issues = folder.path("issues");
    let (summary, records) = folder.read_with(Some(&issues));
    let registry = summary.source("registry").expect("it is there");
    assert_eq!(registry.rows, 120_000);
    assert_eq!(registry.used as usize, records.len());
    let set_aside = std::fs::read_to_string(issues.join("registry.set_aside.csv")).expect("a file");
    let numbers: Vec<usize> =
        set_aside.lines().skip(1).filter_map(|l| l.split(',').nth(1)).filter_map(|n| n.parse().ok()).collect();
    assert_eq!(numbers.len() as u64, registry.set_aside);
    assert!(numbers.is_sorted());
    let (again, others) = folder.read_with(Some(&issues));
    assert_eq!(again, summary);
    assert!(others == records);
}
