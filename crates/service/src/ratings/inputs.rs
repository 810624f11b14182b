//! What a rating was computed from, as it is kept: enough to compute it again without the snapshot.
//!
//! Bytes: a format number, then the occasion as a message, then the row. Numbers have the lowest byte first.

use prost::Message;
use rating::{FeatureRow, Figure, Text};

const FORMAT: u8 = 1;
/// Length of a text that is not there.
const NONE: u32 = u32::MAX;

/// What a rating says that is not of the row or the model.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Occasion {
    /// Empty on a what-if.
    #[prost(string, tag = "1")]
    pub(crate) rating_id: String,
    #[prost(enumeration = "api::rating::v1::Purpose", tag = "2")]
    pub(crate) purpose: i32,
    #[prost(string, repeated, tag = "3")]
    pub(crate) consent_ids: Vec<String>,
    /// Names of the values that the caller gave.
    #[prost(string, repeated, tag = "4")]
    pub(crate) given: Vec<String>,
    /// Microseconds since 1970.
    #[prost(int64, tag = "5")]
    pub(crate) created_at: i64,
    #[prost(string, tag = "6")]
    pub(crate) snapshot_digest: String,
    #[prost(string, tag = "7")]
    pub(crate) model_digest: String,
    #[prost(bool, tag = "8")]
    pub(crate) objection_open: bool,
    #[prost(bool, tag = "9")]
    pub(crate) objection_unresolved: bool,
}

impl Occasion {
    pub(crate) fn is_what_if(&self) -> bool {
        self.rating_id.is_empty()
    }
}

/// The bytes to keep.
pub(crate) fn keep<'t>(occasion: &Occasion, row: &impl FeatureRow<'t>) -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    out.push(FORMAT);
    let length = u32::try_from(occasion.encoded_len()).expect("an occasion of far less than 4 GiB");
    out.extend(length.to_le_bytes());
    occasion.encode(&mut out).expect("a vector grows");
    for text in Text::ALL {
        match row.text(text) {
            Some(text) => {
                out.extend(u32::try_from(text.len()).expect("a text of far less than 4 GiB").to_le_bytes());
                out.extend(text.as_bytes());
            }
            None => out.extend(NONE.to_le_bytes()),
        }
    }
    for figure in Figure::ALL {
        out.extend(row.figure(figure).to_le_bytes());
    }
    for (place, state) in row.text(Text::States).unwrap_or_default().bytes().enumerate() {
        if state == b'.' {
            out.extend(row.value(place).to_le_bytes());
        }
    }
    out
}

/// A row that was kept; it is read by reference.
#[derive(Debug)]
pub(crate) struct KeptRow {
    texts: [Option<String>; Text::ALL.len()],
    figures: [f64; Figure::ALL.len()],
    values: Vec<f64>,
}

/// Reads what was kept; `None` where it is not whole.
pub(crate) fn read(bytes: &[u8]) -> Option<(Occasion, KeptRow)> {
    let (&format, mut rest) = bytes.split_first()?;
    if format != FORMAT {
        return None;
    }
    let length = u32::from_le_bytes(take(&mut rest)?) as usize;
    let (occasion, mut rest) = rest.split_at_checked(length)?;
    let occasion = Occasion::decode(occasion).ok()?;
    let mut texts: [Option<String>; Text::ALL.len()] = Default::default();
    for text in &mut texts {
        let length = u32::from_le_bytes(take(&mut rest)?);
        if length != NONE {
            let (own, left) = rest.split_at_checked(length as usize)?;
            *text = Some(str::from_utf8(own).ok()?.to_owned());
            rest = left;
        }
    }
    let mut figures = [f64::NAN; Figure::ALL.len()];
    for figure in &mut figures {
        *figure = f64::from_le_bytes(take(&mut rest)?);
    }
    let states = texts[Text::States as usize].as_deref().unwrap_or_default();
    let mut values = Vec::with_capacity(states.len());
    for state in states.bytes() {
        values.push(if state == b'.' { f64::from_le_bytes(take(&mut rest)?) } else { f64::NAN });
    }
    rest.is_empty().then_some((occasion, KeptRow { texts, figures, values }))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*first)
}

impl<'r> FeatureRow<'r> for &'r KeptRow {
    fn text(&self, column: Text) -> Option<&'r str> {
        let row: &'r KeptRow = self;
        row.texts[column as usize].as_deref()
    }

    fn figure(&self, column: Figure) -> f64 {
        self.figures[column as usize]
    }

    fn value(&self, feature: usize) -> f64 {
        self.values[feature]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> KeptRow {
        let mut texts: [Option<String>; Text::ALL.len()] = Default::default();
        texts[Text::EnterpriseId as usize] = Some("企业".into());
        texts[Text::Name as usize] = Some(String::new());
        texts[Text::States as usize] = Some(".u.n".into());
        KeptRow { texts, figures: [1.5, f64::NAN, -0.0, 1.0], values: vec![0.1, f64::NAN, -7.0, f64::NAN] }
    }

    #[test]
    fn what_is_kept_is_read_to_the_bit() {
        let occasion = Occasion { rating_id: "r".into(), consent_ids: vec!["c".into()], ..Occasion::default() };
        let kept = keep(&occasion, &&row());
        let (again, back) = read(&kept).expect("whole");
        assert_eq!(again, occasion);
        assert_eq!(keep(&again, &&back), kept);
        assert_eq!((&back).text(Text::Name), Some(""));
        assert_eq!((&back).figure(Figure::Assets).to_bits(), (-0.0_f64).to_bits());
    }

    #[test]
    fn what_is_cut_or_longer_or_of_another_format_is_not_read() {
        let kept = keep(&Occasion::default(), &&row());
        assert!((0..kept.len()).all(|cut| read(&kept[..cut]).is_none()));
        assert!(read(&[&kept[..], &[0]].concat()).is_none());
        assert!(read(&[&[2], &kept[1..]].concat()).is_none());
    }
}
