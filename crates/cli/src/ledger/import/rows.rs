//! A file as parts of events, in the order of its rows.

use super::cell::{Fault, Fields};
use super::mapping::{MappedEvent, Mapping};
use super::source::{self, Format, Position};
use crate::args::ImportArgs;
use anyhow::{Context as _, Result};
use csv::StringRecord;
use ledger::event::{Actor, Body, Office, UnixMicros};
use ledger::{Event, Refusal};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Rows of a part.
const ROWS: u64 = 4_096;

/// Where an event comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    /// The row, from 1; the line of a file of events.
    pub(crate) row: u64,
    /// The place of the event in the mapping.
    place: usize,
    pub(crate) word: &'static str,
}

/// Some rows, read.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) rows: u64,
    pub(crate) items: Vec<Item>,
    pub(crate) events: Vec<Event>,
    pub(crate) faults: Vec<(Item, Fault)>,
}

/// A file with the mapping of its columns, which is known with its heading.
pub(crate) struct Reader {
    file: PathBuf,
    mapping_text: Option<String>,
    mapping: OnceLock<Mapping>,
    office: Option<String>,
    person: Option<String>,
    recorded_at: UnixMicros,
    format: Format,
    bytes: u64,
    position: Position,
}

impl Reader {
    pub(crate) fn new(args: &ImportArgs) -> Result<Self> {
        let format = Format::of(&args.file)?;
        let size = fs::metadata(&args.file).with_context(|| format!("file {}", args.file.display()))?.len();
        let read = |path: &PathBuf| fs::read_to_string(path).with_context(|| format!("mapping {}", path.display()));
        Ok(Self {
            file: args.file.clone(),
            mapping_text: args.mapping.as_ref().map(read).transpose()?,
            mapping: OnceLock::new(),
            office: args.office.clone(),
            person: args.person.clone(),
            recorded_at: UnixMicros(chrono::Utc::now().timestamp_micros()),
            format,
            bytes: size,
            position: Position::default(),
        })
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn position(&self) -> u64 {
        self.position.bytes()
    }

    /// The column of the field that a refusal is about.
    pub(crate) fn column(&self, item: &Item, refusal: &Refusal) -> String {
        let field = match refusal {
            Refusal::Amount { field, .. }
            | Refusal::Differs { field, .. }
            | Refusal::Empty { field }
            | Refusal::BeforeFact { field, .. } => *field,
            Refusal::Future { .. } | Refusal::ClosedPeriod { .. } => "effective_on",
            Refusal::District { .. } => "district",
            Refusal::Zone { .. } => "zone",
            Refusal::Indicator { .. } => "indicator",
            Refusal::AboveBalance { .. } => "amount",
            Refusal::SamePerson { .. } => "person",
            Refusal::NotFound { what, .. } | Refusal::Exists { what, .. } => policy::Code::code(*what),
            _ => return String::new(),
        };
        let name = field.trim_end_matches("_fen").trim_end_matches("_ppm");
        let name = match name {
            "principal" | "requested" | "part" | "loss" | "recommended" => "amount",
            "renews.part" => "renews_part",
            "valid_from" => "from",
            name => name,
        };
        let Some(mapping) = self.mapping.get() else { return field.to_owned() };
        let mapped = mapping.events[item.place].fields.iter().find(|m| m.field.name == name);
        mapped.map_or_else(|| field.to_owned(), |m| m.place(&mapping.columns))
    }

    /// Reads all rows.
    pub(crate) fn read(&self, mut take: impl FnMut(Part) -> Result<()>) -> Result<()> {
        let mut part = Part::default();
        let mut next = |part: &mut Part, last: bool| {
            if last || part.rows >= ROWS { take(std::mem::take(part)) } else { Ok(()) }
        };
        match self.format {
            Format::Events => source::lines(&self.file, &self.position, |number, line| {
                stored(number, line, &mut part);
                next(&mut part, false)
            })?,
            _ => source::rows(
                &self.file,
                &self.position,
                |columns| self.map(columns),
                |number, row| {
                    if let Some(mapping) = self.mapping.get() {
                        self.row(mapping, number, &row, &mut part);
                    }
                    next(&mut part, false)
                },
            )?,
        }
        next(&mut part, true)
    }

    fn map(&self, columns: &[String]) -> Result<()> {
        let mapping = match &self.mapping_text {
            Some(text) => Mapping::from_toml(text, columns),
            None => Mapping::own(columns, self.office.as_deref(), self.person.as_deref()),
        };
        let mapping = mapping.with_context(|| format!("file {}", self.file.display()))?;
        // The second reading of a file finds the mapping of the first.
        let _ = self.mapping.set(mapping);
        Ok(())
    }

    fn row(&self, mapping: &Mapping, number: u64, row: &StringRecord, part: &mut Part) {
        part.rows += 1;
        let single = match mapping.event_column {
            None => None,
            Some(column) => {
                let word = row.get(column).unwrap_or("").trim();
                match mapping.events.iter().position(|e| e.shape.word == word) {
                    Some(place) => Some(place),
                    None => {
                        let allowed = "a word that `shangzhi ledger columns` lists".to_owned();
                        let fault = Fault { column: "event".to_owned(), value: word.to_owned(), allowed };
                        part.faults.push((Item { row: number, place: 0, word: "" }, fault));
                        return;
                    }
                }
            }
        };
        let places = single.map_or(0..mapping.events.len(), |place| place..place + 1);
        let (before, mut fault) = (part.events.len(), None);
        for place in places {
            let event = &mapping.events[place];
            if event.when.as_ref().is_some_and(|when| !when.holds(row)) {
                continue;
            }
            let item = Item { row: number, place, word: event.shape.word };
            match self.event(mapping, event, place, row) {
                Ok(event) => {
                    part.items.push(item);
                    part.events.push(event);
                }
                Err(found) => {
                    fault = Some((item, found));
                    break;
                }
            }
        }
        if let Some(fault) = fault {
            // A row that can not be read whole is not entered by halves.
            part.events.truncate(before);
            part.items.truncate(before);
            part.faults.push(fault);
        }
    }

    fn event(&self, mapping: &Mapping, mapped: &MappedEvent, place: usize, row: &StringRecord) -> Result<Event, Fault> {
        let fields = Fields { row, mapped: &mapped.fields, names: &mapping.columns };
        let body: Body = mapped.shape.body(&fields)?;
        let told: Told = fields.parse("office")?;
        let request_id = match fields.maybe("request_id")? {
            Some(id) => id,
            None => mapping.request(mapped, place, row).parse().map_err(|e: ledger::IdError| Fault {
                column: "request_id".to_owned(),
                value: e.found.clone(),
                allowed: e.to_string(),
            })?,
        };
        Ok(Event {
            request_id,
            actor: Actor { id: fields.parse("person")?, office: told.0 },
            effective_on: fields.date("effective_on")?,
            recorded_at: self.recorded_at,
            body,
        })
    }
}

/// An event as it is stored: its recorded time is kept, for it is the history of another ledger.
fn stored(number: u64, line: &[u8], part: &mut Part) {
    part.rows += 1;
    let item = Item { row: number, place: 0, word: "event" };
    match Event::from_bytes(line) {
        Ok(event) => {
            part.items.push(item);
            part.events.push(event);
        }
        Err(error) => {
            let source = std::error::Error::source(&error).map(|s| format!(": {s}")).unwrap_or_default();
            let value: String = String::from_utf8_lossy(line).chars().take(80).collect();
            part.faults.push((item, Fault { column: "line".to_owned(), value, allowed: format!("{error}{source}") }));
        }
    }
}

/// An office as files write it.
struct Told(Office);

impl std::str::FromStr for Told {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = || "bank:ID, guarantor:ID, district:CODE, platform, bureau".to_owned();
        Ok(Self(match text.split_once(':') {
            Some(("bank", id)) => Office::Bank(id.parse().map_err(|e: ledger::IdError| e.to_string())?),
            Some(("guarantor", id)) => Office::Guarantor(id.parse().map_err(|e: ledger::IdError| e.to_string())?),
            Some(("district", code)) => Office::District(code.parse().map_err(|_| allowed())?),
            None if text == "platform" => Office::Platform,
            None if text == "bureau" => Office::Bureau,
            _ => return Err(allowed()),
        }))
    }
}
