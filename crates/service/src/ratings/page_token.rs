//! Tokens of pages: where the next begins, with a mark that only the servers of one store can make.
//!
//! The mark is over the token, who asked and what was asked, so a token is of no use to another caller, for another
//! request, or changed.

use crate::desk::refuse;
use crate::identity::Caller;
use api::rating::v1::ErrorReason;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::{Store, UnixMicros};
use tonic::{Code, Status};

const MARK: usize = 32;

/// What a page of a list depends on besides its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listed<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) method: &'static str,
    /// The fields of the request that choose what is listed.
    pub(crate) fields: &'a [&'a str],
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    /// The end of the time that is listed, fixed by the first page.
    pub(crate) until: UnixMicros,
    /// Time and id of the last row of the page before.
    pub(crate) after: (UnixMicros, String),
}

impl Listed<'_> {
    fn marked(&self, place: &[u8]) -> Vec<u8> {
        let parts = [self.caller.tenant(), self.caller.role().name(), self.method];
        let mut out = Vec::new();
        for part in parts.iter().chain(self.fields) {
            out.extend((part.len() as u64).to_be_bytes());
            out.extend(part.as_bytes());
        }
        out.extend(place);
        out
    }

    pub(crate) fn token(&self, store: &Store, place: &Place) -> String {
        let mut bytes = Vec::with_capacity(96);
        bytes.extend(place.until.to_be_bytes());
        bytes.extend(place.after.0.to_be_bytes());
        bytes.extend(place.after.1.as_bytes());
        let mark = store.mark(&self.marked(&bytes));
        bytes.extend(mark);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// # Errors
    /// INVALID_ARGUMENT, INVALID_PAGE_TOKEN.
    pub(crate) fn place(&self, store: &Store, token: &str) -> Result<Place, Status> {
        self.try_place(store, token).ok_or_else(|| {
            let why = "the page token is none that was given for this request";
            refuse::because(Code::InvalidArgument, ErrorReason::InvalidPageToken, why)
        })
    }

    fn try_place(&self, store: &Store, token: &str) -> Option<Place> {
        // Longer ones are not looked at.
        let bytes = if token.len() <= 256 { URL_SAFE_NO_PAD.decode(token).ok()? } else { return None };
        let (place, mark) = bytes.split_at_checked(bytes.len().checked_sub(MARK)?)?;
        if !store.is_mark(&self.marked(place), mark) {
            return None;
        }
        let (until, rest) = place.split_first_chunk::<8>()?;
        let (at, id) = rest.split_first_chunk::<8>()?;
        let id = str::from_utf8(id).ok()?.to_owned();
        Some(Place { until: i64::from_be_bytes(*until), after: (i64::from_be_bytes(*at), id) })
    }
}
