//! Which columns of a file say which fields of which events.
//!
//! Without a mapping file the columns have our own names: a row is one event, its word stands in the column `event`
//! (`loan.repaid`), each field in the column of its name. Amounts are in `amount_fen`, `amount_yuan` or `amount_wan`,
//! rates in `annual_rate_ppm` or `annual_rate_percent`, so that a heading says its unit.

use super::cell::Fault;
use super::event::{COMMON, Field, Kind, SHAPES, Shape};
use anyhow::{Context as _, Result, bail, ensure};
use csv::StringRecord;
use primitives::{CreditCode, Digest, hex};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The unit of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// 分.
    Fen,
    /// 元.
    #[default]
    Yuan,
    /// 万元.
    Wan,
}

/// How days are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dates {
    /// `2024-03-01`, `2024/3/1`, `20240301`, `2024年3月1日`.
    Usual,
    /// Days since 1960-01-01.
    Sas,
    /// Days since 1899-12-30.
    Workbook,
    /// By the letters of `strftime`.
    Pattern(String),
}

impl fmt::Display for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual => f.write_str("a day as 2024-03-01, 2024/3/1, 20240301 or 2024年3月1日"),
            Self::Sas => f.write_str("days since 1960-01-01"),
            Self::Workbook => f.write_str("days since 1899-12-30"),
            Self::Pattern(pattern) => write!(f, "a day as {pattern}"),
        }
    }
}

