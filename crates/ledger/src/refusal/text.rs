//! Refusals in words.

use super::Refusal;
use policy::{Code, Lang, Word};
use primitives::{Fen, plain};

impl Refusal {
    /// One line for people; the lines of [`Refusal::Rules`] are joined by a semicolon.
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh(),
            Lang::En => self.en(),
        }
    }

    fn zh(&self) -> String {
        let yuan = |fen: &i64| format!("{}元", Fen::new(*fen));
        match self {
            Self::Rules(findings) => findings.iter().map(|f| f.text(Lang::Zh)).collect::<Vec<_>>().join("；"),
            Self::RuleBook(error) => format!("规则库无法回答：{error}"),
            Self::NotInState { state, event, allowed } => {
                format!("当前状态为{}，不能{}；允许：{}", state.zh, event.zh, words(allowed, Lang::Zh))
            }
            Self::NotFound { what, id } => format!("{}{}不存在", what.name_zh(), plain(id)),
            Self::Exists { what, id } => format!("{}{}已存在", what.name_zh(), plain(id)),
            Self::Amount { field, value, lo, hi } => format!("{field}为{value}，允许范围为{lo}至{hi}"),
            Self::Differs { field, found, expected } => {
                format!("{field}为{}，应为{}", found.text(Lang::Zh), expected.text(Lang::Zh))
            }
            Self::Empty { field } => format!("{field}不能为空"),
            Self::BeforeFact { field, on, earliest } => format!("{field}为{on}，不得早于{earliest}"),
            Self::Future { on, recorded_on } => format!("生效日{on}晚于记账日{recorded_on}"),
            Self::DaysReversed { from, to } => format!("期间起始日{from}晚于截止日{to}"),
            Self::ClosedPeriod { on, through } => format!("生效日{on}在已结账期间内，已结账至{through}"),
            Self::RecordedBackwards { recorded_at, head } => {
                format!("记账时间{}早于上一笔的{}（微秒）", recorded_at.0, head.0)
            }
            Self::District { found } => format!("区县为{}，须为当日存在的本市区县", found.text(Lang::Zh)),
            Self::Zone { zone, on } => format!("功能区为{}，{on}已不是功能区", zone.zone().name_zh),
            Self::Indicator { found } => format!("指标{}不是任何计划的上报指标", plain(found)),
            Self::NotPermitted { what, allowed } => {
                format!("本机构无权办理该{}事项，有权机构：{}", what.name_zh(), words(allowed, Lang::Zh))
            }

            Self::SamePerson { person, did } => format!("{person}已办理{did}，经办与复核须为不同人"),
            Self::AboveBalance { on, amount_fen, balance_fen } => {
                format!("{on}贷款余额为{}，不足{}", yuan(balance_fen), yuan(amount_fen))
            }
            Self::Quota { on, paid_fen, available_fen, version, document } => format!(
                "{on}已支付{}，届时可用风险补偿指标仅为{}［rc.quota，{version}，{document}］",
                yuan(paid_fen),
                yuan(available_fen)
            ),
            Self::FundShort { fund, on, amount_fen, cash_fen } => {
                format!("{}在{on}的余额为{}，不足{}", fund.name_zh(), yuan(cash_fen), yuan(amount_fen))
            }
            Self::Overflow { what } => format!("{what}超过{}分", i64::MAX),
            Self::Unbalanced { book } => format!("{}借贷不平", book.name_zh()),
            Self::Repeated { seq } => format!("该请求已记为第{seq}笔"),
            Self::RequestConflict { seq } => format!("该请求号已用于第{seq}笔，内容不同"),
            Self::AlreadyReversed { seq, by } => format!("第{seq}笔已由第{by}笔冲正"),
            Self::NotReversible { seq, instead } => format!("第{seq}笔不能冲正，请改用：{instead}"),
            Self::RestsOn { seq, by } => format!("第{by}笔以第{seq}笔为依据，须先冲正第{by}笔"),
            Self::Damaged { key } => format!("记录{key}的类型与键不符"),
        }
    }

    fn en(&self) -> String {
        let yuan = |fen: &i64| format!("{} yuan", Fen::new(*fen));
        match self {
            Self::Rules(findings) => findings.iter().map(|f| f.text(Lang::En)).collect::<Vec<_>>().join("; "),
            Self::RuleBook(error) => format!("the rule book has no answer: {error}"),
            Self::NotInState { state, event, allowed } => {
                format!(
                    "in state {:?} {:?} is not allowed, allowed is {}",
                    state.en,
                    event.en,
                    words(allowed, Lang::En)
                )
            }
            Self::NotFound { what, id } => format!("there is no {} {}", what.name_en(), plain(id)),
            Self::Exists { what, id } => format!("{} {} is there already", what.name_en(), plain(id)),
            Self::Amount { field, value, lo, hi } => format!("{field} is {value}, allowed is {lo} to {hi}"),
            Self::Differs { field, found, expected } => {
                format!("{field} is {}, it has to be {}", found.text(Lang::En), expected.text(Lang::En))
            }
            Self::Empty { field } => format!("{field} is empty"),
            Self::BeforeFact { field, on, earliest } => format!("{field} is {on}, allowed is {earliest} or later"),
            Self::Future { on, recorded_on } => {
                format!("effective_on is {on}, allowed is up to the day of recording, {recorded_on}")
            }
            Self::DaysReversed { from, to } => format!("the period begins on {from}, after its end on {to}"),
            Self::ClosedPeriod { on, through } => {
                format!("effective_on is {on}, the ledger is closed up to the end of {through}")
            }
            Self::RecordedBackwards { recorded_at, head } => {
                format!("recorded_at is {}, allowed is {} or later", recorded_at.0, head.0)
            }
            Self::District { found } => {
                format!("district is {}, allowed is a region of the city on the day", found.text(Lang::En))
            }
            Self::Zone { zone, on } => {
                format!("zone is {zone} ({}), which is none on {on}", zone.zone().name_en)
            }
            Self::Indicator { found } => format!("indicator {} is reported by no plan", plain(found)),
            Self::NotPermitted { what, allowed } => {
                format!(
                    "this office may not tell that of a {}, allowed are {}",
                    what.name_en(),
                    words(allowed, Lang::En)
                )
            }
            Self::SamePerson { person, did } => {
                format!("{person} is the person of {did}, maker and checker have to be two persons")
            }
            Self::AboveBalance { on, amount_fen, balance_fen } => {
                format!("the amount is {}, the balance of the loan on {on} is {}", yuan(amount_fen), yuan(balance_fen))
            }
            Self::Quota { on, paid_fen, available_fen, version, document } => format!(
                "{} was paid on {on}, only {} of quota would be available then [rc.quota, {version}, {document}]",
                yuan(paid_fen),
                yuan(available_fen)
            ),
            Self::FundShort { fund, on, amount_fen, cash_fen } => {
                format!("the amount is {}, the {} has {} on {on}", yuan(amount_fen), fund.name_en(), yuan(cash_fen))
            }
            Self::Overflow { what } => format!("{what} is beyond {} fen", i64::MAX),
            Self::Unbalanced { book } => format!("debits and credits of the {} differ", book.name_en()),
            Self::Repeated { seq } => format!("the request was entered before as event {seq}"),
            Self::RequestConflict { seq } => {
                format!("the request was entered before as event {seq}, with other content")
            }
            Self::AlreadyReversed { seq, by } => format!("event {seq} was reversed by event {by}"),
            Self::NotReversible { seq, instead } => format!("event {seq} can not be reversed, use {instead}"),
            Self::RestsOn { seq, by } => format!("event {by} rests on event {seq} and has to be reversed first"),
            Self::Damaged { key } => format!("the record of {key} is of another kind"),
        }
    }
}

fn words(words: &[Word], lang: Lang) -> String {
    let texts: Vec<&str> = words.iter().map(|w| w.text(lang)).collect();
    match (texts.is_empty(), lang) {
        (true, Lang::Zh) => "无".to_owned(),
        (true, Lang::En) => "nothing".to_owned(),
        (false, Lang::Zh) => texts.join("、"),
        (false, Lang::En) => texts.join(", "),
    }
}
