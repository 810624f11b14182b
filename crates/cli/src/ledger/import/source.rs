//! The rows of a file, whatever its format, without the whole of it in memory: only a workbook is read at once.

use crate::input;
use anyhow::{Context as _, Result, bail};
use calamine::{Data, Reader as _};
use csv::StringRecord;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use table::ReadOptions;

/// Bytes of the file that were read.
#[derive(Clone, Default)]
pub(crate) struct Position(Arc<AtomicU64>);

impl Position {
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counted {
    file: File,
    position: Position,
}

impl Read for Counted {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(bytes)?;
        self.position.0.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Workbook,
    Parquet,
    /// Events as they are stored, one a line.
    Events,
}

impl Format {
    pub(crate) fn of(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        Ok(match name.trim_end_matches(".gz") {
            n if n.ends_with(".csv") => Self::Csv,
            n if n.ends_with(".jsonl") => Self::Events,
            _ if name.ends_with(".xlsx") => Self::Workbook,
            _ if name.ends_with(".parquet") => Self::Parquet,
            _ => bail!("{}: is not .csv, .csv.gz, .xlsx, .parquet, .jsonl or .jsonl.gz", path.display()),
        })
    }
}

fn open(path: &Path, position: &Position) -> Result<Box<dyn Read + Send>> {
    let file = File::open(path).with_context(|| format!("file {}", path.display()))?;
    let counted = Counted { file, position: position.clone() };
    Ok(match path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz")) {
        true => Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, counted))),
        false => Box::new(counted),
    })
}

/// The lines of a file of events, with their numbers from 1.
pub(crate) fn lines(path: &Path, position: &Position, mut each: impl FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
    let mut reader = BufReader::with_capacity(1 << 18, open(path, position)?);
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).with_context(|| format!("file {}", path.display()))? == 0 {
            return Ok(());
        }
        number += 1;
        let text = line.trim_ascii();
        if !text.is_empty() {
            each(number, text)?;
        }
    }
}

/// The columns of a table and then its rows, with their numbers from 1.
pub(crate) fn rows(
    path: &Path,
    position: &Position,
    mut columns: impl FnMut(&[String]) -> Result<()>,
    mut each: impl FnMut(u64, StringRecord) -> Result<()>,
) -> Result<()> {
    match Format::of(path)? {
        Format::Csv => csv_rows(path, position, &mut columns, &mut each),
        Format::Workbook => workbook_rows(path, &mut columns, &mut each),
        Format::Parquet => parquet_rows(path, position, &mut columns, &mut each),
        Format::Events => bail!("{}: holds events and no table", path.display()),
    }
}

type Columns<'a> = &'a mut dyn FnMut(&[String]) -> Result<()>;
type Each<'a> = &'a mut dyn FnMut(u64, StringRecord) -> Result<()>;

fn csv_rows(path: &Path, position: &Position, columns: Columns<'_>, each: Each<'_>) -> Result<()> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).buffer_capacity(1 << 18).from_reader(open(path, position)?);
    let mut record = csv::ByteRecord::new();
    let mut number = 0;
    while reader.read_byte_record(&mut record).with_context(|| format!("file {}", path.display()))? {
        let texts = decoded(&record);
        if number == 0 {
            let mut names: Vec<String> = texts.iter().map(|name| name.trim().to_owned()).collect();
            if let Some(first) = names.first_mut() {
                *first = first.trim_start_matches('\u{feff}').to_owned();
            }
            columns(&names)?;
        } else {
            each(number, texts)?;
        }
        number += 1;
    }
    Ok(())
}

/// UTF-8, or GB18030 where it is none: neither a comma nor a quote is a part of one of its characters.
fn decoded(record: &csv::ByteRecord) -> StringRecord {
    match StringRecord::from_byte_record(record.clone()) {
        Ok(texts) => texts,
        Err(_) => record.iter().map(|bytes| encoding_rs::GB18030.decode_without_bom_handling(bytes).0).collect(),
    }
}

fn workbook_rows(path: &Path, columns: Columns<'_>, each: Each<'_>) -> Result<()> {
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook(path).with_context(|| format!("workbook {}", path.display()))?;
    let sheet = book.sheet_names().first().cloned().with_context(|| format!("{}: has no sheet", path.display()))?;
    let range = book.worksheet_range(&sheet).with_context(|| format!("{}, sheet {sheet:?}", path.display()))?;
    let mut rows = range.rows();
    let Some(names) = rows.next() else { bail!("{}, sheet {sheet:?}: is empty", path.display()) };
    columns(&names.iter().map(|cell| text(cell).trim().to_owned()).collect::<Vec<_>>())?;
    for (row, number) in rows.zip(1..) {
        if row.iter().any(|cell| *cell != Data::Empty) {
            each(number, row.iter().map(text).collect())?;
        }
    }
    Ok(())
}

fn text(cell: &Data) -> String {
    match cell {
        Data::DateTime(at) => match at.as_datetime() {
            Some(at) if at.time() == chrono::NaiveTime::MIN => at.date().to_string(),
            Some(at) => at.to_string(),
            None => at.as_f64().to_string(),
        },
        Data::Empty => String::new(),
        other => other.to_string(),
    }
}

fn parquet_rows(path: &Path, position: &Position, columns: Columns<'_>, each: Each<'_>) -> Result<()> {
    let mut number = 0;
    let options = ReadOptions { no_digest: true, ..ReadOptions::default() };
    let progress = |p: table::Progress| position.0.store(p.bytes_done, Ordering::Relaxed);
    table::read_batches(path, &options, &progress, |batch| {
        if number == 0 {
            columns(batch.names())?;
        }
        let cells: Vec<Vec<Option<String>>> = batch.columns().iter().map(input::texts).collect();
        for row in 0..batch.rows() {
            number += 1;
            each(number, cells.iter().map(|column| column[row].as_deref().unwrap_or("")).collect())?;
        }
        Ok::<(), anyhow::Error>(())
    })
}
