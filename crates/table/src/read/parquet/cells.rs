//! Row groups of a Parquet file as cells, decoded on several cores.

use super::layout::{self, Batch, guarded};
use super::pages;
use crate::read::cells::{CellBatch, Decoded, each_slice, in_order};
use crate::{Error, source};
use polars::polars_utils::mmap::MMapSemaphore;
use polars::prelude::FileMetadata;
use rayon::prelude::*;
use std::path::Path;

pub(in crate::read) struct ParquetCells {
    bytes: MMapSemaphore,
    metadata: FileMetadata,
    stored: Vec<String>,
    headings: Vec<String>,
}

impl ParquetCells {
    pub(in crate::read) fn open(path: &Path) -> Result<Self, Error> {
        let bytes = source::mapped(path)?;
        let metadata = layout::metadata(path, bytes.as_ref())?;
        let stored: Vec<String> = metadata.schema().fields().iter().map(|f| f.name().to_owned()).collect();
        let headings = stored.iter().map(|n| n.trim().to_owned()).collect();
        Ok(Self { bytes, metadata, stored, headings })
    }

    pub(in crate::read) fn headings(&self) -> &[String] {
        &self.headings
    }

    pub(in crate::read) fn rows(&self) -> usize {
        self.metadata.num_rows
    }

    pub(in crate::read) fn is_readable(&self, path: &Path, position: usize) -> bool {
        self.has_own_name(position) && layout::supported(path, self.metadata.clone(), &[&self.stored[position]]).is_ok()
    }

    fn has_own_name(&self, position: usize) -> bool {
        self.stored.iter().filter(|n| **n == self.stored[position]).count() == 1
    }

    pub(in crate::read) fn read(
        &self,
        path: &Path,
        size: u64,
        columns: &[usize],
        each: &(dyn Fn(CellBatch<'_>) + Sync),
    ) -> Result<(), Error> {
        if let Some(&twice) = columns.iter().find(|&&p| !self.has_own_name(p)) {
            let name = self.stored[twice].clone();
            let mut positions = (1..).zip(&self.stored).filter(|(_, n)| **n == name).map(|(i, _)| i);
            let (first, second) = (positions.next().unwrap_or(0), positions.next().unwrap_or(0));
            return Err(Error::DuplicateColumn { file: path.to_owned(), name, first, second });
        }
        let bytes = self.bytes.as_ref();
        let names: Vec<&str> = columns.iter().map(|&p| self.stored[p].as_str()).collect();
        let metadata = layout::supported(path, self.metadata.clone(), &names)?;
        if !guarded(path, || Ok(pages::fit(bytes, &metadata)))? {
            let detail = "a page does not fit its column".to_owned();
            return Err(Error::BadParquet { file: path.to_owned(), detail });
        }
        let batches = Batch::all(metadata);
        let share = |batch: &Batch| (size as f64 * batch.rows() as f64 / self.rows().max(1) as f64) as u64;
        // With few row groups each core takes columns of one, then slices of its rows.
        let is_few = batches.len() < 4 * rayon::current_num_threads();
        let one = |batch: &Batch| match decode(path, bytes, batch, &names, is_few) {
            Ok(decoded) => each_slice(&decoded, batch.first_row, batch.rows(), share(batch), is_few, each),
            Err(error) => each(CellBatch {
                first_row: batch.first_row,
                rows: batch.rows(),
                columns: Vec::new(),
                ragged: &[],
                lost: Some(&error),
                bytes: share(batch),
            }),
        };
        match is_few {
            true => batches.iter().for_each(one),
            false => in_order(batches.len(), |i| one(&batches[i])),
        }
        Ok(())
    }
}

fn decode(path: &Path, bytes: &[u8], batch: &Batch, names: &[&str], is_parallel: bool) -> Result<Vec<Decoded>, Error> {
    let some = |names: &[&str]| -> Result<Vec<Decoded>, Error> {
        let mut frame = batch.decode(path, bytes, names)?;
        let lost = |name: &str| Error::BadParquet { file: path.to_owned(), detail: format!("column {name:?} is lost") };
        let one = |&name: &&str| {
            let series = frame.remove(name).ok_or_else(|| lost(name))?;
            guarded(path, || Ok(Decoded::new(&series)))?.map_err(|e| e.error(path, name.trim()))
        };
        names.iter().map(one).collect()
    };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    match is_parallel {
        true => {
            let parts: Vec<_> = names.par_chunks(1).map(some).collect();
            Ok(parts.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        }
        false => some(names),
    }
}
