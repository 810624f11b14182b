//! The files of the sources to checked schemas.

use super::{Absence, Code, Column, Comparison, Holder, Kind, Operator, RowRule, Source, headings};
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    id: String,
    name_zh: String,
    name_en: String,
    authority: String,
    holder: Holder,
    personal: bool,
    public: bool,
    absence: Absence,
    event: String,
    known: String,
    lag_days: i32,
    #[serde(default = "usual_interval")]
    interval_days: i32,
    identity: Vec<String>,
    column: Vec<RawColumn>,
    #[serde(default)]
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    name: String,
    zh: Vec<String>,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    required: bool,
    min: Option<f64>,
    max: Option<f64>,
    median: Option<[f64; 2]>,
    #[serde(default)]
    codes: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    name: String,
    when: Option<String>,
    must: String,
}

/// Two months: a department that delivers monthly may be late once.
fn usual_interval() -> i32 {
    62
}

/// One source from the text of its file, or what is wrong with it.
pub(super) fn source(text: &str) -> Result<Source, String> {
    let raw: RawSource = toml::from_str(text).map_err(|e| e.to_string())?;
    let columns: Vec<Column> = raw.column.into_iter().map(column).collect::<Result<_, _>>()?;
    let index = |name: &str| {
        let found = columns.iter().position(|c: &Column| c.name == name);
        found.ok_or_else(|| format!("{}: there is no column {name:?}", raw.id))
    };
    let enterprise = columns.iter().position(|c| c.kind == Kind::Id);
    let ids = columns.iter().filter(|c| c.kind == Kind::Id).count();
    let (Some(enterprise), 1) = (enterprise, ids) else {
        return Err(format!("{}: there are {ids} columns of ids where one is due", raw.id));
    };
    let event = index(&raw.event)?;
    let known = index(&raw.known)?;
    if !matches!(columns[event].kind, Kind::Date | Kind::Month) || !columns[event].required {
        return Err(format!("{}: the event must be a required date or month", raw.id));
    }
    if columns[known].kind != Kind::Time || !columns[enterprise].required {
        return Err(format!("{}: the known time must be a time, and the id required", raw.id));
    }
    let identity = raw.identity.iter().map(|n| index(n)).collect::<Result<_, _>>()?;
    let rules = raw.rules.iter().map(|rule| row_rule(rule, &columns)).collect::<Result<_, _>>()?;
    let source = Source {
        id: raw.id,
        name_zh: raw.name_zh,
        name_en: raw.name_en,
        authority: raw.authority,
        holder: raw.holder,
        personal: raw.personal,
        public: raw.public,
        absence: raw.absence,
        enterprise,
        event,
        known,
        lag_days: raw.lag_days,
        interval_days: raw.interval_days,
        identity,
        columns,
        rules,
    };
    match headings::ambiguous(&source) {
        Some(heading) => Err(format!("{}: two columns have the heading {heading:?}", source.id)),
        None => Ok(source),
    }
}

fn column(raw: RawColumn) -> Result<Column, String> {
    let mut seen = HashSet::new();
    for spelling in raw.codes.iter().flat_map(|(key, spellings)| std::iter::once(key).chain(spellings)) {
        if !seen.insert(spelling.to_lowercase()) {
            return Err(format!("{}: two codes are spelled {spelling:?}", raw.name));
        }
    }
    if (raw.kind == Kind::Code) == raw.codes.is_empty() {
        return Err(format!("{}: a column has codes if and only if it is of codes", raw.name));
    }
    let codes = raw.codes.into_iter().map(|(key, spellings)| Code { key, spellings }).collect();
    Ok(Column {
        name: raw.name,
        zh: raw.zh,
        kind: raw.kind,
        required: raw.required,
        min: raw.min,
        max: raw.max,
        median: raw.median,
        codes,
    })
}

