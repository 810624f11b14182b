//! One figure of a rule or of a case, in its unit, for people.

use crate::{Code, Mark, Marked};
use chrono::NaiveDate;
use primitives::region::{State, state};
use primitives::{Fen, Ppm, RegionCode};
use serde::de::DeserializeOwned;
use std::ops::RangeInclusive;

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

/// A word of a closed list with both names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Word {
    /// The code.
    pub code: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
}

/// A figure with its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure {
    /// Money.
    Amount(Fen),
    /// A rate or share.
    Share(Ppm),
    /// Calendar days.
    Days(i64),
    /// Working days of the State Council's calendar.
    WorkingDays(i64),
    /// Months.
    Months(i64),
    /// A number of things.
    Count(i64),
    /// A day.
    Date(NaiveDate),
    /// The days from the first to the second, both included.
    Period(NaiveDate, NaiveDate),
    /// Yes or no.
    Flag(bool),
    /// Words of a closed list.
    Words(Vec<Word>),
    /// A text of a file or of a case.
    Text(String),
    /// A region as of a day; its text says if it was abolished by then.
    Region(RegionCode, NaiveDate),
    /// It was not stated.
    Unknown,
}

/// Calendar days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days(pub i64);

/// Working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkingDays(pub i64);

/// Months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Months(pub i64);

/// A number of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count(pub i64);

/// What a rule file may hold as a marked value: `{ <key> = …, mark = …, source = … }` with a key that names the unit.
pub trait Unit: Sized {
    /// As the file has it.
    type Raw: DeserializeOwned;

    /// The keys: those of the value, then `mark` and `source`.
    const FIELDS: &'static [&'static str];

    /// What a value may be where nothing narrower is said, in the unit of the file.
    const RANGE: RangeInclusive<i64>;

    /// From the file's value; the text says why it is none.
    ///
    /// # Errors
    /// A text for the parser's error.
    fn read(raw: Self::Raw) -> Result<Self, String>;

    /// The number in the file's unit, if it is one.
    fn number(&self) -> Option<i64> {
        None
    }

    /// For people.
    fn figure(&self) -> Figure;
}

macro_rules! numbers {
    ($($name:ident, $key:literal, $range:expr;)+) => {$(
        impl Unit for $name {
            type Raw = i64;
            const FIELDS: &'static [&'static str] = &[$key, "mark", "source"];
            const RANGE: RangeInclusive<i64> = $range;

            fn read(raw: i64) -> Result<Self, String> {
                Ok(Self(raw))
            }

            fn number(&self) -> Option<i64> {
                Some(self.0)
            }

            fn figure(&self) -> Figure {
                Figure::$name(self.0)
            }
        }
    )+};
}

numbers! {
    Days, "days", 1..=3_660;
    WorkingDays, "working_days", 1..=250;
    Months, "months", 1..=360;
    Count, "count", 1..=1_000_000_000;
}

impl Unit for Fen {
    type Raw = i64;
    const FIELDS: &'static [&'static str] = &["amount_yuan", "mark", "source"];
    // What is beyond is a slip of units.
    const RANGE: RangeInclusive<i64> = 1..=1_000_000_000;

    fn read(raw: i64) -> Result<Self, String> {
        Self::from_yuan(raw).ok_or_else(|| format!("amount_yuan is {raw}, which is beyond 64 bits of fen"))
    }

    fn number(&self) -> Option<i64> {
        Some(self.get() / 100)
    }

    fn figure(&self) -> Figure {
        Figure::Amount(*self)
    }
}

impl Unit for Ppm {
    type Raw = i64;
    const FIELDS: &'static [&'static str] = &["share_ppm", "rate_ppm", "mark", "source"];
    // A share of an amount; a multiple of it states its own range.
    const RANGE: RangeInclusive<i64> = 1..=1_000_000;

    fn read(raw: i64) -> Result<Self, String> {
        Ok(Self::new(raw))
    }

    fn number(&self) -> Option<i64> {
        Some(self.get())
    }

    fn figure(&self) -> Figure {
        Figure::Share(*self)
    }
}

/// Values that are no numbers have no range.
const NO_RANGE: RangeInclusive<i64> = i64::MIN..=i64::MAX;

macro_rules! values {
    ($($name:ty, $key:literal, |$value:ident| $figure:expr;)+) => {$(
        impl Unit for $name {
            type Raw = Self;
            const FIELDS: &'static [&'static str] = &[$key, "mark", "source"];
            const RANGE: RangeInclusive<i64> = NO_RANGE;

            fn read(raw: Self) -> Result<Self, String> {
                Ok(raw)
            }

            fn figure(&self) -> Figure {
                let $value = self;
                $figure
            }
        }
    )+};
}

values! {
    NaiveDate, "date", |day| Figure::Date(*day);
    bool, "value", |flag| Figure::Flag(*flag);
    Vec<String>, "value", |texts| Figure::Text(texts.join(", "));
}

impl<C: Code + DeserializeOwned> Unit for C {
    type Raw = C;
    const FIELDS: &'static [&'static str] = &["value", "mark", "source"];
    const RANGE: RangeInclusive<i64> = NO_RANGE;

    fn read(raw: C) -> Result<Self, String> {
        Ok(raw)
    }

    fn figure(&self) -> Figure {
        Figure::Words(vec![Word::of(*self)])
    }
}