/// A mapping as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileOfMapping {
    name: String,
    key: Vec<String>,
    event: Vec<EventOfMapping>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventOfMapping {
    event: String,
    when: Option<WhenOfMapping>,
    fields: BTreeMap<String, FieldOfMapping>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WhenOfMapping {
    column: String,
    is: Option<Vec<String>>,
    #[serde(default)]
    not_zero: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldOfMapping {
    column: Option<String>,
    first_of: Option<Vec<String>>,
    greatest_of: Option<Vec<String>>,
    constant: Option<String>,
    template: Option<String>,
    values: Option<BTreeMap<String, String>>,
    /// As `values`, and what is not listed stays as it is.
    values_else: Option<BTreeMap<String, String>>,
    default: Option<String>,
    unit: Option<Unit>,
    rate: Option<String>,
    dates: Option<String>,
    not_before: Option<String>,
    #[serde(default)]
    id: bool,
    #[serde(default)]
    stand_in_code: bool,
}

/// Where a text comes from.
#[derive(Debug)]
enum From {
    /// The first of these columns that is not empty.
    First(Vec<usize>),
    /// The greatest number of these columns.
    Greatest(Vec<usize>),
    Constant(String),
    /// Texts, and columns between them.
    Template(Vec<(String, Option<usize>)>),
}

/// A field of an event, with its place in a row.
#[derive(Debug)]
pub(crate) struct Mapped {
    pub(crate) field: &'static Field,
    from: From,
    values: Option<BTreeMap<String, String>>,
    values_else: Option<BTreeMap<String, String>>,
    default: Option<String>,
    pub(crate) unit: Unit,
    pub(crate) percent: bool,
    pub(crate) dates: Dates,
    pub(crate) not_before: Option<usize>,
    id: bool,
    stand_in_code: bool,
}

/// An event that rows are turned into.
pub(crate) struct MappedEvent {
    pub(crate) shape: &'static Shape,
    pub(crate) when: Option<When>,
    pub(crate) fields: Vec<Mapped>,
}

/// On which rows.
pub(crate) struct When {
    column: usize,
    is: Option<Vec<String>>,
    not_zero: bool,
}

/// The mapping of a file with these columns.
pub(crate) struct Mapping {
    name: String,
    /// The columns whose values name a row, by name.
    key: Vec<usize>,
    pub(crate) events: Vec<MappedEvent>,
    /// The column that says which event a row is, where rows are single events.
    pub(crate) event_column: Option<usize>,
    pub(crate) columns: Vec<String>,
}

impl When {
    pub(crate) fn holds(&self, row: &StringRecord) -> bool {
        let text = row.get(self.column).unwrap_or("").trim();
        match &self.is {
            Some(values) => values.iter().any(|v| v == text),
            None if self.not_zero => text.bytes().any(|b| (b'1'..=b'9').contains(&b)),
            None => !text.is_empty(),
        }
    }
}

impl Mapping {
    /// Our own names of columns.
    pub(crate) fn own(columns: &[String], office: Option<&str>, person: Option<&str>) -> Result<Self> {
        let event_column = place(columns, "event").context(
            "a file without --mapping has a column \"event\" that says what each row is, such as loan.repaid; \
             `shangzhi ledger columns` lists events and their columns",
        )?;
        let mut events = Vec::new();
        for shape in SHAPES {
            let mut fields = Vec::new();
            for field in shape.all_fields() {
                let constant = match field.name {
                    "office" => office,
                    "person" => person,
                    _ => None,
                };
                let mut mapped = Mapped::plain(field, From::First(Vec::new()));
                match own_column(columns, field) {
                    Some((at, unit, percent)) => {
                        (mapped.from, mapped.unit, mapped.percent) = (From::First(vec![at]), unit, percent);
                        mapped.default = constant.map(str::to_owned);
                    }
                    None => match constant {
                        Some(text) => mapped.from = From::Constant(text.to_owned()),
                        None => continue,
                    },
                }
                fields.push(mapped);
            }
            events.push(MappedEvent { shape, when: None, fields });
        }
        // All cells of a row name it, in the order of their columns' names: so the order of the columns says nothing.
        let mut key: Vec<usize> = (0..columns.len()).collect();
        key.sort_by(|a, b| columns[*a].cmp(&columns[*b]));
        let columns = columns.to_vec();
        Ok(Self { name: "own columns".to_owned(), key, events, event_column: Some(event_column), columns })
    }

    /// The mapping of a TOML file, for a file with these columns.
    pub(crate) fn from_toml(text: &str, columns: &[String]) -> Result<Self> {
        let file: FileOfMapping = toml::from_str(text)?;
        let at = |name: &String| {
            place(columns, name)
                .with_context(|| format!("the file has no column {name:?}, it has {}", columns.join(", ")))
        };
        ensure!(!file.key.is_empty(), "key names no column: what makes a row another one than the rest?");
        let key = file.key.iter().map(at).collect::<Result<_>>()?;
        let mut events = Vec::new();
        for event in file.event {
            let shape = Shape::of(&event.event).with_context(|| {
                format!(
                    "event {:?} is none of {}",
                    event.event,
                    SHAPES.iter().map(|s| s.word).collect::<Vec<_>>().join(", ")
                )
            })?;
            let when = match event.when {
                Some(WhenOfMapping { column, is, not_zero }) => Some(When { column: at(&column)?, is, not_zero }),
                None => None,
            };
            let mut fields = Vec::new();
            for (name, of) in event.fields {
                let field = shape.all_fields().find(|f| f.name == name).with_context(|| {
                    let known: Vec<_> = shape.all_fields().map(|f| f.name).collect();
                    format!("{} has no field {name:?}, it has {}", shape.word, known.join(", "))
                })?;
                let mapped = Mapped::from_file(field, of, &at);
                fields.push(mapped.with_context(|| format!("{}, field {name}", shape.word))?);
            }
            for field in shape.all_fields().filter(|f| !f.optional) {
                ensure!(
                    fields.iter().any(|m| m.field.name == field.name),
                    "{} has no field {}",
                    shape.word,
                    field.name
                );
            }
            events.push(MappedEvent { shape, when, fields });
        }
        ensure!(!events.is_empty(), "the mapping makes no event");
        Ok(Self { name: file.name, key, events, event_column: None, columns: columns.to_vec() })
    }

    /// An id that follows from what the row says, wherever it stands.
    pub(crate) fn request(&self, event: &MappedEvent, place: usize, row: &StringRecord) -> String {
        let mut bytes = Vec::with_capacity(256);
        let mut push = |text: &str| {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        };
        push(&self.name);
        push(event.shape.word);
        if self.event_column.is_none() {
            push(&place.to_string());
        }
        for at in &self.key {
            let text = row.get(*at).unwrap_or("").trim();
            if !text.is_empty() {
                push(&self.columns[*at]);
                push(text);
            }
        }
        format!("file-{}", hex(&Digest::sha256(&bytes).as_bytes()[..16]))
    }
}

impl Mapped {
    fn plain(field: &'static Field, from: From) -> Self {
        Self {
            field,
            from,
            values: None,
            values_else: None,
            default: None,
            unit: Unit::Yuan,
            percent: false,
            dates: Dates::Usual,
            not_before: None,
            id: false,
            stand_in_code: false,
        }
    }

    fn from_file(field: &'static Field, of: FieldOfMapping, at: &impl Fn(&String) -> Result<usize>) -> Result<Self> {
        let all = |names: &[String]| names.iter().map(at).collect::<Result<Vec<usize>>>();
        let from = match (&of.column, &of.first_of, &of.greatest_of, &of.constant, &of.template) {
            (Some(column), None, None, None, None) => From::First(vec![at(column)?]),
            (None, Some(columns), None, None, None) => From::First(all(columns)?),
            (None, None, Some(columns), None, None) => From::Greatest(all(columns)?),
            (None, None, None, Some(text), None) => From::Constant(text.clone()),
            (None, None, None, None, Some(template)) => From::Template(pieces(template, at)?),
            _ => bail!("one of column, first_of, greatest_of, constant, template is needed, and no second"),
        };
        let dates = match of.dates.as_deref() {
            None => Dates::Usual,
            Some("sas") => Dates::Sas,
            Some("workbook") => Dates::Workbook,
            Some(pattern) if pattern.contains('%') => Dates::Pattern(pattern.to_owned()),
            Some(other) => bail!("dates {other:?} are not sas, workbook or a pattern such as %d.%m.%Y"),
        };
        let percent = match of.rate.as_deref() {
            None | Some("ppm") => false,
            Some("percent") => true,
            Some(other) => bail!("rate {other:?} is not ppm or percent"),
        };
        let not_before = of.not_before.as_ref().map(at).transpose()?;
        let FieldOfMapping { values, values_else, default, unit, id, stand_in_code, .. } = of;
        let unit = unit.unwrap_or_default();
        Ok(Self { field, from, values, values_else, default, unit, percent, dates, not_before, id, stand_in_code })
    }

    /// The text of the field in a row.
    pub(crate) fn text<'r>(&'r self, row: &'r StringRecord, columns: &[String]) -> Result<Cow<'r, str>, Fault> {
        let cell = |at: &usize| row.get(*at).unwrap_or("").trim();
        let mut text: Cow<'r, str> = match &self.from {
            From::First(places) => Cow::Borrowed(places.iter().map(cell).find(|text| !text.is_empty()).unwrap_or("")),
            From::Greatest(places) => {
                let number = |at: &usize| super::cell::scaled(cell(at), 6).unwrap_or(i64::MIN);
                Cow::Borrowed(places.iter().max_by_key(|at| number(at)).map_or("", cell))
            }
            From::Constant(text) => Cow::Borrowed(text.as_str()),
            From::Template(pieces) => {
                let mut text = String::new();
                for (before, at) in pieces {
                    text.push_str(before);
                    text.push_str(at.as_ref().map_or("", cell));
                }
                Cow::Owned(text)
            }
        };
        if let Some(values) = &self.values {
            text = match values.get(text.as_ref()) {
                Some(value) => Cow::Borrowed(value.as_str()),
                None if text.is_empty() => text,
                None => {
                    let allowed = values.keys().cloned().collect::<Vec<_>>().join(", ");
                    return Err(Fault { column: self.place(columns), value: text.into_owned(), allowed });
                }
            };
        }
        if let Some(value) = self.values_else.as_ref().and_then(|values| values.get(text.as_ref())) {
            text = Cow::Borrowed(value.as_str());
        }
        if text.is_empty()
            && let Some(default) = &self.default
        {
            text = Cow::Borrowed(default.as_str());
        }
        if self.id {
            text = Cow::Owned(as_id(&text));
        }
        if self.stand_in_code {
            text = Cow::Owned(stand_in(&text));
        }
        Ok(text)
    }

    /// The columns it comes from, for people.
    pub(crate) fn place(&self, columns: &[String]) -> String {
        let named = |places: &mut dyn Iterator<Item = usize>| {
            places.filter_map(|at| columns.get(at)).cloned().collect::<Vec<_>>().join(" / ")
        };
        match &self.from {
            From::First(places) | From::Greatest(places) => named(&mut places.iter().copied()),
            From::Template(pieces) => named(&mut pieces.iter().filter_map(|(_, at)| *at)),
            From::Constant(_) => format!("{} (constant of the mapping)", self.field.name),
        }
    }
}

fn place(columns: &[String], name: &str) -> Option<usize> {
    columns.iter().position(|c| c == name)
}

/// The column of a field by our own names, with the unit that its heading says.
fn own_column(columns: &[String], field: &Field) -> Option<(usize, Unit, bool)> {
    let with = |ending: &str| place(columns, &format!("{}_{ending}", field.name));
    match field.kind {
        Kind::Amount => [("fen", Unit::Fen), ("yuan", Unit::Yuan), ("wan", Unit::Wan)]
            .into_iter()
            .find_map(|(ending, unit)| with(ending).map(|at| (at, unit, false))),
        Kind::Rate => {
            with("ppm").map(|at| (at, Unit::Yuan, false)).or_else(|| with("percent").map(|at| (at, Unit::Yuan, true)))
        }
        _ => place(columns, field.name).map(|at| (at, Unit::Yuan, false)),
    }
}

/// `SBA-{LoanNr}` as texts and columns.
fn pieces(template: &str, at: &impl Fn(&String) -> Result<usize>) -> Result<Vec<(String, Option<usize>)>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) =
            after.split_once('}').with_context(|| format!("template {template:?} has a {{ without }}"))?;
        pieces.push((before.to_owned(), Some(at(&name.to_owned())?)));
        rest = behind;
    }
    pieces.push((rest.to_owned(), None));
    Ok(pieces)
}

