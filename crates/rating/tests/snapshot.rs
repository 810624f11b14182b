//! A whole small city: table and snapshot give one rating, and what is withheld at reading is what was never authorised.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use features::catalogue::Catalogue;
use features::expression::Value;
use features::schema::sources;
use features::snapshot::{self, Snapshot};
use features::{Options, compute};
use primitives::Column;
use rating::{About, FeatureRow, Figure, Inputs, Rated, Text, Withheld, Withholding, line_rule};
use scoring::Model;
use scoring::commercial::Assessor;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use table::{ColumnType, ReadOptions, Table};

const AS_OF: &str = "2025-12-31";

/// A row of a table in memory.
#[derive(Clone, Copy)]
struct TableRow<'t>(&'t Table, usize, &'t Catalogue);

impl<'t> TableRow<'t> {
    fn number(&self, column: &str) -> f64 {
        match self.0.column(column).unwrap() {
            Column::Number(values) => values[self.1],
            Column::Text { .. } => panic!("{column} is a text"),
        }
    }
}

impl<'t> FeatureRow<'t> for TableRow<'t> {
    fn text(&self, column: Text) -> Option<&'t str> {
        self.0.column(column.column()).unwrap().text(self.1).filter(|t| !t.is_empty())
    }

    fn figure(&self, column: Figure) -> f64 {
        self.number(column.column())
    }

    fn value(&self, feature: usize) -> f64 {
        self.number(&self.2.features[feature].column)
    }
}

/// A city, computed once for all tests.
struct City {
    folder: tempfile::TempDir,
    catalogue: Catalogue,
    model: Model,
}

static CITY: LazyLock<City> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let mut options = city::Options::new(folder.path().join("city"));
    (options.enterprises, options.months) = (400, 36);
    city::simulate(&options, &|_| ()).unwrap();
    let json = include_bytes!("../../../models/commercial-value/1/model.json");
    let city = City { folder, catalogue: Catalogue::built_in(), model: Model::from_json(json).unwrap() };
    city.features(None, "all.parquet");
    city
});

impl City {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn features(&self, enterprises: Option<&Path>, out: &str) {
        let options = Options {
            sources: &self.path("city/sources"),
            as_of: AS_OF.parse().unwrap(),
            out: &self.path(out),
            enterprises,
            issues: None,
            memory_bytes: 1 << 28,
        };
        compute(&self.catalogue, &options, &|_| ()).unwrap();
    }

    fn table(&self, name: &str) -> Table {
        let types = Text::ALL.iter().map(|t| (t.column().to_owned(), ColumnType::Text)).collect();
        let options = ReadOptions { types, no_digest: true, ..Default::default() };
        table::read(&[self.path(name)], &options, &|_| ()).unwrap()
    }

    fn snapshot(&self, name: &str) -> Snapshot {
        let out = self.path(name);
        snapshot::write(&self.path("all.parquet"), &out, &|_| ()).unwrap();
        Snapshot::open(&out).unwrap()
    }

    fn assessor(&self) -> Assessor<'_> {
        let assessor = Assessor::new(&self.model).unwrap();
        let rule = line_rule(assessor.line_rule(), AS_OF.parse().unwrap());
        assessor.with_line_rule(rule).unwrap()
    }

    fn rate<'t>(&self, inputs: &Inputs, assessor: &Assessor<'_>, row: &impl FeatureRow<'t>) -> (String, Rated) {
        let states = inputs.states(row).unwrap();
        let about: About<'t> = inputs.about(row, states).unwrap();
        let mut values = Vec::new();
        inputs.values(row, states, &mut values);
        let rating = assessor.assess(&values, &about.facts).unwrap();
        (format!("{values:?} {about:?}"), Rated::new(&self.model, assessor, &about, &rating).unwrap())
    }
}

#[test]
fn a_snapshot_gives_the_rating_of_its_table() {
    let city = &*CITY;
    let (table, snapshot) = (city.table("all.parquet"), city.snapshot("same.snap"));
    snapshot.verify(&|_, _| ()).unwrap();
    assert_eq!((snapshot.len(), snapshot.as_of().to_string().as_str()), (table.rows(), AS_OF));
    let assessor = city.assessor();
    let inputs = Inputs::new(&city.model, &assessor, &city.catalogue).unwrap();
    for (at, id) in snapshot.ids().enumerate() {
        let of_table = TableRow(&table, at, &city.catalogue);
        let of_snapshot = snapshot.get(id.unwrap()).unwrap().unwrap();
        for text in Text::ALL {
            assert_eq!(of_table.text(text), FeatureRow::text(&of_snapshot, text), "{text:?}");
        }
        for figure in Figure::ALL {
            assert_eq!(of_table.figure(figure).to_bits(), FeatureRow::figure(&of_snapshot, figure).to_bits());
        }
        for place in 0..city.catalogue.features.len() {
            assert_eq!(of_table.value(place).to_bits(), FeatureRow::value(&of_snapshot, place).to_bits());
        }
        assert_eq!(city.rate(&inputs, &assessor, &of_table), city.rate(&inputs, &assessor, &of_snapshot));
        // With nothing withheld, nothing changes, and the digest of a table is the one that is computed for what is left.
        let nothing = Withholding::new(&city.catalogue, []).unwrap();
        let same = Withheld::new(of_snapshot, &nothing);
        assert_eq!(city.rate(&inputs, &assessor, &of_table), city.rate(&inputs, &assessor, &&same));
    }
}

