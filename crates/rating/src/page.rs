//! One rating as a page that a bank clerk and the enterprise can read.

mod line;
mod words;

use crate::{About, NOTICE, effect, share_of_span, valid_until};
use features::catalogue::Catalogue;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use primitives::Value;
use scoring::Model;
use scoring::commercial::{
    Applied, Assessor, CommercialRating, EMPTY_DENOMINATOR, Effect, NotRatable, Outcome, SourceAge,
};
use std::fmt::Write as _;

/// A rating and what it is explained with.
#[expect(missing_docs, reason = "each is what its type says")]
pub struct Page<'a> {
    pub model: &'a Model,
    pub assessor: &'a Assessor<'a>,
    pub catalogue: &'a Catalogue,
    pub about: &'a About<'a>,
    pub rating: &'a CommercialRating<'a>,
    pub values: &'a [Value<'static>],
    pub lang: Lang,
}

/// The languages of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// 简体中文
    Zh,
    /// English
    En,
}

impl Lang {
    /// One of two texts.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    fn scoring(self) -> scoring::Language {
        match self {
            Self::Zh => scoring::Language::Chinese,
            Self::En => scoring::Language::English,
        }
    }
}

/// A part of the page: a heading and lines of label and text.
#[derive(Default)]
struct Part {
    heading: String,
    lines: Vec<(String, String)>,
    /// Whether the bars of the indicators stand above the lines.
    pictured: bool,
}