/// A text as an id: what an id can not hold becomes a hyphen, one for each run; one too long is cut and ends in its
/// digest, so that two of them stay two.
fn as_id(text: &str) -> String {
    let mut id = String::new();
    for c in text.trim().chars() {
        match c {
            c if c.is_alphanumeric() || "_.:/#()（）〔〕".contains(c) => id.push(c),
            _ if id.ends_with('-') => {}
            _ => id.push('-'),
        }
    }
    if id.len() > ledger::ID_BYTES_MAX {
        let digest = hex(&Digest::sha256(text.as_bytes()).as_bytes()[..4]);
        let mut cut = ledger::ID_BYTES_MAX - digest.len() - 1;
        while !id.is_char_boundary(cut) {
            cut -= 1;
        }
        id.truncate(cut);
        id = format!("{id}-{digest}");
    }
    id
}

/// A code for an enterprise that has none: it passes its check and follows from the text.
fn stand_in(text: &str) -> String {
    let digest = Digest::sha256(text.as_bytes());
    let alphabet = primitives::credit_code::ALPHABET;
    let characters: String =
        digest.as_bytes()[..9].iter().map(|b| char::from(alphabet[usize::from(*b) % 31])).collect();
    match CreditCode::complete(&format!("91000000{characters}")) {
        Ok(code) => code.as_str().to_owned(),
        Err(_) => String::new(),
    }
}

