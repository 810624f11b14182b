//! What must not change a table of features: order, redelivery, part files, threads, the bound of memory, and whatever
//! became known later. Cases are random, each from a printed seed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use features::catalogue::Catalogue;
use features::{Options, compute};
use std::path::Path;

const AS_OF: &str = "2025-03-31";

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }

    /// A day from 2023 on, before the as-of date or after it.
    fn day(&mut self, late: bool) -> String {
        match late {
            false => format!("{}-{:02}-{:02}", 2023 + self.below(2), 1 + self.below(12), 1 + self.below(28)),
            true => format!("2025-{:02}-{:02}", 4 + self.below(6), 1 + self.below(28)),
        }
    }
}

/// Heading and rows of a source.
type Rows = (&'static str, &'static str, Vec<String>);

/// Random records; those that are late have their event, or only their known time, after the as-of date.
fn records(r: &mut Random, rows: u64, late: bool) -> Vec<Rows> {
    let firms = ["A", "B", "C", "D", "企业"];
    let mut out: Vec<Rows> = vec![
        (
            "invoices",
            "enterprise_id,invoice_no,issued_on,direction,counterparty_id,amount,tax,status,goods_code,counterparty_region,known_at",
            vec![],
        ),
        ("social_security", "enterprise_id,month,insured,wage_base,due,paid,due_on,paid_on,known_at", vec![]),
        (
            "registry",
            "enterprise_id,recorded_on,name,kind,industry,district,established_on,registered_capital,paid_in_capital,status,known_at",
            vec![],
        ),
        ("relations", "enterprise_id,person_id,role,from_on,known_at", vec![]),
        ("abnormal_list", "enterprise_id,listed_on,document_no,removed_on,known_at", vec![]),
        ("loans", "enterprise_id,month,loan_no,purpose,tag,balance,due,paid,overdue_days,known_at", vec![]),
    ];
    for _ in 0..rows {
        let event_late = late && r.below(2) == 0;
        let event = r.day(event_late);
        // Few different times, so that records of one identity meet.
        let known = match late {
            true => format!("2025-{:02}-02T00:00:00", 10 + r.below(2)),
            false => r.pick(&["2025-01-05", "2025-02-05T10:00:00", "2025-03-31T15:59:59Z"]).to_owned(),
        };
        let firm = if late { r.pick(&["A", "B", "企业", "NEW"]) } else { r.pick(&firms) };
        let (n, amount) = (r.below(6), r.below(900) * 100);
        let month = &event[..7];
        let at = r.below(6) as usize;
        out[at].2.push(match at {
            0 => {
                let (status, sign) = *[("valid", ""), ("void", ""), ("red", "-")].get(r.below(3) as usize).unwrap();
                let way = r.pick(&["sale", "purchase"]);
                let other = r.pick(&["A", "B", "X", "Y"]);
                format!(
                    "{firm},{n},{event},{way},{other},{sign}{amount},1,{status},g{n},{},{known}",
                    r.pick(&["重庆", "四川", ""])
                )
            }
            1 => format!("{firm},{month},{n},{amount},100,{},,,{known}", r.below(2) * 100),
            2 => format!("{firm},{event},名{n},limited,C3511,500103,2020-01-01,{},{amount},active,{known}", amount + 1),
            3 => format!("{firm},P{},actual_controller,{event},{known}", r.below(2)),
            4 => format!("{firm},{event},d{n},{},{known}", r.pick(&["", "2025-02-01", "2026-01-01"])),
            _ => format!(
                "{firm},{month},L{n},working_capital,{},{amount},5,5,{n},{known}",
                r.pick(&["new", "renewal", "bridge"])
            ),
        });
    }
    out
}

/// The bytes of the table from these records, in files of so many parts.
fn table(sources: &[Rows], parts: usize, memory_bytes: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("sources");
    std::fs::create_dir(&directory).unwrap();
    for (id, heading, rows) in sources.iter().filter(|(_, _, rows)| !rows.is_empty()) {
        for (part, rows) in rows.chunks(rows.len().div_ceil(parts)).enumerate() {
            let name = if parts == 1 { format!("{id}.csv") } else { format!("{id}-{part}.csv") };
            std::fs::write(directory.join(name), format!("{heading}\n{}\n", rows.join("\n"))).unwrap();
        }
    }
    run(&directory, &folder.path().join("out.csv"), memory_bytes)
}

fn run(sources: &Path, out: &Path, memory_bytes: usize) -> String {
    let as_of = AS_OF.parse().unwrap();
    let options = Options { sources, as_of, out, enterprises: None, issues: None, memory_bytes };
    compute(&Catalogue::built_in(), &options, &|_| ()).unwrap();
    std::fs::read_to_string(out).unwrap()
}

#[test]
fn only_what_was_known_counts_however_it_came() {
    for seed in 0..16 {
        let mut r = Random(seed);
        let mut sources = records(&mut r, 150, false);
        let first = table(&sources, 1, 1 << 30);
        assert!(first.lines().count() > 3 && first.contains("N06"), "seed {seed}: the case must say something");

        for (_, _, rows) in &mut sources {
            let again: Vec<String> = rows.iter().filter(|_| r.below(3) == 0).cloned().collect();
            rows.extend(again);
            r.shuffle(rows);
        }
        assert!(table(&sources, 1, 1 << 30) == first, "seed {seed}: order and redelivery");
        assert!(table(&sources, 3, 1) == first, "seed {seed}: part files, and records in a temporary file");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert!(pool.install(|| table(&sources, 2, 1 << 30)) == first, "seed {seed}: one thread");

        for ((_, _, rows), (_, _, late)) in sources.iter_mut().zip(records(&mut r, 120, true)) {
            rows.extend(late);
            r.shuffle(rows);
        }
        assert!(table(&sources, 1, 1 << 30) == first, "seed {seed}: what became known later");
    }
}
