use super::*;
use crate::catalogue::Catalogue;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::OutColumn;

const VERSION_OF_TESTS: &str = "1-test";

/// A row that owns what is in it.
#[derive(Debug, Clone)]
struct Own {
    texts: [Option<String>; TEXTS.len()],
    figures: [f64; FIGURES.len()],
    values: Vec<f64>,
}

impl Own {
    fn new(id: &str, as_of: &str, version: &str, values: &[f64]) -> Self {
        let mut texts: [Option<String>; TEXTS.len()] = Default::default();
        texts[ID] = Some(id.to_owned());
        texts[AS_OF] = Some(as_of.to_owned());
        texts[super::VERSION] = Some(version.to_owned());
        texts[STATES] = Some(".".repeat(values.len()));
        texts[8] = Some("500112".into());
        Self { texts, figures: [1.0, -0.0, f64::NAN, 2.0], values: values.to_vec() }
    }

    fn borrowed(&self) -> NewRow<'_> {
        NewRow { texts: std::array::from_fn(|i| self.texts[i].as_deref()), figures: self.figures, values: &self.values }
    }
}

fn write_rows(out: &Path, features: usize, rows: &[Own]) -> Result<Written, Error> {
    let mut writer = Writer::create(out, VERSION_OF_TESTS, features)?;
    rows.iter().try_for_each(|row| writer.push(&row.borrowed()))?;
    writer.finish()
}

fn open(path: &Path, features: usize) -> Result<Snapshot, Error> {
    Snapshot::open_as(path, VERSION_OF_TESTS, features)
}

/// Any text that may stand in a row, missing and empty among them.
fn text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(Some(String::new())),
        "[a-z]{1,3}".prop_map(Some),
        "\\PC{0,40}".prop_map(Some),
        Just(Some("重庆市渝北区企业😀\u{0}\n".to_owned())),
    ]
}

/// Any bits: the infinities, zeros of both signs, every kind of NaN.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        Just(-0.0),
        Just(f64::NAN),
        Just(f64::from_bits(0x7FF8_0000_0000_0001)),
        Just(f64::NEG_INFINITY)
    ]
}

