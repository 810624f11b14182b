//! The values that a caller adds, as fields of its request.

use super::rater::Rater;
use crate::desk::check::Violations;
use api::rating::v1::CallerFeature;
use api::rating::v1::caller_feature::Value;

const FEATURES_MAX: usize = 256;

impl Violations {
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
                (Some(place), Some(x)) => {
                    let range = rater.range(place);
                    match range.contains(&x) {
                        true => given.push((place, x)),
                        false => {
                            let must = format!("must be {} to {}", range.start(), range.end());
                            self.add(format!("features[{at}].number"), must);
                        }
                    }
                }
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
    fn every_value_is_a_finite_number() {
        let mut v = Violations::default();
        let nan = CallerFeature { name: "x".into(), value: Some(Value::Number(f64::NAN)) };
        let text = CallerFeature { name: "x".into(), value: Some(Value::Text("a".into())) };
        v.features(&[nan, text, CallerFeature::default()], 0, None);
        v.features(&[], 1, None);
        let status = v.end().expect_err("much is wrong");
        let fields: Vec<String> = error_info(&status).violations.into_iter().map(|v| v.field).collect();
        assert_eq!(fields.join(" "), "features[0].number features[1].text features[2].value features");
    }
}
