//! The state of a page, which is in its address and nowhere else: a link shows what its sender saw.

use crate::cases::{CaseKind, CaseRef};
use crate::periods::Stretch;
use crate::words::Word;
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use ledger::event::UnixMicros;
use policy::{Code, Lang};
use primitives::CreditCode;
use totals::{Dimension, Money};

/// Days that a page may be asked for: what is beyond them is a slip.
const YEARS: std::ops::RangeInclusive<i32> = 2010..=2100;
/// Eight hours: times are Beijing's.
const BEIJING_MICROS: i64 = 28_800_000_000;
/// In an address, what is not stated.
const NOT_STATED: &str = "none";
/// The longest value of a filter, and the most of them.
const VALUE_MAX: usize = 96;
const VALUES_MAX: usize = 40;

/// A parameter of an address that is not right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text(Lang::En))]
pub(crate) struct BadParameter {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) allowed: Word,
}

impl BadParameter {
    /// Which one, with what, and what it may be.
    pub(crate) fn text(&self, lang: Lang) -> String {
        format!("{}={:?}: {}", self.name, self.value, self.allowed.text(lang))
    }
}

/// The state of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) lang: Lang,
    /// First day of the period, where it is not the first of January.
    pub(crate) from: Option<NaiveDate>,
    /// The day to which the data are shown, and whether the address says so.
    pub(crate) as_of: NaiveDate,
    pub(crate) as_of_given: bool,
    /// As it was known then; `None` for now.
    pub(crate) recorded_at: Option<UnixMicros>,
    /// The unit of money; `None` lets each table have the one that fits it.
    pub(crate) unit: Option<Money>,
    pub(crate) by: Option<Dimension>,
    pub(crate) filter: Vec<(Dimension, Vec<String>)>,
    /// The row that a long list begins with, from 0.
    pub(crate) start: usize,
    pub(crate) loan: Option<String>,
    pub(crate) enterprise: Option<CreditCode>,
    /// What names of enterprises are looked for.
    pub(crate) search: Option<String>,
    /// A payment of the state.
    pub(crate) case: Option<CaseRef>,
}

/// The day in Beijing of a moment.
pub(crate) fn beijing_day(at: UnixMicros) -> NaiveDate {
    at.beijing_day().unwrap_or_default()
}

