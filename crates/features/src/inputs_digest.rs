use primitives::Digest;

/// The digest of what a rating reads of a row: of a table as it is written, and of what is left where a source is withheld.
///
/// SHA-256 over version of the catalogue, as-of date and id, a line each; then a line for each fact in the order of the
/// catalogue, `group_id`, `hits`, `group_hits` and `sources` (a number as its bits in decimal, an empty line where there is
/// nothing); then for each feature the letter of its state and, where that is `.`, its value as eight bytes, lowest first.
///
/// # Examples
/// ```
/// let mut digest = features::InputsDigest::new("1-abc", "2025-12-31", "E1");
/// digest.text(Some("active"));
/// digest.feature(b'.', 0.5);
/// assert!(digest.finish().to_string().starts_with("sha256:"));
/// ```
#[derive(Debug, Clone)]
pub struct InputsDigest(Vec<u8>);

impl InputsDigest {
    /// Begins with whose row it is.
    pub fn new(catalogue_version: &str, as_of: &str, enterprise_id: &str) -> Self {
        Self(format!("{catalogue_version}\n{as_of}\n{enterprise_id}\n").into_bytes())
    }

    /// Adds a text.
    pub fn text(&mut self, text: Option<&str>) {
        self.0.extend(text.unwrap_or_default().as_bytes());
        self.0.push(b'\n');
    }

    /// Adds a figure that is no feature; NaN where there is none.
    pub fn number(&mut self, number: f64) {
        match number.is_nan() {
            true => self.text(None),
            false => self.text(Some(&number.to_bits().to_string())),
        }
    }

    /// Adds a feature: the letter of its state, and a value that counts only where that is `.`.
    pub fn feature(&mut self, state: u8, value: f64) {
        self.0.push(state);
        if state == b'.' {
            self.0.extend(value.to_le_bytes());
        }
    }

    /// The digest of all that was added.
    pub fn finish(self) -> Digest {
        Digest::sha256(&self.0)
    }
}
