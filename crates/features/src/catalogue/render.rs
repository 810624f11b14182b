//! The catalogue as documentation: generated, not typed.

use super::{Catalogue, Feature, Hit};
use crate::schema::{Holder, Language, sources};
use serde_json::{Value, json};
use std::fmt::Write as _;

impl Catalogue {
    /// The catalogue as JSON, for machines.
    pub fn to_json(&self) -> String {
        let features: Vec<Value> = self.features.iter().map(|f| self.feature_json(f)).collect();
        let hits: Vec<Value> = self.hits.iter().map(hit_json).collect();
        let sets: serde_json::Map<String, Value> = self
            .sets
            .iter()
            .map(|(name, s)| {
                let condition = s.condition.as_ref().map(ToString::to_string);
                (name.clone(), json!({ "source": s.source, "where": condition }))
            })
            .collect();
        let facts: Vec<Value> = self
            .facts
            .iter()
            .map(|f| json!({ "column": f.column, "value": f.value.to_string(), "type": if f.is_number { "number" } else { "text" } }))
            .collect();
        let whole = json!({
            "catalogue_version": self.version,
            "features": features,
            "negative_list": hits,
            "sets": sets,
            "facts": facts,
        });
        serde_json::to_string_pretty(&whole).expect("texts and finite numbers")
    }

    fn feature_json(&self, f: &Feature) -> Value {
        let windows: Vec<String> = f.value.aggregates().iter().map(|a| a.window.to_string()).collect();
        let aggregations: Vec<&str> = f.value.aggregates().iter().map(|a| a.operation.name()).collect();
        let (numerator, denominator) = match &f.value {
            crate::expression::Value::Binary(crate::expression::Operator::Divide, a, b) => {
                (Some(a.to_string()), Some(b.to_string()))
            }
            _ => (None, None),
        };
        json!({
            "id": f.id, "version": f.version, "column": f.column,
            "group": self.groups[f.group].id, "group_zh": self.groups[f.group].name_zh,
            "name_zh": f.name_zh, "name_en": f.name_en, "unit": f.unit, "direction": f.direction.name(),
            "value": f.value.to_string(), "numerator": numerator, "denominator": denominator,
            "sources": f.sources, "windows": windows, "aggregations": aggregations,
            "codes": f.codes, "missing": missing_rule(f, Language::English),
            "holder": holder(f, Language::English), "personal": f.personal, "owner": f.owner,
            "valid_from": f.valid_from, "valid_until": f.valid_until,
        })
    }

    /// The catalogue as Markdown, for people.
    pub fn to_markdown(&self, language: Language) -> String {
        let zh = language == Language::Chinese;
        let say = |chinese: &'static str, english: &'static str| if zh { chinese } else { english };
        let mut out = String::new();
        let _ = writeln!(out, "# {}\n", say("特征目录", "Catalogue of features"));
        let _ = writeln!(
            out,
            "{} `{}`, {} {}.\n",
            say("版本", "Version"),
            self.version,
            self.features.len(),
            say("个特征", "features")
        );
        for (g, group) in self.groups.iter().enumerate() {
            let _ = writeln!(out, "## {}\n", if zh { &group.name_zh } else { &group.name_en });
            let _ = writeln!(
                out,
                "{}",
                say(
                    "| 编号 | 列名 | 名称 | 单位 | 分值随数值 | 定义 | 数据源 | 持有方 | 无值时 | 版本 | 有效期 | 负责 |",
                    "| id | column | name | unit | points as it rises | definition | sources | holder | without records | version | valid | owner |"
                )
            );
            out.push_str("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
            for f in self.features.iter().filter(|f| f.group == g) {
                let name = if zh { &f.name_zh } else { &f.name_en };
                let direction = match (f.direction, zh) {
                    (d, false) => d.name(),
                    (super::Direction::Rising, true) => "上升",
                    (super::Direction::Falling, true) => "下降",
                    (super::Direction::Free, true) => "不定",
                };
                let until = f.valid_until.map(|d| d.to_string()).unwrap_or_default();
                let _ = writeln!(
                    out,
                    "| {} | `{}` | {} | {} | {} | `{}` | {} | {} | {} | {} | {} – {} | {} |",
                    f.id,
                    f.column,
                    name,
                    f.unit,
                    direction,
                    f.value,
                    f.sources.join(", "),
                    holder(f, language),
                    missing_rule(f, language),
                    f.version,
                    f.valid_from,
                    until,
                    f.owner,
                );
            }
            out.push('\n');
        }
        let _ = writeln!(out, "## {}\n", say("负面清单", "Negative list"));
        let _ = writeln!(
            out,
            "{}",
            say("| 编号 | 名称 | 数据源 | 条件 | 解除 |", "| code | name | source | condition | ends |")
        );
        out.push_str("|---|---|---|---|---|\n");
        for h in &self.hits {
            let name = if zh { &h.name_zh } else { &h.name_en };
            let test = h.test.as_ref().map(|(v, above)| format!(" and {v} > {above}")).unwrap_or_default();
            let _ = writeln!(
                out,
                "| {} | {name} | {} | `{}{test}` | {} |",
                h.code,
                h.source,
                h.condition,
                h.end.as_deref().map(|e| format!("`{e}`")).unwrap_or_default()
            );
        }
        out
    }
}

fn hit_json(h: &Hit) -> Value {
    let test = h.test.as_ref().map(|(v, above)| format!("{v} > {above}"));
    json!({
        "code": h.code, "name_zh": h.name_zh, "name_en": h.name_en, "source": h.source,
        "where": h.condition.to_string(), "test": test, "end": h.end, "evidence": h.evidence,
    })
}

fn holder(f: &Feature, language: Language) -> &'static str {
    match (f.holder, language == Language::Chinese) {
        (Holder::Platform, true) => "平台",
        (Holder::Bank, true) => "银行",
        (Holder::Platform, false) => "platform",
        (Holder::Bank, false) => "bank",
    }
}

/// What an enterprise without a record in the sources gets.
fn missing_rule(f: &Feature, language: Language) -> &'static str {
    let zh = language == Language::Chinese;
    let any_unknown = f
        .sources
        .iter()
        .any(|id| sources().iter().any(|s| s.id == *id && s.absence == crate::schema::Absence::Unknown));
    match (any_unknown, zh) {
        (true, true) => "未知",
        (false, true) => "视为零",
        (true, false) => "unknown",
        (false, false) => "zero",
    }
}
