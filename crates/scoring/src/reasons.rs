//! Reasons in words.

use crate::model::{Language, Model};
use crate::model_file::{Attribute, Characteristic, Interval, ReasonBaseline, SpecialValue, Table};
use crate::rating::Reason;

impl Model {
    /// The code of a reason: the characteristic's name, with the state of the value where it is not an
    /// ordinary one.
    ///
    /// `revenue`, `revenue.missing`, `revenue.special`, `industry.unseen`, `revenue.not_authorised`;
    /// a pair is `revenue*industry`.
    ///
    /// # Panics
    /// When the reason is not one of a [`crate::Rating`] of this model; so with
    /// [`Model::reason_text`].
    pub fn reason_code(&self, reason: &Reason) -> String {
        match &self.file().tables[reason.table] {
            Table::OneWay { characteristic, bins, .. } => {
                let suffix = match bins[reason.bin].attribute {
                    Attribute::Interval(_) | Attribute::Levels(_) => "",
                    Attribute::Special(_) => ".special",
                    Attribute::Missing => ".missing",
                    Attribute::Unseen => ".unseen",
                    Attribute::NotAuthorised => ".not_authorised",
                };
                format!("{characteristic}{suffix}")
            }
            Table::TwoWay(pair) => pair.pair.join("*"),
        }
    }

    /// A reason in words that may be shown to the enterprise.
    pub fn reason_text(&self, reason: &Reason, language: Language) -> String {
        let what = self.bin_text(reason.table, reason.bin, language);
        let lost = reason.points_lost;
        let points = if lost == 1 { "point" } else { "points" };
        match (language, self.file().reasons.baseline) {
            (Language::Chinese, ReasonBaseline::Maximum) => format!("{what}，较最高分少 {lost} 分"),
            (Language::Chinese, ReasonBaseline::Mean) => format!("{what}，较平均分少 {lost} 分"),
            (Language::English, ReasonBaseline::Maximum) => format!("{what}: {lost} {points} lost"),
            (Language::English, ReasonBaseline::Mean) => format!("{what}: {lost} {points} below the average"),
        }
    }

    /// A bin in words, with the name of its characteristic.
    ///
    /// # Panics
    /// When the model has no such table, or the table no such bin.
    pub fn bin_text(&self, table: usize, bin: usize, language: Language) -> String {
        let label = |name: &str| {
            let c = self.position(name).map(|i| &self.file().characteristics[i]);
            c.map_or(name, |c: &Characteristic| match language {
                Language::Chinese => &c.label_zh,
                Language::English => &c.label_en,
            })
            .to_owned()
        };
        match &self.file().tables[table] {
            Table::OneWay { characteristic, bins, .. } => {
                sentence(&label(characteristic), &bins[bin].attribute, language)
            }
            Table::TwoWay(pair) => {
                let (row, column) = (bin / pair.columns.len(), bin % pair.columns.len());
                let first = sentence(&label(&pair.pair[0]), &pair.rows[row], language);
                let second = sentence(&label(&pair.pair[1]), &pair.columns[column], language);
                match language {
                    Language::Chinese => format!("{first}，且{second}"),
                    Language::English => format!("{first} and {second}"),
                }
            }
        }
    }
}

impl Attribute {
    /// The bin without its characteristic: `[3.5, 8)`, `retail, trade`, `missing`.
    pub fn label(&self, language: Language) -> String {
        let zh = language == Language::Chinese;
        match self {
            Self::Interval(i) => interval(i),
            Self::Levels(l) if l.is_empty() => "∅".into(),
            Self::Levels(l) => l.join(", "),
            Self::Special(values) => {
                let values: Vec<_> = values.iter().map(SpecialValue::to_string).collect();
                format!("{} {}", if zh { "特殊值" } else { "special" }, values.join(", "))
            }
            Self::Missing => if zh { "缺失" } else { "missing" }.into(),
            Self::Unseen => if zh { "未见过的类别" } else { "unseen" }.into(),
            Self::NotAuthorised => if zh { "未授权" } else { "not authorised" }.into(),
        }
    }
}

impl std::fmt::Display for SpecialValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(x) => f.write_str(&number(*x)),
            Self::Text(t) => f.write_str(t),
        }
    }
}

fn interval(i: &Interval) -> String {
    match (i.from, i.to) {
        (None, None) => "(-∞, +∞)".into(),
        (Some(from), None) => format!("≥ {}", number(from)),
        (None, Some(to)) => format!("< {}", number(to)),
        (Some(from), Some(to)) => format!("[{}, {})", number(from), number(to)),
    }
}

/// The shortest text that reads back as this number, without hundreds of zeros.
fn number(x: f64) -> String {
    let text = format!("{x:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn sentence(label: &str, attribute: &Attribute, language: Language) -> String {
    let bin = attribute.label(language);
    // A name in Latin letters stands apart from the Chinese words after it.
    let is_latin = language == Language::Chinese && label.ends_with(|c: char| c.is_ascii_alphanumeric());
    let label = format!("{label}{}", if is_latin { " " } else { "" });
    match (attribute, language) {
        (Attribute::Interval(_), _) if bin.starts_with(['<', '≥']) => format!("{} {bin}", label.trim_end()),
        (Attribute::Special(_), Language::Chinese) => format!("{label}为{bin}"),
        (Attribute::Interval(_) | Attribute::Levels(_), Language::Chinese) => format!("{label}为 {bin}"),
        (Attribute::Interval(_), Language::English) => format!("{label} in {bin}"),
        (Attribute::Levels(_) | Attribute::Special(_), Language::English) => format!("{label} is {bin}"),
        (Attribute::Missing, Language::Chinese) => format!("{label}缺失"),
        (Attribute::Unseen, Language::Chinese) => format!("{label}为训练中未见过的类别"),
        (Attribute::NotAuthorised, Language::Chinese) => format!("{label}未获授权"),
        (Attribute::Missing, Language::English) => format!("{label} is missing"),
        (Attribute::Unseen, Language::English) => format!("{label} is a category that training did not see"),
        (Attribute::NotAuthorised, Language::English) => format!("{label} is not authorised"),
    }
}
