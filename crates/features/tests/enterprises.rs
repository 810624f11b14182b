//! Whose features are computed, what they have not authorised, and what one enterprise's features do not depend on.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use features::catalogue::Catalogue;
use features::schema::sources;
use features::{Options, compute};
use primitives::{Column, MISSING_CODE};
use std::path::{Path, PathBuf};
use table::{OutColumn, ReadOptions, Table};

/// A directory of sources and what is computed from it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(place.path("sources")).unwrap();
        place
    }

    /// The records of the first case of two files of `hand/`, as of the same date: each source that needs authorisation.
    fn with_records() -> Self {
        let place = Self::new();
        for text in [include_str!("hand/tax.txt"), include_str!("hand/events.txt")] {
            for block in text.split("\nsource ").skip(1) {
                let (id, csv) = block.split_once('\n').unwrap();
                let rows: Vec<&str> = csv.lines().take_while(|l| !l.is_empty()).collect();
                place.put(&format!("sources/{id}.csv"), &format!("{}\n", rows.join("\n")));
            }
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn compute(&self, as_of: &str, enterprises: Option<&str>, out: &str) -> Result<usize, String> {
        let enterprises = enterprises.map(|text| {
            self.put("enterprises.csv", text);
            self.path("enterprises.csv")
        });
        let options = Options {
            sources: &self.path("sources"),
            as_of: as_of.parse().unwrap(),
            out: &self.path(out),
            enterprises: enterprises.as_deref(),
            issues: None,
            memory_bytes: 1 << 20,
        };
        let outcome = compute(&Catalogue::built_in(), &options, &|_| ());
        outcome.map(|o| o.enterprises).map_err(|e| {
            let e: &dyn std::error::Error = &e;
            let chain: Vec<String> = std::iter::successors(Some(e), |e| e.source()).map(ToString::to_string).collect();
            chain.join(": ").replace(&*self.0.path().to_string_lossy(), "DIR")
        })
    }

    fn table(&self, enterprises: Option<&str>) -> Table {
        self.compute("2025-03-31", enterprises, "out.parquet").unwrap();
        table::read(&[self.path("out.parquet")], &ReadOptions::default(), &|_| ()).unwrap()
    }

    fn bytes(&self, enterprises: Option<&str>) -> String {
        self.compute("2025-03-31", enterprises, "out.csv").unwrap();
        std::fs::read_to_string(self.path("out.csv")).unwrap()
    }

    #[track_caller]
    fn refused(&self, as_of: &str, enterprises: Option<&str>, out: &str, expect: &[&str]) {
        let error = self.compute(as_of, enterprises, out).expect_err("it must be refused");
        for part in expect {
            assert!(error.contains(part), "{part:?} is not in {error:?}");
        }
    }
}

fn text(table: &Table, column: &str, row: usize) -> String {
    match table.column(column).unwrap() {
        Column::Text { codes, levels } if codes[row] != MISSING_CODE => levels[codes[row] as usize].clone(),
        _ => String::new(),
    }
}

fn number(table: &Table, column: &str, row: usize) -> f64 {
    match table.column(column).unwrap() {
        Column::Number(numbers) => numbers[row],
        Column::Text { .. } => f64::NAN,
    }
}

fn row_of(table: &Table, id: &str) -> usize {
    (0..table.rows()).find(|&row| text(table, "enterprise_id", row) == id).unwrap()
}

const ALL: &str = "enterprise_id,not_authorised\nA,\nB,\nC,\nM,\n";

#[test]
fn what_is_withheld_is_not_authorised_and_nothing_else_changes() {
    let place = Place::with_records();
    let catalogue = Catalogue::built_in();
    let with = place.table(Some(ALL));
    for source in sources().iter().filter(|s| !s.public) {
        assert!(place.path(&format!("sources/{}.csv", source.id)).exists(), "no records of {}", source.id);
        let without = place.table(Some(&ALL.replace("A,", &format!("A,{}", source.id))));
        let mut withheld = 0;
        for id in ["A", "B", "C", "M"] {
            let row = row_of(&with, id);
            let (before, after) = (text(&with, "states", row), text(&without, "states", row));
            for (at, feature) in catalogue.features.iter().enumerate() {
                let of_source = id == "A" && feature.sources.contains(&source.id);
                withheld += usize::from(of_source);
                let expect = if of_source { "n" } else { &before[at..=at] };
                assert_eq!(&after[at..=at], expect, "{id} {}, {} withheld", feature.column, source.id);
                let (a, b) = (number(&with, &feature.column, row), number(&without, &feature.column, row));
                let expect = if of_source { f64::NAN } else { a };
                assert_eq!(b.to_bits(), expect.to_bits(), "{id} {}, {} withheld", feature.column, source.id);
            }
            let hits = |table| text(table, "hits", row);
            let others = |all: String| {
                let of_others = all.split(';').filter(|h| id != "A" || h.split('|').nth(1) != Some(&source.id));
                of_others.collect::<Vec<_>>().join(";")
            };
            assert_eq!(hits(&without), others(hits(&with)), "{id}, {} withheld", source.id);
            let is_marked = text(&without, "sources", row).split(';').any(|s| s == format!("{}:!", source.id));
            assert_eq!(is_marked, id == "A", "{id}, {} withheld", source.id);
        }
        assert!(withheld > 0, "no feature reads {}", source.id);
    }
}

#[test]
fn each_source_says_its_age() {
    let place = Place::with_records();
    std::fs::remove_file(place.path("sources/penalties.csv")).unwrap();
    place.put(
        "sources/grants.csv",
        "enterprise_id,granted_on,document_no,amount,known_at\nA,2025-03-31,g,1,2025-03-31\n",
    );
    let table = place.table(Some(&ALL.replace("A,", "A,loans;bank_flows")));
    let ages = |id: &str, source: &str| {
        let all = text(&table, "sources", row_of(&table, id));
        assert_eq!(all.split(';').count(), sources().len());
        all.split(';').find_map(|s| s.strip_prefix(source)?.strip_prefix(':').map(str::to_owned)).unwrap()
    };
    for (id, source, expect) in [
        ("A", "invoices", "80~"),    // 21 of January, 28, 31
        ("A", "tax_returns", "90~"), // the newest is known, the one before is not
        ("A", "grants", "0"),
        ("A", "loans", "!"),
        ("A", "bank_flows", "!"),
        ("A", "penalties", "x"),
        ("B", "loans", "-"),
        ("M", "tax_status", "89~"),
        ("M", "grants", "-"),
        ("M", "registry", "-"),
        ("C", "registry", "1825~"), // since 2020-04-01
    ] {
        assert_eq!(ages(id, source), expect, "{id} {source}");
    }
}

/// Peers and controllers apart, nobody else's records matter; nor does the order in which enterprises are listed.
#[test]
fn features_of_one_do_not_depend_on_others() {
    let place = Place::with_records();
    std::fs::remove_file(place.path("sources/relations.csv")).unwrap();
    let all = place.bytes(None);
    let line = |table: &str, id: &str| table.lines().find(|l| l.starts_with(&format!("{id},"))).unwrap().to_owned();

    let listed = place.bytes(Some("enterprise_id\nC\nA\nM\nB\n"));
    assert!(listed == all, "all are listed, in another order");
    let some = place.bytes(Some("enterprise_id\nM\nA\nNEW\n"));
    assert_eq!(some.lines().count(), 4);
    assert_eq!((line(&some, "A"), line(&some, "M")), (line(&all, "A"), line(&all, "M")));
    assert!(line(&some, "NEW").contains("invoices:-"), "one without a record has a row of its own");

    for source in sources() {
        let file = place.path(&format!("sources/{}.csv", source.id));
        let Ok(csv) = std::fs::read_to_string(&file) else { continue };
        let kept: Vec<&str> =
            csv.lines().enumerate().filter(|(i, l)| *i == 0 || l.starts_with("A,")).map(|(_, l)| l).collect();
        std::fs::write(file, format!("{}\n", kept.join("\n"))).unwrap();
    }
    let alone = place.bytes(Some("enterprise_id\nA\n"));
    let states = |table: &str| {
        let names: Vec<&str> = table.lines().next().unwrap().split(',').collect();
        let at = names.iter().position(|n| *n == "states").unwrap();
        line(table, "A").split(',').skip(at).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(states(&alone), states(&all));
}

#[test]
fn parquet_and_csv_are_one() {
    let place = Place::with_records();
    let csv = place.bytes(None);
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    for source in sources() {
        let file = place.path(&format!("sources/{}.csv", source.id));
        if !file.exists() {
            continue;
        }
        let all = read(&file);
        let mut lines = all.lines().map(|l| l.split(',').collect::<Vec<_>>());
        let names = lines.next().unwrap();
        let rows: Vec<Vec<&str>> = lines.collect();
        let cells: Vec<Vec<Option<&str>>> = (0..names.len())
            .map(|column| rows.iter().map(|r| Some(r[column]).filter(|cell| !cell.is_empty())).collect())
            .collect();
        let columns: Vec<(String, OutColumn<'_>)> = names
            .iter()
            .zip(&cells)
            .map(|(name, cells)| ((*name).to_owned(), OutColumn::OptionalText(cells)))
            .collect();
        table::write(&file.with_extension("parquet"), &columns).unwrap();
        std::fs::remove_file(file).unwrap();
    }
    assert!(place.bytes(None) == csv);
}

/// A record of which the time is given, and the same one without it, known at the time that is then assumed.
#[test]
fn a_given_time_goes_before_an_assumed_one() {
    let rows = ["A,2025-01-01,g1,research,5,2025-01-11", "A,2025-01-01,g1,research,5,"];
    let table = |rows: [&str; 2]| {
        let place = Place::new();
        let heading = "enterprise_id,granted_on,document_no,programme,amount,known_at";
        place.put("sources/grants.csv", &format!("{heading}\n{}\n", rows.join("\n")));
        place.bytes(None)
    };
    let first = table(rows);
    assert!(first.contains("grants:89;"), "{first}");
    assert!(table([rows[1], rows[0]]) == first);
}

#[test]
fn files_of_enterprises_are_refused_with_the_place() {
    let place = Place::with_records();
    let on = "2025-03-31";
    let file = "DIR/enterprises.csv";
    for (text, expect) in [
        ("id\nA\n", vec![file, "has no column enterprise_id"]),
        ("enterprise_id,not_authorized\nA,loans\n", vec![file, "\"not_authorized\"", "write not_authorised"]),
        ("enterprise_id,Not_Authorised\nA,loans\n", vec![file, "\"Not_Authorised\"", "write not_authorised"]),
        ("enterprise_id\nA\nB\nA\n", vec![file, "row 3", "\"A\" stands in row 1 already"]),
        ("enterprise_id\nA\n A \n", vec![file, "row 2", "\"A\" stands in row 1 already"]),
        ("enterprise_id,not_authorised\nA,\n,loans\n", vec![file, "row 2", "\"enterprise_id\"", "is empty"]),
        (
            "enterprise_id,not_authorised\nA,loans;lons\n",
            vec!["row 1", "\"not_authorised\"", "no source \"lons\"", "bank_flows"],
        ),
        ("enterprise_id,not_authorised\nA,court_cases\n", vec!["row 1", "\"court_cases\" is public"]),
    ] {
        place.refused(on, Some(text), "out.csv", &expect);
        assert!(!place.path("out.csv").exists(), "{text}");
    }
    place.compute(on, Some("enterprise_id,not_authorised\nA,loans；bank_flows，housing_fund\n"), "out.csv").unwrap();
}

#[test]
fn what_can_not_be_computed_or_written_is_refused() {
    let place = Place::with_records();
    place.refused("1989-12-31", None, "out.csv", &["1989-12-31", "1990-01-01 to 2200-01-01"]);
    place.refused("2200-01-02", None, "out.csv", &["2200-01-02", "1990-01-01 to 2200-01-01"]);
    place.refused("1990-01-01", None, "out.csv", &["no enterprise has a record in DIR/sources as of 1990-01-01"]);
    place.refused("2025-03-31", None, "no/out.csv", &["DIR/no/out.csv", "there is no folder DIR/no"]);
    place.refused("2025-03-31", None, "out.xlsx", &["out.xlsx"]);
    place.refused("2025-03-31", None, "sources", &["DIR/sources"]);
    let empty = Place::new();
    empty.refused("2025-03-31", None, "out.csv", &["no enterprise has a record in DIR/sources as of 2025-03-31"]);
    std::fs::remove_dir(empty.path("sources")).unwrap();
    empty.refused("2025-03-31", None, "out.csv", &["DIR/sources: no such directory"]);
}

/// B and D are under one controller and D is on the list of abnormal operation: that warns B also where a bank lists B
/// alone.
#[test]
fn a_member_that_is_not_listed_warns_too() {
    let place = Place::new();
    let relations =
        "enterprise_id,person_id,role,from_on\nB,P1,actual_controller,2020-01-01\nD,P1,actual_controller,2020-01-01\n";
    place.put("sources/relations.csv", relations);
    place.put("sources/abnormal_list.csv", "enterprise_id,listed_on,document_no,removed_on\nD,2024-01-01,a1,\n");
    let group = |enterprises| {
        let table = place.table(enterprises);
        (text(&table, "group_id", 0), number(&table, "group_size", 0), text(&table, "group_hits", 0))
    };
    for enterprises in [None, Some("enterprise_id\nB\n")] {
        assert_eq!(group(enterprises), ("B".into(), 2.0, "N06|abnormal_list|2024-01-01||".into()));
    }
}

/// Of ten rows three are bad, more than the 20 % at which a source is refused: six sound ones of next year do not make it
/// fit for use as of today. Nor do bad ones of next year spoil it.
#[test]
fn rows_of_later_do_not_decide_whether_a_source_is_used() {
    let heading = "enterprise_id,granted_on,document_no,programme,amount\n";
    let sound: String = (0..7).map(|i| format!("A,2025-01-01,g{i},research,5\n")).collect();
    let bad = "A,2025-01-01,b1,nothing,5\nA,2025-01-01,b2,nothing,5\nA,2025-01-01,b3,nothing,5\n";
    let later: String = (0..6).map(|i| format!("A,2026-01-01,l{i},research,5\n")).collect();
    let state = |rows: &str| {
        let place = Place::new();
        place.put("sources/grants.csv", &format!("{heading}{rows}"));
        place.put("sources/penalties.csv", "enterprise_id,decided_on,decision_no,field\nA,2025-01-01,p,fire\n");
        let table = place.table(None);
        number(&table, "research_grants_36m", 0)
    };
    assert!(state(&format!("{sound}{bad}")).is_nan());
    assert!(state(&format!("{sound}{bad}{later}")).is_nan());
    let bad_later = bad.replace("2025", "2026");
    assert_eq!(state(&format!("{sound}{bad_later}{later}")), 35.0);
    assert_eq!(state(&sound), 35.0);
}
