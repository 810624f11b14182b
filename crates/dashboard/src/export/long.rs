//! A list that is too long to be held, written as it is read: some thousand rows at a time, however many there are.
//!
//! The facts are free between two parts, so nobody waits for a slow download. All parts are as known at the line of the ledger
//! that the answer began with: what comes meanwhile is in none.

use super::{csv, json, xlsx};
use crate::content::{Asked, Content, Refused, Rows};
use crate::figures::Figures;
use crate::kept::Loaded;
use crate::names::Names;
use crate::register::Known;
use crate::role::Scope;
use crate::sheet::Line;
use crate::view::View;
use axum::body::{Body, Bytes};
use std::io::{Error, Read as _, Seek as _};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;

/// Rows of a part: some hundred kilobytes.
const PART: usize = 2_000;
/// Parts that wait for the browser to take them.
const WAITING: usize = 2;
/// How long a part waits: who takes nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(60);
/// Bytes of a file that are read at a time.
const BLOCK: usize = 256 * 1024;

/// The rows of a long list, to be read from the beginning.
#[derive(Clone)]
pub(crate) struct Long {
    pub(crate) figures: Figures,
    pub(crate) view: View,
    pub(crate) scope: Scope,
    pub(crate) known: Known,
}

/// Where parts of an answer go.
struct Out {
    to: mpsc::Sender<Result<Bytes, Error>>,
    here: Handle,
}

impl Long {
    /// Gives all rows, part after part.
    fn parts(&self, mut take: impl FnMut(&[Line]) -> Result<(), Refused>) -> Result<(), Refused> {
        let mut place = Some(0);
        // Lines of loans have numbers and codes, and need nothing beside the facts.
        let (kept, names) = (Loaded::default(), Names::default());
        while let Some(first) = place {
            let lines = {
                let facts = self.figures.read().ok_or(Refused::Broken("figures are half taken"))?;
                let (view, scope) = (&self.view, self.scope);
                let asked = Asked { facts: &facts, kept: &kept, names: &names, view, scope, rows: Rows::All };
                let (lines, next) = asked.loan_lines(self.known, first, PART)?;
                place = next;
                lines
            };
            take(&lines)?;
        }
        Ok(())
    }

    /// The table as text, row by row; the total is the last one.
    pub(crate) fn csv(self, content: Content, permit: OwnedSemaphorePermit) -> Body {
        self.answer(permit, move |long, out| {
            let sheet = &content.blocks.first().ok_or(Refused::NotFound)?.sheet;
            out.send(csv::beginning(sheet, long.view.lang)?)?;
            long.parts(|lines| out.send(csv::rows(lines, sheet)?))?;
            out.send(csv::rows(sheet.total.as_slice(), sheet)?)
        })
    }

    /// The page for machines, row by row.
    pub(crate) fn json(self, mut content: Content, own: Option<String>, permit: OwnedSemaphorePermit) -> Body {
        self.answer(permit, move |long, out| {
            content.blocks.iter_mut().for_each(|block| block.sheet.lines.clear());
            let (before, after) = json::around_rows(&long.view, &content, own.as_deref())?;
            out.send(before)?;
            let mut is_first = true;
            long.parts(|lines| {
                let rows = json::rows(lines, is_first)?;
                is_first = false;
                out.send(rows)
            })?;
            out.send(after)
        })
    }

    /// The workbook, in a file that has no name and goes when it was read. Its rows are on the disk while it is made.
    pub(crate) fn xlsx(&self, content: &Content, own: Option<String>) -> Result<std::fs::File, Refused> {
        let failed = |e: Error| Refused::Sheet(e.to_string());
        let mut file = tempfile::tempfile().map_err(failed)?;
        xlsx::write_long(&self.view, content, own, &mut file, |take| self.parts(take))?;
        file.rewind().map_err(failed)?;
        Ok(file)
    }

    /// A file as an answer.
    pub(crate) fn file(self, mut file: std::fs::File, permit: OwnedSemaphorePermit) -> Body {
        self.answer(permit, move |_, out| {
            loop {
                let mut block = Vec::with_capacity(BLOCK);
                let read = file.by_ref().take(BLOCK as u64).read_to_end(&mut block);
                match read.map_err(|e| Refused::Sheet(e.to_string()))? {
                    0 => return Ok(()),
                    _ => out.send(block)?,
                }
            }
        })
    }

    /// What a thread of its own writes, as it is taken. An answer that can not be finished breaks off: it has no end then,
    /// and no browser takes it for a whole one.
    fn answer(
        self,
        permit: OwnedSemaphorePermit,
        write: impl FnOnce(&Self, &Out) -> Result<(), Refused> + Send + 'static,
    ) -> Body {
        let (to, from) = mpsc::channel(WAITING);
        let out = Out { to, here: Handle::current() };
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            if let Err(why) = write(&self, &out) {
                let why: &(dyn std::error::Error + 'static) = &why;
                tracing::warn!(error = why, "a long export broke off");
                let _ = out.to.try_send(Err(Error::other("broken off")));
            }
        });
        Body::from_stream(ReceiverStream::new(from))
    }
}

impl Out {
    fn send(&self, part: Vec<u8>) -> Result<(), Refused> {
        let sent = async { tokio::time::timeout(STALLED, self.to.send(Ok(part.into()))).await };
        match self.here.block_on(sent) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Refused::Broken("who asked is gone")),
            Err(_) => Err(Refused::Broken("who asked takes nothing")),
        }
    }
}