/// A moment as addresses and pages write it: Beijing's time to the microsecond.
pub(crate) fn beijing_text(at: UnixMicros) -> String {
    let local = DateTime::from_timestamp_micros(at.0.saturating_add(BEIJING_MICROS)).unwrap_or_default();
    local.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// The first moment of a day in Beijing.
pub(crate) fn beginning_of(day: NaiveDate) -> UnixMicros {
    let midnight = day.and_hms_opt(0, 0, 0).unwrap_or_default();
    UnixMicros(midnight.and_utc().timestamp_micros().saturating_sub(BEIJING_MICROS))
}

/// A moment for people: to the second. The number of the ledger's line beside it tells two of one second apart.
pub(crate) fn shown_moment(at: UnixMicros) -> String {
    let text = beijing_text(at).replace('T', " ");
    text.split('.').next().unwrap_or(&text).to_owned()
}

/// The moment of a text; a day alone is its last microsecond.
fn moment(text: &str) -> Option<UnixMicros> {
    let end_of_day = || text.parse::<NaiveDate>().ok()?.and_hms_micro_opt(23, 59, 59, 999_999);
    let local: NaiveDateTime = text.parse().ok().or_else(end_of_day)?;
    Some(UnixMicros(local.and_utc().timestamp_micros().checked_sub(BEIJING_MICROS)?))
}

fn day(text: &str) -> Option<NaiveDate> {
    use chrono::Datelike;
    let day: NaiveDate = text.parse().ok()?;
    YEARS.contains(&day.year()).then_some(day)
}

impl View {
    /// What is shown on a day to who asks for nothing else.
    pub(crate) fn on(as_of: NaiveDate, lang: Lang) -> Self {
        Self {
            lang,
            from: None,
            as_of,
            as_of_given: false,
            recorded_at: None,
            unit: None,
            by: None,
            filter: Vec::new(),
            start: 0,
            loan: None,
            enterprise: None,
            search: None,
            case: None,
        }
    }

    /// Reads the part of an address behind the question mark.
    ///
    /// # Errors
    /// [`BadParameter`]: one that is not known, stands twice, or has a value that it may not have.
    pub(crate) fn parse(query: &str, now: UnixMicros) -> Result<Self, BadParameter> {
        let mut view = Self::on(beijing_day(now), Lang::Zh);
        let mut seen: Vec<String> = Vec::new();
        let (mut kind, mut owner, mut number) = (None, String::new(), String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            let bad = |allowed| BadParameter { name: name.to_string(), value: value.to_owned(), allowed };
            let dimension = Dimension::ALL.iter().copied().find(|d| !d.is_time() && d.code() == name);
            if dimension.is_none() && seen.iter().any(|s| *s == name) {
                return Err(bad(Word::AllowedOnce));
            }
            seen.push(name.to_string());
            // A form sends what was left empty, too.
            if value.is_empty() {
                continue;
            }
            match (&*name, dimension) {
                (_, Some(dimension)) => view.add(dimension, value).map_err(bad)?,
                ("lang", _) => {
                    view.lang = match value {
                        "zh" => Lang::Zh,
                        "en" => Lang::En,
                        _ => return Err(bad(Word::AllowedLang)),
                    }
                }
                ("as_of", _) => {
                    let today = view.as_of;
                    let asked = day(value).filter(|day| *day <= today);
                    view.as_of = asked.ok_or_else(|| bad(Word::AllowedDay))?;
                    view.as_of_given = true;
                }
                ("from", _) => view.from = Some(day(value).ok_or_else(|| bad(Word::AllowedFirstDay))?),
                ("recorded_at", _) => {
                    let at = moment(value).ok_or_else(|| bad(Word::AllowedMoment))?;
                    // What is recorded later would change what the address shows.
                    view.recorded_at = Some(at.min(now));
                }
                ("unit", _) => view.unit = Some(value.parse().map_err(|_| bad(Word::AllowedUnit))?),
                ("by", _) => view.by = Some(value.parse().map_err(|_| bad(Word::AllowedDimension))?),
                ("start", _) => view.start = value.parse().map_err(|_| bad(Word::AllowedWhole))?,
                ("loan", _) if value.len() <= VALUE_MAX => view.loan = Some(value.to_owned()),
                ("enterprise", _) => {
                    view.enterprise = Some(value.parse().map_err(|_| bad(Word::AllowedCreditCode))?);
                }
                ("search", _) if value.len() <= VALUE_MAX && !value.chars().any(char::is_control) => {
                    view.search = Some(value.to_owned());
                }
                ("kind", _) => {
                    let found: CaseKind = value.parse().map_err(|_| bad(Word::AllowedCase))?;
                    kind = Some(found);
                }
                ("owner", _) if value.len() <= VALUE_MAX => value.clone_into(&mut owner),
                ("number", _) if value.len() <= VALUE_MAX => value.clone_into(&mut number),
                _ => return Err(bad(Word::AllowedUnknown)),
            }
        }
        view.case = kind.map(|kind| CaseRef { kind, owner, number });
        // One order for one state: from the district to the bank.
        view.filter.sort_by_key(|(dimension, _)| *dimension);
        match view.from {
            Some(from) if from > view.as_of => {
                Err(BadParameter { name: "from".to_owned(), value: from.to_string(), allowed: Word::AllowedNotAfter })
            }
            _ => Ok(view),
        }
    }

    fn add(&mut self, dimension: Dimension, value: &str) -> Result<(), Word> {
        if value.len() > VALUE_MAX || value.chars().any(char::is_control) {
            return Err(Word::AllowedText);
        }
        let code = if value == NOT_STATED { String::new() } else { value.to_owned() };
        if !dimension.allows(&code) {
            return Err(Word::AllowedCode);
        }
        match self.filter.iter_mut().find(|(d, _)| *d == dimension) {
            Some((_, codes)) if codes.len() == VALUES_MAX => return Err(Word::AllowedCodes),
            Some((_, codes)) if codes.contains(&code) => {}
            Some((_, codes)) => codes.push(code),
            None => self.filter.push((dimension, vec![code])),
        }
        Ok(())
    }

    /// The filters, for a question.
    pub(crate) fn filters(&self) -> Vec<(Dimension, Vec<String>)> {
        self.filter.clone()
    }

    /// The codes that a dimension is held to.
    pub(crate) fn filter(&self, dimension: Dimension) -> Option<&[String]> {
        self.filter.iter().find(|(d, _)| *d == dimension).map(|(_, codes)| codes.as_slice())
    }

    /// The one code that a dimension is held to.
    pub(crate) fn only(&self, dimension: Dimension) -> Option<&str> {
        match self.filter(dimension) {
            Some([code]) => Some(code),
            _ => None,
        }
    }

    /// The enterprise that is asked for, by its address or as what is searched for.
    pub(crate) fn wanted(&self) -> Option<CreditCode> {
        self.enterprise.or_else(|| self.search.as_deref()?.parse().ok())
    }

    /// The period that is shown: of the year where the address says nothing else.
    pub(crate) fn period(&self) -> Stretch {
        let year = Stretch::year(self.as_of);
        Stretch { from: self.from.unwrap_or(year.from), ..year }
    }

    /// Held to a code of a dimension.
    #[must_use]
    pub(crate) fn with(&self, dimension: Dimension, code: &str) -> Self {
        let mut view = self.without(dimension);
        view.filter.push((dimension, vec![code.to_owned()]));
        view.filter.sort_by_key(|(dimension, _)| *dimension);
        view
    }

    /// Not held to any.
    #[must_use]
    pub(crate) fn without(&self, dimension: Dimension) -> Self {
        let mut view = Self { start: 0, loan: None, enterprise: None, search: None, case: None, ..self.clone() };
        view.filter.retain(|(d, _)| *d != dimension);
        view
    }

    /// Without the filters and places of one page.
    #[must_use]
    pub(crate) fn bare(&self) -> Self {
        Self { filter: Vec::new(), by: None, ..self.without(Dimension::Bank) }
    }

    /// Grouped by a dimension.
    #[must_use]
    pub(crate) fn by(&self, by: Dimension) -> Self {
        Self { by: Some(by), ..self.clone() }
    }

    /// The same for good: of this day and as recorded up to this moment, whatever comes after.
    #[must_use]
    pub(crate) fn fixed(&self, known: UnixMicros) -> Self {
        Self { as_of_given: true, recorded_at: Some(self.recorded_at.unwrap_or(known)), ..self.clone() }
    }

    /// Parameters by name, in one order.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let mut push = |name, value: Option<String>| pairs.extend(value.map(|v| (name, v)));
        push("lang", (self.lang == Lang::En).then(|| "en".to_owned()));
        push("from", self.from.map(|d| d.to_string()));
        push("as_of", self.as_of_given.then(|| self.as_of.to_string()));
        push("recorded_at", self.recorded_at.map(beijing_text));
        push("unit", self.unit.map(|u| u.code().to_owned()));
        push("by", self.by.map(|d| d.code().to_owned()));
        for (dimension, codes) in &self.filter {
            for code in codes {
                let code = if code.is_empty() { NOT_STATED } else { code };
                push(dimension.code(), Some(code.to_owned()));
            }
        }
        push("start", (self.start > 0).then(|| self.start.to_string()));
        push("loan", self.loan.clone());
        push("enterprise", self.enterprise.map(|c| c.to_string()));
        push("search", self.search.clone());
        if let Some(CaseRef { kind, owner, number }) = &self.case {
            push("kind", Some(kind.code().to_owned()));
            push("owner", Some(owner.clone()).filter(|o| !o.is_empty()));
            push("number", Some(number.clone()));
        }
        pairs
    }

    /// An address of this state.
    pub(crate) fn href(&self, path: &str) -> String {
        let pairs = self.pairs();
        if pairs.is_empty() {
            return path.to_owned();
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("{path}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMicros = UnixMicros(1_790_000_000_000_000);

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let code = CreditCode::complete("91500000000000001").expect("a code");
        let places = format!(
            "district=500103&district=none&bank=icbc&start=100&loan=L-1&enterprise={code}&search=%3Cb%3E&kind=claim&owner=icbc&number=C%2F1"
        );
        for text in [
            "",
            &places,
            "lang=en&from=2024-01-02&as_of=2024-05-06&recorded_at=2024-06-01T08%3A30%3A00.000001&unit=wan&by=bank",
        ] {
            let view = View::parse(text, NOW);
            let Ok(view) = view else { panic!("{text}: {view:?}") };
            let written = view.href("");
            assert_eq!(View::parse(written.trim_start_matches('?'), NOW), Ok(view), "{written}");
        }
    }

    #[test]
    fn slips_name_the_parameter() {
        for (text, name) in [
            ("as_of=2024-13-01", "as_of"),
            ("as_of=1024-12-01", "as_of"),
            // What has not come yet has no figures: `NOW` is in September 2026.
            ("as_of=2026-09-23", "as_of"),
            ("district=999", "district"),
            ("industry=X", "industry"),
            ("size=huge", "size"),
            ("product=gold", "product"),
            ("tool=hammer", "tool"),
            ("zone=moon", "zone"),
            ("as_of=2024-01-01&as_of=2024-01-01", "as_of"),
            ("from=2024-05-07&as_of=2024-05-06", "from"),
            ("recorded_at=now", "recorded_at"),
            ("unit=fen", "unit"),
            ("by=person", "by"),
            ("month=2024-01", "month"),
            ("enterprise=12", "enterprise"),
            ("bank=a%0d%0ab", "bank"),
            ("sql=1", "sql"),
            ("kind=loan", "kind"),
            ("search=a%0ab", "search"),
        ] {
            assert_eq!(View::parse(text, NOW).expect_err(text).name, name);
        }
    }

    #[test]
    fn a_day_is_its_end_in_beijing_and_the_future_is_now() {
        let at = View::parse("recorded_at=2024-05-06", NOW).expect("a view").recorded_at.expect("a moment");
        assert_eq!(beijing_text(at), "2024-05-06T23:59:59.999999");
        assert_eq!(beijing_day(at).to_string(), "2024-05-06");
        assert_eq!(View::parse("recorded_at=2099-01-01", NOW).expect("a view").recorded_at, Some(NOW));
    }
}
