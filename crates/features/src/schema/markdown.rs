//! The schemas as a document, generated so that it can not differ from what is read.

use super::{Absence, Column, Holder, Kind, Source, sources};
use std::fmt::Write;

/// The language of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 中文.
    Chinese,
    /// English.
    English,
}

/// All sources as Markdown: keys, dates, units, holders, and whether they are of persons.
///
/// # Examples
/// ```
/// use features::schema::{Language, to_markdown};
/// assert!(to_markdown(Language::English).contains("## invoices: VAT invoices"));
/// assert!(to_markdown(Language::Chinese).contains("## invoices：增值税发票"));
/// ```
pub fn to_markdown(language: Language) -> String {
    let zh = language == Language::Chinese;
    let mut out = String::from(if zh { "# 数据源\n" } else { "# Sources\n" });
    out.push_str(if zh {
        "\n每个数据源为 `<id>.csv`、`<id>.csv.gz` 或 `<id>.parquet`，也可分为 `<id>-*` 多个文件或放在 `<id>/` 文件夹中。列名可用英文或中文。\
         金额默认为元（至多两位小数）；以分计的列名加 `_fen` 或（分）；万元等单位一律拒绝。\n"
    } else {
        "\nA source is `<id>.csv`, `<id>.csv.gz` or `<id>.parquet`, or parts `<id>-*`, or a folder `<id>/` of such files. \
         Headings are English or Chinese. Money is in yuan with at most two decimals; a heading in fen ends in `_fen` or \
         （分）; other units are refused.\n"
    });
    for source in sources() {
        one(&mut out, source, zh).expect("a string takes any text");
    }
    out
}

fn one(out: &mut String, source: &Source, zh: bool) -> std::fmt::Result {
    let names = |indices: &[usize]| -> String {
        let names: Vec<String> = indices.iter().map(|&i| format!("`{}`", source.columns[i].name)).collect();
        names.join(", ")
    };
    let key: Vec<usize> = std::iter::once(source.enterprise).chain(source.identity.iter().copied()).collect();
    let (event, known) = (&source.columns[source.event].name, &source.columns[source.known].name);
    let lag = source.lag_days;
    if zh {
        let yes = |b| if b { "是" } else { "否" };
        writeln!(out, "\n## {}：{}\n", source.id, source.name_zh)?;
        writeln!(out, "- 来源部门：{}；持有方：{}", source.authority, holder(source, zh))?;
        writeln!(out, "- 公开数据：{}；个人信息：{}", yes(source.public), yes(source.personal))?;
        writeln!(out, "- 主键：{}（同一主键以知悉时间较晚者为准）", names(&key))?;
        writeln!(out, "- 事件时间：`{event}`；知悉时间：`{known}`，缺失时为事件时间加 {lag} 天")?;
        writeln!(out, "- 无记录的含义：{}\n", absence(source, zh))?;
        writeln!(out, "| 列 | 中文列名 | 类型 | 必填 | 允许值 |\n|---|---|---|---|---|")?;
    } else {
        let yes = |b| if b { "yes" } else { "no" };
        writeln!(out, "\n## {}: {}\n", source.id, source.name_en)?;
        writeln!(out, "- from: {}; held by: {}", source.authority, holder(source, zh))?;
        writeln!(out, "- public: {}; personal: {}", yes(source.public), yes(source.personal))?;
        writeln!(out, "- key: {} (of one key, what is known later holds)", names(&key))?;
        writeln!(out, "- event time: `{event}`; known time: `{known}`, or else {lag} days after the event")?;
        writeln!(out, "- an enterprise without a record: {}\n", absence(source, zh))?;
        writeln!(out, "| column | Chinese headings | type | required | allowed |\n|---|---|---|---|---|")?;
    }
    for column in &source.columns {
        let required = match (column.required, zh) {
            (true, true) => "是",
            (true, false) => "yes",
            _ => "",
        };
        let (zh_names, kind) = (column.zh.join("、"), kind(column.kind, zh));
        writeln!(out, "| `{}` | {zh_names} | {kind} | {required} | {} |", column.name, allowed(column))?;
    }
    for rule in &source.rules {
        writeln!(out, "\n`{}`: {}", rule.name, rule.text)?;
    }
    Ok(())
}

fn holder(source: &Source, zh: bool) -> &'static str {
    match (source.holder, zh) {
        (Holder::Platform, true) => "平台",
        (Holder::Platform, false) => "the platform",
        (Holder::Bank, true) => "银行",
        (Holder::Bank, false) => "the bank",
    }
}

fn absence(source: &Source, zh: bool) -> &'static str {
    match (source.absence, zh) {
        (Absence::Zero, true) => "没有发生（计为零）",
        (Absence::Zero, false) => "nothing happened (zero)",
        (Absence::Unknown, true) => "未知",
        (Absence::Unknown, false) => "unknown",
    }
}

fn kind(kind: Kind, zh: bool) -> &'static str {
    let (chinese, english) = match kind {
        Kind::Id => ("企业标识", "enterprise id"),
        Kind::Key => ("编号", "key"),
        Kind::Text => ("文本", "text"),
        Kind::Code => ("代码", "code"),
        Kind::Money => ("金额（元）", "money, yuan"),
        Kind::Date => ("日期", "date"),
        Kind::Month => ("月份", "month"),
        Kind::Time => ("时间（北京）", "time, Beijing"),
        Kind::Count => ("个数", "count"),
        Kind::Quantity => ("数量（三位小数）", "quantity, 3 decimals"),
        Kind::Share => ("比例（0 至 1）", "share, 0 to 1"),
        Kind::Flag => ("是/否", "flag"),
        Kind::District => ("区县代码（六位）", "district, 6 digits"),
        Kind::Industry => ("行业代码（GB/T 4754）", "industry, GB/T 4754"),
        Kind::CreditCode => ("统一社会信用代码", "unified social credit code"),
    };
    if zh { chinese } else { english }
}

/// What a column allows, in words of the schema.
pub(crate) fn allowed(column: &Column) -> String {
    if !column.codes.is_empty() {
        let code = |c: &super::Code| match c.spellings.is_empty() {
            true => c.key.clone(),
            false => format!("{} ({})", c.key, c.spellings.join(", ")),
        };
        return column.codes.iter().map(code).collect::<Vec<_>>().join(", ");
    }
    match (column.min, column.max) {
        (None, None) => String::new(),
        (Some(min), None) => format!(">= {min}"),
        (None, Some(max)) => format!("<= {max}"),
        (Some(min), Some(max)) => format!("{min}..{max}"),
    }
}