fn rows() -> impl Strategy<Value = (usize, Vec<Own>)> {
    (0_usize..6).prop_flat_map(|features| {
        let row = (
            prop::collection::vec(text(), TEXTS.len()),
            prop::collection::vec(number(), FIGURES.len()),
            prop::collection::vec(number(), features),
            prop::collection::vec(prop::sample::select(vec!['.', '0', 'u', 'n']), features),
            "\\PC{0,8}",
        );
        let row = row.prop_map(|(texts, figures, values, states, tail)| {
            let mut own = Own::new("", "2025-12-31", VERSION_OF_TESTS, &values);
            own.texts[3..STATES].clone_from_slice(&texts[3..STATES]);
            own.texts[STATES] = Some(states.into_iter().collect());
            own.texts[ID] = Some(tail);
            own.figures = figures.try_into().unwrap();
            own
        });
        prop::collection::vec(row, 1..40).prop_map(move |mut rows| {
            for (at, row) in rows.iter_mut().enumerate() {
                // The colon keeps "1" with a tail of "4" apart from a row 14 without one.
                row.texts[ID] = row.texts[ID].as_ref().map(|tail| format!("{at}:{tail}"));
            }
            (features, rows)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_was_written_comes_back((features, rows) in rows()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.snap");
        let written = write_rows(&path, features, &rows).unwrap();
        let snapshot = open(&path, features).unwrap();
        snapshot.verify(&|_, _| ()).unwrap();
        prop_assert_eq!(snapshot.len(), rows.len());
        prop_assert_eq!(snapshot.digest(), &written.digest);
        let ids: Vec<&str> = snapshot.ids().map(Result::unwrap).collect();
        for (row, id) in rows.iter().zip(ids) {
            prop_assert_eq!(row.texts[ID].as_deref(), Some(id));
            let found = snapshot.get(id).unwrap().unwrap();
            for place in 0..TEXTS.len() {
                prop_assert_eq!(found.text(place), row.texts[place].as_deref().filter(|t| !t.is_empty()));
            }
            for place in 0..FIGURES.len() {
                prop_assert_eq!(found.figure(place).to_bits(), row.figures[place].to_bits());
            }
            for place in 0..features {
                prop_assert_eq!(found.value(place).to_bits(), row.values[place].to_bits());
            }
            let other = format!("{id}?");
            prop_assert!(snapshot.get(&other).unwrap().is_none());
        }
        // The same rows are the same bytes.
        let again = folder.path().join("b.snap");
        prop_assert_eq!(write_rows(&again, features, &rows).unwrap(), written);
        prop_assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&again).unwrap());
    }
}

/// Reads whatever a file holds; whether something was found to be wrong.
fn is_refused(path: &Path, features: usize, ids: &[&str]) -> bool {
    let Ok(snapshot) = open(path, features) else { return true };
    for id in ids {
        if let Ok(Some(row)) = snapshot.get(id) {
            let _ = (0..TEXTS.len()).map(|t| row.text(t).map_or(0, str::len)).sum::<usize>();
            let _ = (0..FIGURES.len()).map(|f| row.figure(f)).sum::<f64>();
            let _ = (0..features).map(|f| row.value(f)).sum::<f64>();
        }
    }
    let _ = snapshot.ids().filter(Result::is_ok).count();
    snapshot.verify(&|_, _| ()).is_err()
}

fn small() -> (Vec<u8>, [&'static str; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.snap");
    let ids = ["E1", "企业二", "E3"];
    let mut rows = ids.map(|id| Own::new(id, "2025-12-31", VERSION_OF_TESTS, &[0.5, -0.0]));
    rows[1].texts[13] = Some("N05|registry|2025-01-01||revoked".into());
    rows[2].texts[8] = None;
    write_rows(&path, 2, &rows).unwrap();
    (std::fs::read(&path).unwrap(), ids)
}

#[test]
fn every_damaged_byte_and_every_truncation_is_found() {
    let (sound, ids) = small();
    let folder = tempfile::tempdir().unwrap();
    // A new file each time: one that is mapped is never changed.
    let refused = |bytes: &[u8], name: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let refused = is_refused(&path, 2, &ids);
        std::fs::remove_file(path).unwrap();
        refused
    };
    assert!(!refused(&sound, "sound".into()));
    for length in 0..sound.len() {
        assert!(refused(&sound[..length], format!("{length}.cut")), "cut to {length} of {}", sound.len());
    }
    for at in 0..sound.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut bytes = sound.clone();
            bytes[at] ^= flip;
            assert!(refused(&bytes, format!("{at}-{flip}.flip")), "byte {at} by {flip:#x}");
        }
    }
    let longer = [sound.as_slice(), &[0]].concat();
    assert!(refused(&longer, "longer".into()));
}