impl<C: Code + DeserializeOwned> Unit for Vec<C> {
    type Raw = Vec<C>;
    const FIELDS: &'static [&'static str] = &["value", "mark", "source"];
    const RANGE: RangeInclusive<i64> = NO_RANGE;

    fn read(raw: Vec<C>) -> Result<Self, String> {
        if raw.is_empty() { Err(format!("no {} is named", C::WHAT)) } else { Ok(raw) }
    }

    fn figure(&self) -> Figure {
        Figure::Words(self.iter().map(|c| Word::of(*c)).collect())
    }
}

impl Word {
    /// The code and names of a word.
    pub fn of<C: Code>(code: C) -> Self {
        Self { code: code.code(), zh: code.name_zh(), en: code.name_en() }
    }

    /// The name in a language.
    pub fn text(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}

impl Figure {
    /// For people: with its unit, a share in percent.
    pub fn text(&self, lang: Lang) -> String {
        let of = |n: &i64, zh: &str, en: &str| match lang {
            Lang::Zh => format!("{n}{zh}"),
            Lang::En => format!("{n} {en}"),
        };
        match self {
            Self::Amount(fen) => match lang {
                Lang::Zh => format!("{fen}元"),
                Lang::En => format!("{fen} yuan"),
            },
            Self::Share(ppm) => ppm.to_string(),
            Self::Days(n) => of(n, "天", "days"),
            Self::WorkingDays(n) => of(n, "个工作日", "working days"),
            Self::Months(n) => of(n, "个月", "months"),
            Self::Count(n) => n.to_string(),
            Self::Date(day) => day.to_string(),
            Self::Period(from, to) => match lang {
                Lang::Zh => format!("{from}至{to}"),
                Lang::En => format!("{from} to {to}"),
            },
            Self::Flag(flag) => match (lang, flag) {
                (Lang::Zh, true) => "是".to_owned(),
                (Lang::Zh, false) => "否".to_owned(),
                (Lang::En, true) => "yes".to_owned(),
                (Lang::En, false) => "no".to_owned(),
            },
            Self::Words(words) => {
                let names: Vec<&str> = words.iter().map(|w| w.text(lang)).collect();
                names.join(if lang == Lang::Zh { "、" } else { ", " })
            }
            Self::Text(text) => primitives::plain(text).into_owned(),
            Self::Region(code, on) => region(*code, *on, lang),
            Self::Unknown => if lang == Lang::Zh { "未提供" } else { "not stated" }.to_owned(),
        }
    }
}

/// A region as of a day: code, name, and its end with what took its ground.
fn region(code: RegionCode, on: NaiveDate, lang: Lang) -> String {
    let name = |r: &primitives::region::Region| if lang == Lang::Zh { r.name_zh } else { r.name_en };
    match (state(code, on), lang) {
        (State::Valid(r), _) => format!("{code} {}", name(r)),
        (State::Abolished { region, on }, lang) => {
            let day = on.map(|d| d.to_string()).unwrap_or_default();
            let next: Vec<String> = region.successors.iter().map(|c| c.to_string()).collect();
            let next = next.join(", ");
            match lang {
                Lang::Zh => format!("{code} {}（已撤销 {day}，现为 {next}）", name(region)),
                Lang::En => format!("{code} {} (abolished {day}, its ground is in {next})", name(region)),
            }
        }
        (State::NotYet { region, from }, Lang::Zh) => format!("{code} {}（{from} 起设立）", name(region)),
        (State::NotYet { region, from }, Lang::En) => format!("{code} {} (begins on {from})", name(region)),
        (State::Unknown, Lang::Zh) => format!("{code}（非本市区县）"),
        (State::Unknown, Lang::En) => format!("{code} (no region of the city)"),
    }
}

/// A figure of a rule under the name of its key in the rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<'a> {
    /// The key, such as `fee_rate`.
    pub name: &'static str,
    /// The figure.
    pub figure: Figure,
    /// How far it may be relied on.
    pub mark: Mark,
    /// Where it comes from.
    pub source: &'a str,
    number: Option<i64>,
    range: RangeInclusive<i64>,
}

impl<T: Unit> Marked<T> {
    /// The figure under a name.
    pub(crate) fn named(&self, name: &'static str) -> Named<'_> {
        let (figure, number) = (self.value.figure(), self.value.number());
        Named { name, figure, mark: self.mark, source: &self.source, number, range: T::RANGE }
    }

    /// The value for people, with the label of its mark: a number that is not official never stands alone.
    pub fn text(&self, lang: Lang) -> String {
        self.mark.label(&self.value.figure().text(lang), lang)
    }
}

impl Named<'_> {
    /// The figure with another range of what the file may say.
    pub(crate) fn within(self, range: RangeInclusive<i64>) -> Self {
        Self { range, ..self }
    }

    /// A number outside its range, and the range.
    pub(crate) fn out_of_range(&self) -> Option<(i64, &RangeInclusive<i64>)> {
        self.number.filter(|n| !self.range.contains(n)).map(|n| (n, &self.range))
    }

    /// The value for people, with the label of its mark.
    pub fn text(&self, lang: Lang) -> String {
        self.mark.label(&self.figure.text(lang), lang)
    }
}
