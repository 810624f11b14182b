//! The fields of requests: all that is wrong with one is said at once, before anything is looked up.

use super::rater::Rater;
use crate::desk::refuse;
use api::rating::v1::caller_feature::Value;
use api::rating::v1::{CallerFeature, Purpose};
use api::request_id;
use std::fmt::Display;
use tonic::Status;

const FEATURES_MAX: usize = 256;
pub(crate) const PAGE_MAX: u32 = 1_000;
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
            self.add(field, "must be a UUID of 36 characters");
        }
    }

    /// A text of at most `max` characters, none of which controls a terminal.
    pub(crate) fn text(&mut self, field: &str, value: &str, min: usize, max: usize) {
        // A text that is far too long is not counted through.
        let chars = if value.len() > 4 * max { max + 1 } else { value.chars().count() };
        if chars < min || max < chars {
            self.add(field, format!("must have {min} to {max} characters"));
        } else if value.chars().any(char::is_control) {
            self.add(field, "must have no control characters");
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

    pub(crate) fn page_size(&mut self, value: i32) -> u32 {
        match value {
            0 => PAGE,
            1.. => value.cast_unsigned().min(PAGE_MAX),
            _ => {
                self.add("page_size", "must be 0 to 1000");
                PAGE
            }
        }
    }

    /// Values of the caller, as places of features and numbers. Without a model their names are not known.
    pub(crate) fn features(
        &mut self,
        features: &[CallerFeature],
        min: usize,
        rater: Option<&Rater>,
    ) -> Vec<(usize, f64)> {
        if features.len() < min || FEATURES_MAX < features.len() {
            self.add("features", format!("must be {min} to {FEATURES_MAX}"));
            return Vec::new();
        }
        let mut given = Vec::with_capacity(features.len());
        for (at, feature) in features.iter().enumerate() {
            let value = match feature.value {
                Some(Value::Number(x)) if x.is_finite() => Some(x),
                Some(Value::Number(_)) => {
                    self.add(format!("features[{at}].number"), "must be finite");
                    None
                }
                Some(Value::Text(_)) => {
                    self.add(format!("features[{at}].text"), "must be a number: no model here reads a text");
                    None
                }
                None => {
                    self.add(format!("features[{at}].value"), "must be set: leave out what is not known");
                    None
                }
            };
            let Some(rater) = rater else { continue };
            match (rater.place(&feature.name), value) {
                (None, _) => {
                    self.add(format!("features[{at}].name"), "must be a name that the model or its line reads")
                }
                (Some(place), _) if given.iter().any(|(p, _)| *p == place) => {
                    self.add(format!("features[{at}].name"), "must stand once");
                }
                (Some(place), Some(x)) => given.push((place, x)),
                (Some(_), None) => {}
            }
        }
        given
    }
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
        assert_eq!(v.purpose(0), Purpose::Unspecified);
        assert_eq!(v.purpose(1), Purpose::LoanApplication);
        assert_eq!(v.purpose(99), Purpose::Unspecified);
        assert_eq!((v.page_size(0), v.page_size(7), v.page_size(5_000), v.page_size(-1)), (50, 7, 1_000, 50));
        let nan = CallerFeature { name: "x".into(), value: Some(Value::Number(f64::NAN)) };
        let text = CallerFeature { name: "x".into(), value: Some(Value::Text("a".into())) };
        v.features(&[nan, text, CallerFeature::default()], 0, None);
        let status = v.end().expect_err("much is wrong");
        let fields: Vec<String> = error_info(&status).violations.into_iter().map(|v| v.field).collect();
        let expect = "request_id enterprise_id name long purpose purpose page_size \
                      features[0].number features[1].text features[2].value";
        assert_eq!(fields.join(" "), expect);
        assert!(Violations::default().end().is_ok());
    }
}
