//! A directory of sources, read by the gate; what came out as text.

#![allow(dead_code, reason = "each test file uses a part")]

use features::gate::{Gate, Summary};
use features::record::{MISSING, Records, Sink};
use features::schema::{Kind, number, sources};
use std::path::PathBuf;
use std::sync::Mutex;

/// 2025-03-31.
pub(crate) const AS_OF: i32 = 20_178;

pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
        self
    }

    /// Reads all sources; the records as sorted lines of text.
    pub(crate) fn read(&self) -> (Summary, Vec<String>) {
        self.read_with(None)
    }

    /// As `read`, with issues in a folder.
    pub(crate) fn read_with(&self, issues: Option<&std::path::Path>) -> (Summary, Vec<String>) {
        let gate = Gate::open(self.0.path(), AS_OF, issues).expect("a directory");
        let taken = Taken(Mutex::default());
        for (source, schema) in sources().iter().enumerate() {
            let all: Vec<usize> = (0..schema.columns.len()).collect();
            gate.read(source, &all, &taken, &|_| ()).expect("only the system may refuse");
        }
        let mut lines = Vec::new();
        for (source, batch) in taken.0.into_inner().expect("no panic") {
            for row in 0..batch.len() {
                lines.push(line(&gate, source, &batch, row));
            }
        }
        lines.sort();
        (gate.finish().expect("only the system may refuse"), lines)
    }
}

struct Taken(Mutex<Vec<(usize, Records)>>);

impl Sink for Taken {
    fn records(&self, source: usize, batch: Records) {
        self.0.lock().expect("no panic").push((source, batch));
    }

    fn forget(&self, source: usize) {
        self.0.lock().expect("no panic").retain(|(of, _)| *of != source);
    }
}

/// Source, enterprise, event, known (`~` when assumed) and the values that are not missing, but keys.
fn line(gate: &Gate, source: usize, batch: &Records, row: usize) -> String {
    let schema = &sources()[source];
    let name = gate.names().get(batch.enterprise[row]).expect("its id was taken");
    let mark = if batch.known_assumed[row] { "~" } else { "" };
    let mut line = format!("{} {name} {} {}{mark}", schema.id, batch.event[row], batch.known[row]);
    for (index, column) in schema.columns.iter().enumerate() {
        let slot = batch.slots[index][row];
        if slot == MISSING || [schema.event, schema.known].contains(&index) {
            continue;
        }
        let value = match column.kind {
            Kind::Id | Kind::Key => continue,
            Kind::Text | Kind::District | Kind::Industry | Kind::CreditCode => {
                gate.text(source, index, slot).expect("its text").to_string()
            }
            Kind::Code => column.codes[slot as usize].key.clone(),
            _ => slot.to_string(),
        };
        line.push_str(&format!(" {}={value}", column.name));
    }
    line
}

/// The number of issues of a rule in a source.
pub(crate) fn count(summary: &Summary, source: &str, rule: &str) -> u64 {
    assert!(number(source).is_some(), "{source}");
    let source = summary.source(source).expect("all sources are in the summary");
    source.issues.get(rule).copied().unwrap_or(0)
}

pub(crate) const REGISTRY: &str =
    "enterprise_id,recorded_on,kind,industry,district,established_on,registered_capital,status,known_at,credit_code\n";

/// A sound row of the registry.
pub(crate) fn registered(id: &str) -> String {
    format!("{id},2025-03-01,limited,C3911,500103,2015-06-01,1000000,active,2025-03-03,\n")
}

/// Sound rows of the registry, so that the result may be used.
pub(crate) fn registry(rows: usize) -> String {
    let rows: String = (0..rows).map(|i| registered(&format!("E{i}"))).collect();
    format!("{REGISTRY}{rows}")
}