fn row_rule(raw: &RawRule, columns: &[Column]) -> Result<RowRule, String> {
    let when = raw.when.as_deref().map(|text| comparison(text, columns)).transpose()?;
    let must = comparison(&raw.must, columns)?;
    let condition = raw.when.as_ref().map_or_else(String::new, |when| format!(" where {when}"));
    Ok(RowRule { name: raw.name.clone(), when, must, text: format!("{}{condition}", raw.must) })
}

/// `column operator constant`, parted by spaces.
fn comparison(text: &str, columns: &[Column]) -> Result<Comparison, String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [name, operator, constant] = parts[..] else {
        return Err(format!("{text:?} is not `column operator constant`"));
    };
    let column =
        columns.iter().position(|c| c.name == name).ok_or_else(|| format!("{text:?}: there is no column {name:?}"))?;
    let operator = match operator {
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        _ => return Err(format!("{text:?}: {operator:?} is no comparison")),
    };
    let ordered = columns[column].kind != Kind::Code;
    if !ordered && !matches!(operator, Operator::Equal | Operator::NotEqual) {
        return Err(format!("{text:?}: codes have no order"));
    }
    let value = match columns[column].unit() {
        _ if !ordered => columns[column].code(constant),
        Some(unit) => constant.parse::<f64>().ok().map(|x| (x * unit).round() as i64),
        None => None,
    };
    let value = value.ok_or_else(|| format!("{text:?}: {constant:?} is no value of {name}"))?;
    Ok(Comparison { column, operator, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"
        id = "loans"
        name_zh = "贷款"
        name_en = "Loans"
        authority = "银行"
        holder = "bank"
        personal = false
        public = false
        absence = "zero"
        event = "month"
        known = "known_at"
        lag_days = 10
        identity = ["month"]
        column = [
          { name = "enterprise_id", zh = ["企业标识"], type = "id", required = true },
          { name = "month", zh = ["月份"], type = "month", required = true },
          { name = "tag", zh = ["标识"], type = "code", codes = { new = ["新增"], bridge = ["转贷"] } },
          { name = "balance", zh = ["余额"], type = "money", min = 0 },
          { name = "known_at", zh = ["入库时间"], type = "time" },
        ]
        rules = [{ name = "new_has_balance", when = "tag = new", must = "balance > 0.5" }]
    "#;

    #[track_caller]
    fn check(from: &str, to: &str, expect: &str) {
        assert!(SOUND.contains(from), "{from}");
        let error = source(&SOUND.replace(from, to)).expect_err("it is refused");
        assert!(error.contains(expect), "{error}");
    }

    #[test]
    fn a_sound_source() {
        let source = source(SOUND).expect("it is sound");
        let rule = &source.rules[0];
        assert_eq!(rule.when, Some(Comparison { column: 2, operator: Operator::Equal, value: 1 }));
        assert_eq!(rule.must, Comparison { column: 3, operator: Operator::Greater, value: 50 });
        assert_eq!(rule.text, "balance > 0.5 where tag = new");
        assert_eq!((source.event, source.known, source.interval_days), (1, 4, 62));
    }

    #[test]
    fn what_is_refused() {
        check("event = \"month\"", "event = \"day\"", "there is no column \"day\"");
        check("identity = [\"month\"]", "identity = [\"no\"]", "there is no column \"no\"");
        check("[\"转贷\"]", "[\"新增\"]", "two codes are spelled \"新增\"");
        check("[\"余额\"]", "[\"月份\"]", "two columns have the heading \"月份\"");
        check("type = \"id\"", "type = \"key\"", "there are 0 columns of ids");
        check("tag = new", "tag < new", "codes have no order");
        check("tag = new", "tag = old", "\"old\" is no value of tag");
        check("balance > 0.5", "balance 0.5", "is not `column operator constant`");
        check("type = \"money\"", "type = \"dollars\"", "unknown variant");
        check("lag_days", "lag", "unknown field");
    }
}
