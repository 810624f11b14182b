//! The fields of requests: all that is wrong with one is said at once, before anything is looked up.

use super::{day, refuse};
use api::Date;
use api::rating::v1::Purpose;
use api::request_id;
use chrono::NaiveDate;
use prost_types::Timestamp;
use std::fmt::Display;
use store::UnixMicros;
use tonic::Status;

const PAGE_MAX: u32 = 1_000;
const PAGE: u32 = 50;

/// What is wrong with a request: paths of fields, and what each must be.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<(String, String)>);

impl Violations {
    pub(crate) fn add(&mut self, field: impl Into<String>, must: impl Display) {
        self.0.push((field.into(), must.to_string()));
    }

    /// # Errors
    /// INVALID_ARGUMENT that names them, where there are any.
    pub(crate) fn end(self) -> Result<(), Status> {
        if self.0.is_empty() {
            return Ok(());
        }
        let fields: Vec<(&str, String)> = self.0.iter().map(|(field, must)| (field.as_str(), must.clone())).collect();
        Err(refuse::fields(&fields))
    }

    pub(crate) fn uuid(&mut self, field: &str, value: &str) {
        if !request_id::is_valid(value) {
            self.add(field, "must be a UUID of 36 characters with small letters");
        }
    }

    /// A text of at most `max` characters, none of which controls a terminal.
    pub(crate) fn text(&mut self, field: &str, value: &str, min: usize, max: usize) {
        if !has_length(value, min, max) {
            self.add(field, format!("must have {min} to {max} characters"));
        } else if value.chars().any(char::is_control) {
            self.add(field, "must have no control characters");
        }
    }

    /// A text of several lines, not of blanks alone where it may not be empty.
    pub(crate) fn lines(&mut self, field: &str, value: &str, min: usize, max: usize) {
        if !has_length(value, min, max) || (min > 0 && value.trim().is_empty()) {
            self.add(field, format!("must have {min} to {max} characters"));
        } else if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.add(field, "must have no control characters besides line breaks and tabs");
        }
    }

    pub(crate) fn purpose(&mut self, value: i32) -> Purpose {
        match Purpose::try_from(value) {
            Ok(purpose) if purpose != Purpose::Unspecified => purpose,
            _ => {
                self.add("purpose", "must be one of Purpose, not unspecified");
                Purpose::Unspecified
            }
        }
    }

    pub(crate) fn day(&mut self, field: &str, value: Option<&Date>) -> Option<NaiveDate> {
        let found = value.and_then(day::from_wire).filter(|d| (1900..=9999).contains(&chrono::Datelike::year(d)));
        if found.is_none() {
            self.add(field, "must be a date");
        }
        found
    }

    /// An instant; `now` where it is absent.
    pub(crate) fn instant(&mut self, field: &str, value: Option<&Timestamp>, now: UnixMicros) -> UnixMicros {
        let Some(value) = value else { return now };
        day::micros(value).unwrap_or_else(|| {
            self.add(field, "must be an instant of the years 1 to 9999");
            now
        })
    }

    pub(crate) fn page_size(&mut self, value: i32) -> usize {
        let size = match value {
            0 => PAGE,
            1.. => value.cast_unsigned().min(PAGE_MAX),
            _ => {
                self.add("page_size", "must be 0 to 1000");
                PAGE
            }
        };
        size as usize
    }
}

fn has_length(value: &str, min: usize, max: usize) -> bool {
    // A text that is far too long is not counted through.
    value.len() <= 4 * max && (min..=max).contains(&value.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::status::error_info;

    #[test]
    fn everything_that_is_wrong_is_said() {
        let mut v = Violations::default();
        v.uuid("request_id", "7");
        v.text("enterprise_id", "", 1, 64);
        v.text("name", "a\u{7}", 1, 64);
        v.text("other", &"企".repeat(64), 1, 64);
        v.text("long", &"企".repeat(65), 1, 64);
        v.lines("blank", " \n", 1, 64);
        v.lines("lines", "a\n\tb", 1, 64);
        assert_eq!(v.purpose(0), Purpose::Unspecified);
        assert_eq!(v.purpose(1), Purpose::LoanApplication);
        assert_eq!(v.purpose(99), Purpose::Unspecified);
        assert_eq!((v.page_size(0), v.page_size(7), v.page_size(5_000), v.page_size(-1)), (50, 7, 1_000, 50));
        let status = v.end().expect_err("much is wrong");
        let fields: Vec<String> = error_info(&status).violations.into_iter().map(|v| v.field).collect();
        assert_eq!(fields.join(" "), "request_id enterprise_id name long blank purpose purpose page_size");
        assert!(Violations::default().end().is_ok());
    }
}