/// A row whose figures beside peers are those of another row.
struct WithPeers<'r, R> {
    row: R,
    other: TableRow<'r>,
    peers: &'r [usize],
    states: &'r str,
}

impl<'r, R: FeatureRow<'r>> FeatureRow<'r> for WithPeers<'r, R> {
    fn text(&self, column: Text) -> Option<&'r str> {
        match column {
            Text::States => Some(self.states),
            // It covers the figures beside peers.
            Text::InputsDigest => self.other.text(column),
            _ => self.row.text(column),
        }
    }

    fn figure(&self, column: Figure) -> f64 {
        self.row.figure(column)
    }

    fn value(&self, feature: usize) -> f64 {
        match self.peers.contains(&feature) {
            true => self.other.value(feature),
            false => self.row.value(feature),
        }
    }
}

/// What the enterprise at a place does not authorise, by a number that looks random: nothing, one source, or any of them.
fn not_authorised(at: usize) -> Vec<&'static str> {
    let private: Vec<&str> = sources().iter().filter(|s| !s.public).map(|s| s.id.as_str()).collect();
    let random = (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    match at % 4 {
        0 => Vec::new(),
        1 | 2 => vec![private[random as usize % private.len()]],
        _ => private.iter().enumerate().filter(|(bit, _)| random >> bit & 1 == 1).map(|(_, s)| *s).collect(),
    }
}

/// Figures beside peers are left out: in the one table the peers that withhold are no peers, in the other they are.
#[test]
fn what_is_withheld_is_what_was_never_authorised() {
    let city = &*CITY;
    let snapshot = city.snapshot("withheld.snap");
    let ids: Vec<&str> = snapshot.ids().map(Result::unwrap).collect();
    let lines = ids.iter().enumerate().map(|(at, id)| format!("{id},{}\n", not_authorised(at).join(";")));
    let list = city.path("list.csv");
    std::fs::write(&list, format!("enterprise_id,not_authorised\n{}", lines.collect::<String>())).unwrap();
    city.features(Some(&list), "asked.parquet");
    let table = city.table("asked.parquet");
    assert_eq!(table.rows(), ids.len());

    let is_beside_peers = |at: &usize| matches!(city.catalogue.features[*at].value, Value::Peers(..));
    let features = city.catalogue.features.len();
    let peers: Vec<usize> = (0..features).filter(is_beside_peers).collect();
    assert!(!peers.is_empty());
    let assessor = city.assessor();
    let inputs = Inputs::new(&city.model, &assessor, &city.catalogue).unwrap();
    let (mut same_digest, mut fewer_hits, mut not_ratable) = (0, 0, 0);
    for (at, id) in ids.iter().enumerate() {
        let row = snapshot.get(id).unwrap().unwrap();
        let withholding = Withholding::new(&city.catalogue, not_authorised(at)).unwrap();
        let masked = Withheld::new(row, &withholding);
        let (masked, asked) = (&masked, TableRow(&table, at, &city.catalogue));
        for text in Text::ALL.into_iter().filter(|t| ![Text::States, Text::InputsDigest].contains(t)) {
            assert_eq!(masked.text(text), asked.text(text), "{id}: {text:?}, {:?} withheld", withholding.sources());
        }
        for figure in Figure::ALL {
            assert_eq!(masked.figure(figure).to_bits(), asked.figure(figure).to_bits(), "{id}: {figure:?}");
        }
        let [left, right] = [masked.text(Text::States).unwrap(), asked.text(Text::States).unwrap()];
        assert_eq!((left.len(), right.len()), (features, features));
        let mut peers_are_equal = true;
        for (place, (a, b)) in left.bytes().zip(right.bytes()).enumerate() {
            let is_equal = a == b && (a != b'.' || masked.value(place).to_bits() == asked.value(place).to_bits());
            match peers.contains(&place) {
                true => peers_are_equal &= is_equal,
                false => assert!(is_equal, "{id}: {}", city.catalogue.features[place].column),
            }
        }
        if peers_are_equal {
            assert_eq!(masked.text(Text::InputsDigest), asked.text(Text::InputsDigest), "{id}");
            same_digest += usize::from(!withholding.is_empty());
        }
        let states = asked.text(Text::States).unwrap();
        let with_peers = WithPeers { row: masked, other: asked, peers: &peers, states };
        let (left, right) = (city.rate(&inputs, &assessor, &with_peers), city.rate(&inputs, &assessor, &asked));
        assert_eq!(left, right, "{id}: {:?} withheld", withholding.sources());
        fewer_hits += usize::from(masked.text(Text::Hits) != FeatureRow::text(&row, Text::Hits));
        not_ratable += usize::from(left.1.not_ratable.contains("source_withheld"));
    }
    // The comparison was of something.
    assert!(same_digest > 0 && fewer_hits > 0 && not_ratable > 0, "{same_digest} {fewer_hits} {not_ratable}");
}
