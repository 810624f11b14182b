//! Pages of lists, and the tokens that lead from one to the next.
//!
//! A token is where the next page begins and a mark over that, who asked and what was asked, which only the servers of
//! one store can make: it is of no use to another caller, for another request, or changed.

use super::{Desk, refuse};
use crate::identity::Caller;
use api::rating::v1::ErrorReason;
use store::Store;
use tonic::{Code, Status};

/// Longer tokens are not looked at.
const TOKEN_MAX: usize = 512;

/// A list as one caller asks for it: what its tokens depend on besides their place.
#[derive(Clone)]
pub(crate) struct Listed<'d> {
    store: &'d Store,
    asked: Vec<u8>,
}

impl<'d> Listed<'d> {
    /// - `fields`: those of the request that choose what is listed.
    pub(crate) fn new(desk: &'d Desk, caller: &Caller, method: &str, fields: &[&str]) -> Self {
        let mut asked = Vec::new();
        for part in [caller.tenant(), caller.role().name(), method].iter().chain(fields) {
            add(&mut asked, part);
        }
        Self { store: desk.store(), asked }
    }

    fn marked(&self, place: &str) -> Vec<u8> {
        let mut out = self.asked.clone();
        add(&mut out, place);
        out
    }

    /// The token of the page that begins at a place: numbers and ids, without `.`.
    pub(crate) fn token(&self, place: &str) -> String {
        format!("{place}.{}", primitives::hex(&self.store.mark(&self.marked(place))))
    }

    /// The place of a token; `None` for the first page.
    ///
    /// # Errors
    /// INVALID_ARGUMENT, INVALID_PAGE_TOKEN.
    pub(crate) fn place<'t>(&self, token: &'t str) -> Result<Option<&'t str>, Status> {
        if token.is_empty() {
            return Ok(None);
        }
        let split = Some(token).filter(|t| t.len() <= TOKEN_MAX).and_then(|t| t.rsplit_once('.'));
        let found = split
            .filter(|(place, hex)| bytes_of(hex).is_some_and(|mark| self.store.is_mark(&self.marked(place), &mark)));
        found.map(|(place, _)| Some(place)).ok_or_else(refused)
    }

    /// Cuts a list that has one row more than a page to the page; the token of the next where there is one.
    pub(crate) fn cut<T>(&self, rows: &mut Vec<T>, size: usize, place: impl Fn(&T) -> String) -> String {
        let has_more = rows.len() > size;
        rows.truncate(size);
        match rows.last() {
            Some(last) if has_more => self.token(&place(last)),
            _ => String::new(),
        }
    }
}

/// The place of a token of ours that cannot be read: a token of an earlier version.
pub(crate) fn refused() -> Status {
    let why = "the page token is none that was given for this request";
    refuse::because(Code::InvalidArgument, ErrorReason::InvalidPageToken, why)
}

fn add(to: &mut Vec<u8>, part: &str) {
    to.extend((part.len() as u64).to_be_bytes());
    to.extend(part.as_bytes());
}

/// Lower-case digits only, so that a token has one spelling.
fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return None;
    }
    (0..32).map(|i| u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()).collect()
}