impl Page<'_> {
    fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.lang.pick(zh, en)
    }

    /// The whole content, once, for text and HTML alike. Who is not ratable has no score to take apart and no line.
    fn parts(&self) -> Vec<Part> {
        let rated = !matches!(self.rating.outcome, Outcome::NotRatable(_));
        let mut parts = vec![self.head()];
        if rated {
            parts.extend([self.indicators(), self.reasons()]);
        }
        parts.push(self.negative_list());
        if rated {
            parts.push(self.line());
        }
        parts.extend([self.data(), self.foot()]);
        parts
    }

    fn head(&self) -> Part {
        let r = self.rating;
        let (lowest, highest) = self.model.score_range();
        let outcome = match &r.outcome {
            Outcome::Rated => self.say("已评价", "rated").to_owned(),
            Outcome::HardStop => {
                self.say("一票否决（见负面清单）", "stopped by the negative list, see below").to_owned()
            }
            Outcome::NotRatable(codes) => {
                let why: Vec<&str> = codes.iter().map(|c| self.not_ratable(*c)).collect();
                format!("{}{}", self.say("不予评价：", "not rated: "), why.join(self.say("；", "; ")))
            }
        };
        let grade = match r.grade {
            Some(g) => self.model.grade_name(g).to_owned(),
            None => "—".into(),
        };
        let score = match r.grade {
            Some(_) => format!("{}  ({lowest} – {highest})", r.scored.score),
            None => "—".into(),
        };
        let percentile = match r.percentile {
            _ if r.grade.is_none() => "—".into(),
            Some(p) => format!("{p} %"),
            None => self.say("无参照总体", "no reference population yet").into(),
        };
        let pd = match r.scored.pd {
            _ if r.grade.is_none() => "—".into(),
            Some(pd) => format!("{:.2} %", 100.0 * pd),
            None => self.say("未校准", "not calibrated").into(),
        };
        let mut lines = vec![
            (self.say("企业", "enterprise").into(), self.about.id.into()),
            (self.say("名称", "name").into(), self.about.name.unwrap_or("—").into()),
            (self.say("数据截至", "data as of").into(), self.about.as_of.to_string()),
            (self.say("结论", "outcome").into(), outcome),
            (self.say("商业价值分", "score").into(), score),
            (self.say("等级", "grade").into(), grade),
            (self.say("高于参照总体的", "higher than, of the reference").into(), percentile),
            (self.say("违约概率", "probability of default").into(), pd),
        ];
        if r.coverage_capped {
            let text = self.say("数据覆盖度不足，等级封顶", "the data cover too little: the grade is capped");
            lines.push((self.say("封顶", "cap").into(), text.into()));
        }
        Part {
            heading: self.say("企业商业价值评价", "Commercial-value rating").into(), lines, ..Part::default()
        }
    }

    fn not_ratable(&self, code: NotRatable) -> &'static str {
        let (zh, en) = match code {
            NotRatable::Closed => ("已吊销、注销或迁出", "revoked, cancelled or moved away"),
            NotRatable::Insolvent => ("清算或破产中", "in liquidation or bankrupt"),
            NotRatable::ThinFile => ("登记信息缺失", "the registry has no record"),
            NotRatable::ExcludedIndustry => ("禁入行业", "its industry is excluded"),
            NotRatable::IndividualBusiness => ("个体工商户不在评价范围", "individual businesses are not rated"),
            NotRatable::NotSme => ("超出中小企业标准", "too large for a small or medium enterprise"),
            NotRatable::SizeUnclassified => ("所属行业无规模划型标准", "its industry has no size standard"),
            NotRatable::SizeUnknown => ("规模数据缺失", "its size is not known"),
            NotRatable::TooYoung => ("成立年限不足", "established too recently"),
            NotRatable::SourceWithheld => ("必需的数据源未授权", "a source that is needed is not authorised"),
            NotRatable::CoverageTooLow => ("数据覆盖度过低", "too little is known about it"),
        };
        self.lang.pick(zh, en)
    }

    fn indicators(&self) -> Part {
        let mut lines = Vec::new();
        let mut second = 0;
        for (first, indicator) in self.assessor.section().indicators.iter().enumerate() {
            let sub = self.rating.first[first];
            let name = self.lang.pick(&indicator.label_zh, &indicator.label_en).to_owned();
            lines.push((name, format!("{:5.1} / 100   ({} / {})", share_of_span(sub), sub.points, sub.highest)));
            for s in &indicator.second {
                let sub = self.rating.second[second];
                second += 1;
                let name = format!("  {}", self.lang.pick(&s.label_zh, &s.label_en));
                lines.push((name, format!("{:5.1} / 100   ({} / {})", share_of_span(sub), sub.points, sub.highest)));
            }
        }
        Part { heading: self.say("分项得分", "Indicators").into(), lines, pictured: true }
    }

    fn reasons(&self) -> Part {
        let language = self.lang.scoring();
        let mut lines = Vec::new();
        for (i, reason) in self.rating.scored.reasons.iter().enumerate() {
            let text = self.model.reason_text(&reason, language);
            let at = self.model.characteristic_of(reason.table);
            let value = match at.map(|c| (c, self.values[c])) {
                Some((c, Value::Number(x))) if x != EMPTY_DENOMINATOR => {
                    let feature = self.catalogue.feature(&self.model.file().characteristics[c].name);
                    let value = feature.map_or_else(|| words::number(x), |f| words::value(f, x, self.lang));
                    format!("{}{value}", self.say("；本企业：", "; here: "))
                }
                _ => String::new(),
            };
            lines.push((format!("{}", i + 1), format!("{text}{value}")));
        }
        if lines.is_empty() {
            lines.push((String::new(), self.say("各项均为满分", "no points were lost").into()));
        }
        let heading = self
            .say("主要失分原因（改善这些可提高得分）", "Where most points were lost (better here is a better score)");
        Part { heading: heading.into(), lines, ..Part::default() }
    }

    fn negative_list(&self) -> Part {
        let mut lines = Vec::new();
        for a in &self.rating.applied {
            lines.push(self.hit(a));
        }
        if lines.is_empty() {
            lines.push((String::new(), self.say("无", "none").into()));
        }
        let name = |id: &str| {
            let source = features::schema::sources().iter().find(|s| s.id == id);
            source.map_or_else(|| id.to_owned(), |s| self.lang.pick(&s.name_zh, &s.name_en).to_owned())
        };
        let unchecked: Vec<String> = self.assessor.unchecked(&self.about.facts).into_iter().map(name).collect();
        if !unchecked.is_empty() {
            let label = self.say("未核查（数据源未接入）", "not checked, for the source is not there");
            lines.push((label.into(), unchecked.join(self.say("、", ", "))));
        }
        Part { heading: self.say("负面清单", "Negative list").into(), lines, ..Part::default() }
    }

    fn hit(&self, a: &Applied<'_>) -> (String, String) {
        let rule = &self.assessor.section().negative_list[a.rule];
        let effect = match (a.effect, self.lang) {
            (Effect::HardStop, Lang::Zh) => "一票否决",
            (Effect::Cap, Lang::Zh) => "等级封顶",
            (Effect::Warning, Lang::Zh) => "提示",
            (e, Lang::En) => effect(e),
        };
        let mut text = format!("{}  [{effect}]  {}", self.lang.pick(&rule.label_zh, &rule.label_en), a.hit.start);
        match a.hit.end {
            Some(end) => _ = write!(text, " – {end}"),
            None => text.push_str(self.say(" 起", " on")),
        }
        if a.of_group {
            text.push_str(self.say("；同一实际控制人的其他企业", "; another enterprise under the same controller"));
        }
        if !a.hit.evidence.is_empty() {
            _ = write!(text, "{}{}", self.say("；依据：", "; evidence: "), a.hit.evidence);
        }
        _ = write!(
            text,
            "{}{}",
            self.say("；解除：", "; to be removed: "),
            self.lang.pick(&rule.removal_zh, &rule.removal_en)
        );
        (a.hit.code.to_owned(), text)
    }

    fn data(&self) -> Part {
        let r = self.rating;
        let mut lines = vec![
            (self.say("数据覆盖度", "data coverage").into(), format!("{:.0} %", 100.0 * r.data_coverage)),
            (self.say("数据质量等级", "data quality").into(), r.data_quality.name().into()),
            (self.say("规模", "size class").into(), words::size(self.about.size, self.lang).into()),
        ];
        if let Some(group) = self.about.group_id {
            let text = match self.lang {
                Lang::Zh => format!("{group}，存续 {} 户", self.about.facts.group_members),
                Lang::En => format!("{group}, {} not closed", self.about.facts.group_members),
            };
            lines.push((self.say("同一实际控制人", "same controller").into(), text));
        }
        for (id, age) in &self.about.facts.ages {
            let source = features::schema::sources().iter().find(|s| s.id == *id);
            let name = source.map_or(*id, |s| self.lang.pick(&s.name_zh, &s.name_en));
            let text = match (age, self.lang) {
                (SourceAge::Days(days, false), Lang::Zh) => format!("最新记录距今 {days} 天"),
                (SourceAge::Days(days, false), Lang::En) => format!("newest record {days} days old"),
                (SourceAge::Days(days, true), Lang::Zh) => format!("最新记录距今 {days} 天（入库时间为推定）"),
                (SourceAge::Days(days, true), Lang::En) => format!("newest record {days} days old, known time assumed"),
                (SourceAge::NoRecord, Lang::Zh) => "无记录".into(),
                (SourceAge::NoRecord, Lang::En) => "no record".into(),
                (SourceAge::NotThere, Lang::Zh) => "未接入".into(),
                (SourceAge::NotThere, Lang::En) => "not there".into(),
                (SourceAge::Withheld, Lang::Zh) => "未授权".into(),
                (SourceAge::Withheld, Lang::En) => "not authorised".into(),
            };
            lines.push((name.to_owned(), text));
        }
        Part { heading: self.say("数据", "Data").into(), lines, ..Part::default() }
    }

    fn foot(&self) -> Part {
        let until = valid_until(self.assessor, self.about.as_of).map(|d| d.to_string()).unwrap_or_default();
        let file = self.model.file();
        let lines = vec![
            (self.say("有效期至", "valid until").into(), until),
            (
                self.say("模型", "model").into(),
                format!("{} {} [{}]", file.model_id, file.model_version, self.assessor.section().mark),
            ),
            (self.say("模型摘要", "model digest").into(), self.model.digest().to_string()),
            (self.say("特征目录版本", "catalogue version").into(), self.catalogue.version.clone()),
            (self.say("输入摘要", "inputs digest").into(), self.about.inputs_digest.unwrap_or("—").into()),
            (
                NOTICE.into(),
                self.say(
                    "本评价不构成授信承诺，是否放款由银行决定；如有异议，可向平台提出。",
                    "This is no approval: the bank decides. An objection can be raised with the platform.",
                )
                .into(),
            ),
        ];
        Part { heading: self.say("说明", "About").into(), lines, ..Part::default() }
    }

    /// The page for a terminal.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for part in self.parts() {
            let _ = writeln!(out, "== {}", primitives::plain(&part.heading));
            for (label, text) in &part.lines {
                let colon = if label.is_empty() { "" } else { ": " };
                let _ = writeln!(out, "{}{colon}{}", primitives::plain(label), primitives::plain(text));
            }
            out.push('\n');
        }
        out
    }

    /// The page for a browser: one file, nothing is loaded.
    pub fn html(&self) -> String {
        let parts = self.parts();
        let lang = self.say("zh-CN", "en");
        let page = html! {
            (DOCTYPE)
            html lang=(lang) {
                head {
                    meta charset="utf-8";
                    title { (parts[0].heading) " " (self.about.id) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        @for (at, part) in parts.iter().enumerate() {
                            section {
                                @if at == 0 { h1 { (part.heading) } } @else { h2 { (part.heading) } }
                                @if part.pictured { (self.picture()) }
                                table {
                                    @for (label, text) in &part.lines {
                                        tr { th scope="row" { (label) } td { (text) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        };
        page.into_string()
    }

    /// Bars of the first-level indicators.
    fn picture(&self) -> Markup {
        let indicators = &self.assessor.section().indicators;
        let height = 30 * indicators.len();
        html! {
            svg viewBox=(format!("0 0 640 {height}")) role="img" aria-label=(self.say("一级指标得分", "first-level indicators")) {
                @for (at, indicator) in indicators.iter().enumerate() {
                    @let share = share_of_span(self.rating.first[at]);
                    text x="0" y=(30 * at + 20) { (self.lang.pick(&indicator.label_zh, &indicator.label_en)) }
                    rect x="180" y=(30 * at + 6) width="400" height="18" fill="#e8e8e8" {}
                    rect x="180" y=(30 * at + 6) width=(format!("{:.1}", 4.0 * share)) height="18" fill="#1f5fa8" {}
                    text x="590" y=(30 * at + 20) { (format!("{share:.0}")) }
                }
            }
        }
    }
}

const STYLE: &str = "body{font:15px/1.5 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;color:#1a1a1a}main{max-width:50em;margin:auto}\
table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600;width:16em;white-space:pre-wrap;vertical-align:top}\
td,th{border-bottom:1px solid #ddd;padding:.2em .5em}svg{width:100%;font-size:14px}@media print{section{break-inside:avoid}}";