/// Fields that all events have, by our own names.
pub(crate) fn common() -> impl Iterator<Item = &'static Field> {
    COMMON.iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_apart_and_codes_pass() {
        assert_eq!(as_id("CALIFORNIA BANK & TRUST"), "CALIFORNIA-BANK-TRUST");
        assert_eq!(as_id("渝商银 〔2021〕1号"), "渝商银-〔2021〕1号");
        let long = "银".repeat(40);
        let (a, b) = (as_id(&long), as_id(&format!("{long}一")));
        assert!(a != b && a.len() <= ledger::ID_BYTES_MAX && a.parse::<ledger::BankId>().is_ok(), "{a}");
        for text in ["A", "B", ""] {
            assert!(stand_in(text).parse::<CreditCode>().is_ok());
        }
        assert_ne!(stand_in("A"), stand_in("B"));
    }

    #[test]
    fn a_mapping_that_can_not_be_meant_says_what_is_wrong() {
        let columns: Vec<String> = ["No", "Bank"].map(str::to_owned).into();
        let refused = |text: &str| format!("{:#}", Mapping::from_toml(text, &columns).err().expect("refused"));
        let loan = "name = \"m\"\nkey = [\"No\"]\n[[event]]\nevent = \"loan.completed\"\n[event.fields]\n";
        assert!(refused("name = \"m\"\nkey = [\"Nr\"]\nevent = []").contains("no column \"Nr\", it has No, Bank"));
        assert!(refused("name = \"m\"\nkey = [\"No\"]\nevent = []").contains("makes no event"));
        assert!(refused(&format!("{loan}bank = {{ column = \"Bank\" }}")).contains("has no field effective_on"));
        assert!(refused(&format!("{loan}bnak = {{ column = \"Bank\" }}")).contains("no field \"bnak\""));
        assert!(refused(&format!("{loan}bank = {{ column = \"Bank\", constant = \"b\" }}")).contains("no second"));
        assert!(refused(&format!("{loan}bank = {{ column = \"Bank\", dates = \"dmy\" }}")).contains("dates \"dmy\""));
        assert!(refused(&loan.replace("loan.completed", "loan.done")).contains("\"loan.done\" is none of"));
    }
}