/// With digests that hold again, nothing but the checks of places stands between wrong bytes and the reader.
#[test]
fn wrong_places_are_found_where_they_are_read() {
    let (sound, ids) = small();
    let (end, _) = layout::End::read(&sound).unwrap();
    let end_at = (end.index_at + 8 * end.slots) as usize;
    let folder = tempfile::tempdir().unwrap();
    let sealed = |mut bytes: Vec<u8>, mut end: layout::End| {
        use sha2::Digest as _;
        bytes.truncate(end_at);
        end.content = sha2::Sha256::digest(&bytes).into();
        bytes.extend(end.to_bytes(end_at as u64).0);
        bytes
    };
    let mut found = 0;
    for at in 0..end_at {
        for flip in [0x01, 0x40, 0xFF] {
            let mut bytes = sound.clone();
            bytes[at] ^= flip;
            let path = folder.path().join(format!("{at}-{flip}"));
            std::fs::write(&path, sealed(bytes, end.clone())).unwrap();
            found += usize::from(is_refused(&path, 2, &ids));
            std::fs::remove_file(path).unwrap();
        }
    }
    assert!(found > end_at / 4, "{found} of {end_at}");
    let changes: [fn(&mut layout::End); 12] = [
        |e| e.rows = 9,
        |e| e.shared_at = 15,
        |e| e.shared_at = u64::MAX,
        |e| e.index_at += 8,
        |e| e.slots = 3,
        |e| e.slots = u64::MAX,
        |e| e.shared_bytes = u64::MAX - 3,
        |e| e.shared = u32::MAX,
        |e| e.features = 3,
        |e| e.features = u32::MAX,
        |e| e.as_of = "yesterday".into(),
        |e| e.catalogue_version = "2-test".into(),
    ];
    for change in changes {
        let mut other = end.clone();
        change(&mut other);
        let path = folder.path().join("changed");
        std::fs::write(&path, sealed(sound.clone(), other.clone())).unwrap();
        assert!(is_refused(&path, 2, &ids), "{other:?}");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn rows_that_can_not_stand_in_a_snapshot_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.snap");
    let row = |id: &str| Own::new(id, "2025-12-31", VERSION_OF_TESTS, &[0.5]);
    let refused = |rows: &[Own]| write_rows(&path, 1, rows).unwrap_err().to_string();
    assert!(refused(&[]).ends_with("a snapshot of no enterprise is of no use"));
    assert_eq!(refused(&[row("E1"), row("E1")]), r#"row 2, column "enterprise_id": "E1" stands in row 1 already"#);
    assert_eq!(refused(&[row("")]), r#"row 1, column "enterprise_id": is empty"#);
    let with = |place: usize, text: &str| {
        let mut row = row("E2");
        row.texts[place] = Some(text.into());
        row
    };
    let later = refused(&[row("E1"), with(AS_OF, "2026-01-31")]);
    assert_eq!(later, r#"row 2, column "as_of": "2026-01-31" is not "2025-12-31", the day of the rows before"#);
    assert!(refused(&[with(AS_OF, "31.12.2025")]).ends_with(r#""31.12.2025" is not a date like 2025-12-31"#));
    assert!(
        refused(&[with(super::VERSION, "2-x")]).contains(r#""2-x" is not the catalogue of this program, "1-test""#)
    );
    assert!(refused(&[with(STATES, "x")]).contains("1 letters, 1 of . 0 u n are expected"));
    assert!(refused(&[with(STATES, "..")]).contains("2 letters, 1 of . 0 u n are expected"));
    // Neither the file nor anything half written is left behind.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn other_files_and_formats_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (sound, _) = small();
    let refused = |path: PathBuf| open(&path, 2).unwrap_err().to_string().replace(&path.display().to_string(), "F");
    assert_eq!(refused(path("csv", b"enterprise_id,as_of\nE1,2025-12-31\n")), "F: is not a snapshot of features");
    assert_eq!(refused(path("empty", b"")), "F: is not a snapshot of features");
    assert_eq!(refused(folder.path().to_owned()), "F: is not a snapshot of features");
    let mut newer = sound.clone();
    newer[8] = 2;
    assert_eq!(refused(path("newer", &newer)), "F: format 2 of snapshots is not known here, 1 is");
    assert_eq!(refused(path("cut", &sound[..sound.len() - 1])), "F: is damaged: its end is missing");
    let other = Snapshot::open(&path("other", &sound)).unwrap_err();
    assert!(matches!(other, Error::Catalogue { .. }) && !other.is_damage(), "{other}");
}

#[test]
fn texts_of_one_tag_and_neighbours_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.snap");
    let rows: Vec<Own> =
        (0..20_000).map(|i| Own::new(&format!("E{i}"), "2025-12-31", VERSION_OF_TESTS, &[f64::from(i)])).collect();
    write_rows(&path, 1, &rows).unwrap();
    let snapshot = open(&path, 1).unwrap();
    snapshot.verify(&|_, _| ()).unwrap();
    for i in 0..20_000 {
        assert_eq!(snapshot.get(&format!("E{i}")).unwrap().map(|r| r.value(0)), Some(f64::from(i)));
        assert!(snapshot.get(&format!("F{i}")).unwrap().is_none());
    }
    assert!(snapshot.get("").unwrap().is_none());
}

/// A snapshot of the built-in catalogue in a folder, with one enterprise.
fn put(folder: &Path, name: &str, as_of: &str, id: &str) -> PathBuf {
    let catalogue = Catalogue::built_in();
    let path = folder.join(name);
    let mut writer = Writer::create(&path, &catalogue.version, catalogue.features.len()).unwrap();
    let row = Own::new(id, as_of, &catalogue.version, &vec![1.0; catalogue.features.len()]);
    writer.push(&row.borrowed()).unwrap();
    writer.finish().unwrap();
    path
}

#[test]
fn the_newest_of_a_folder_is_served_and_exchanged() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(matches!(Snapshots::open(folder), Err(Error::NoSnapshot { .. })));
    put(folder, "z.snap", "2025-10-31", "old");
    let a = put(folder, "a.snap", "2025-11-30", "a");
    std::fs::write(folder.join("c.part"), "no snapshot").unwrap();
    let snapshots = Snapshots::open(folder).unwrap();
    let name = |s: &Snapshot| s.path().file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(name(&snapshots.current()), "a.snap");
    assert!(!snapshots.reload().unwrap().is_new);

    // Of one day, the name decides; readers keep what they have.
    let held = snapshots.current();
    put(folder, "b.snap", "2025-11-30", "b");
    let reload = snapshots.reload().unwrap();
    assert!(reload.is_new && reload.refused.is_empty());
    assert_eq!((name(&reload.current), name(&snapshots.current())), ("b.snap".into(), "b.snap".into()));
    assert!(held.get("a").unwrap().is_some() && held.get("b").unwrap().is_none());
    assert!(snapshots.current().get("b").unwrap().is_some());

    // An older one that comes later changes nothing.
    put(folder, "y.snap", "2025-09-30", "older");
    assert!(!snapshots.reload().unwrap().is_new);

    // Damage at the end is seen at opening, in the content at verifying.
    let newer = put(folder, "c.snap", "2025-12-31", "c");
    let sound = std::fs::read(&newer).unwrap();
    for at in [sound.len() - 1, 200] {
        std::fs::remove_file(&newer).unwrap();
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        std::fs::write(&newer, bytes).unwrap();
        let reload = snapshots.reload().unwrap();
        assert!(!reload.is_new && reload.refused.len() == 1 && reload.refused[0].is_damage(), "{reload:?}");
        assert_eq!(name(&snapshots.current()), "b.snap");
    }

    // Removing a snapshot brings back the one before.
    std::fs::remove_file(&newer).unwrap();
    std::fs::remove_file(folder.join("b.snap")).unwrap();
    assert!(snapshots.reload().unwrap().is_new);
    assert_eq!(name(&snapshots.current()), "a.snap");
    std::fs::remove_file(a).unwrap();
    std::fs::remove_file(folder.join("z.snap")).unwrap();
    std::fs::remove_file(folder.join("y.snap")).unwrap();
    let reload = snapshots.reload().unwrap();
    assert!(!reload.is_new && reload.current.get("a").unwrap().is_some());
}

#[test]
fn readers_are_not_disturbed_by_an_exchange() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "00.snap", "2025-01-31", "E");
    let snapshots = Arc::new(Snapshots::open(folder.path()).unwrap());
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let snapshots = Arc::clone(&snapshots);
                scope.spawn(move || {
                    let mut last = snapshots.current().as_of();
                    for _ in 0..20_000 {
                        let current = snapshots.current();
                        assert!(current.as_of() >= last && current.get("E").unwrap().is_some());
                        last = current.as_of();
                    }
                })
            })
            .collect();
        for day in 1..=20 {
            put(folder.path(), &format!("{day:02}.snap"), &format!("2025-02-{day:02}"), "E");
            assert!(snapshots.reload().unwrap().is_new);
        }
        readers.into_iter().for_each(|r| r.join().unwrap());
    });
}

#[test]
fn a_table_that_is_none_of_features_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (table, out) = (folder.path().join("t.csv"), folder.path().join("t.snap"));
    table::write(&table, &[("enterprise_id".into(), OutColumn::OptionalText(&[Some("E1")]))]).unwrap();
    let refused = write(&table, &out, &|_| ()).unwrap_err().to_string();
    assert!(refused.contains("as_of"), "{refused}");
    assert!(!out.exists());
}
