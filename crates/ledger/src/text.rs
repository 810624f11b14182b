//! Values that are stored as the text that they print.

/// An industry by its code with letter, such as `C3511`.
pub(crate) mod industry {
    use primitives::Industry;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(value: &Industry, serializer: S) -> Result<S::Ok, S::Error> {
        // As it prints itself, which takes two texts on the heap: each loan has one.
        let mut text = [b'0'; 5];
        let length = filled(&mut text, *value).and_then(|length| text.get(..length));
        match length.and_then(|text| std::str::from_utf8(text).ok()) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.collect_str(value),
        }
    }

    fn filled(text: &mut [u8; 5], industry: Industry) -> Option<usize> {
        let number = industry.to_i64();
        let (mut rest, stated) = (number.checked_div(10)?, usize::try_from(number.checked_rem(10)?).ok()?);
        *text.first_mut()? = u8::try_from(industry.section().letter).ok()?;
        for place in (1..5).rev() {
            *text.get_mut(place)? = b'0'.checked_add(u8::try_from(rest.checked_rem(10)?).ok()?)?;
            rest = rest.checked_div(10)?;
        }
        stated.checked_add(1)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Industry, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Days as `YYYY-MM-DD`, in a tenth of the time of their own printing: a balance has many.
pub(crate) mod iso {
    use chrono::{Datelike, NaiveDate};
    use serde::{Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(day: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = *b"0000-00-00";
        match filled(&mut text, *day).and_then(|()| std::str::from_utf8(&text).ok()) {
            Some(text) => serializer.serialize_str(text),
            None => day.serialize(serializer),
        }
    }

    pub(crate) fn option<S: Serializer>(day: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
        struct Day(NaiveDate);
        impl Serialize for Day {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                super::iso::serialize(&self.0, serializer)
            }
        }
        match day {
            Some(day) => serializer.serialize_some(&Day(*day)),
            None => serializer.serialize_none(),
        }
    }

    /// `None` for a year of more or fewer digits than four, which is printed otherwise.
    fn filled(text: &mut [u8; 10], day: NaiveDate) -> Option<()> {
        let year = u32::try_from(day.year()).ok().filter(|year| *year <= 9_999)?;
        let mut rest = [(0..4, year), (5..7, day.month()), (8..10, day.day())];
        for (places, number) in &mut rest {
            for place in places.rev() {
                *text.get_mut(place)? = b'0'.checked_add(u8::try_from(number.checked_rem(10)?).ok()?)?;
                *number = number.checked_div(10)?;
            }
        }
        Some(())
    }
}

/// A record that several hold.
pub(crate) mod shared {
    use crate::Record;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub(crate) fn serialize<S: Serializer>(value: &Option<Arc<Record>>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_deref().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<Record>>, D::Error> {
        Ok(Option::<Record>::deserialize(deserializer)?.map(Arc::new))
    }
}

#[cfg(test)]
mod tests {
    use super::iso;
    use chrono::NaiveDate;
    use serde::Serialize;

    #[derive(Serialize)]
    struct Days {
        #[serde(serialize_with = "iso::serialize")]
        fast: NaiveDate,
        #[serde(serialize_with = "iso::option")]
        option: Option<NaiveDate>,
    }

    #[test]
    fn industries_are_printed_as_they_print_themselves() {
        #[derive(Serialize)]
        struct Of(#[serde(with = "super::industry")] primitives::Industry);
        for text in ["A01", "C351", "C3511", "O82", "T9700", "A0111"] {
            let industry: primitives::Industry = text.parse().expect("an industry");
            assert_eq!(serde_json::to_value(Of(industry)).expect("JSON"), industry.to_string());
        }
    }

    #[test]
    fn days_are_printed_as_they_print_themselves() {
        let first = NaiveDate::from_ymd_opt(1999, 12, 25).expect("a day");
        let edges = [(0, 1, 1), (9_999, 12, 31), (10_000, 1, 1), (-1, 6, 30)];
        let edges = edges.map(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d).expect("a day"));
        for day in first.iter_days().take(1_000).chain(edges) {
            let found = serde_json::to_value(Days { fast: day, option: Some(day) }).expect("JSON");
            let expect = serde_json::to_value(day).expect("JSON");
            assert_eq!((&found["fast"], &found["option"]), (&expect, &expect));
        }
        let none = serde_json::to_value(Days { fast: first, option: None }).expect("JSON");
        assert!(none["option"].is_null());
    }
}
