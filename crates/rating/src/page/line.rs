//! The credit line on the page, step by step.

use super::words::{amount, number, percent};
use super::{Lang, Page, Part};
use scoring::commercial::{Bound, Class, Input, LineCurve, LineState, NeedParts};

impl Page<'_> {
    pub(super) fn line(&self) -> Part {
        let line = &self.rating.line;
        let rule = self.assessor.line_rule();
        let step = amount(rule.step_fen, self.lang);
        let shown = match self.lang {
            Lang::Zh => format!("{}（向下取整到 {step}）", amount(line.line_fen, self.lang)),
            Lang::En => format!("{} (rounded down to {step})", amount(line.line_fen, self.lang)),
        };
        let mut lines = vec![(self.say("额度", "line").into(), shown)];
        lines.push((self.say("状态", "state").into(), self.state(line.state).into()));
        if let Some(need) = &line.need {
            lines.extend(self.need(need));
        }
        for (bound, fen) in &line.bounds {
            let binds = line.binding == Some(*bound);
            let mark = if binds { self.say("  ← 起决定作用", "  <- binds") } else { "" };
            let how = self.how(*bound).map(|how| format!("{how} = ")).unwrap_or_default();
            lines.push((self.bound(*bound).into(), format!("{how}{}{mark}", amount(*fen, self.lang))));
        }
        lines.push((self.say("依据", "rule").into(), rule.document.clone()));
        for cap in &rule.caps {
            let class = match cap.class {
                Class::General => self.say("一般企业", "general"),
                Class::Specialised => self.say("专精特新", "specialised-new"),
            };
            let mark = match (cap.mark.as_str(), self.lang) {
                ("official", Lang::Zh) => "公开文件",
                ("illustrative", Lang::Zh) => "示例",
                (mark, _) => mark,
            };
            let text = format!("{class} {} [{mark}] {}", amount(cap.cap_fen, self.lang), cap.source);
            lines.push((self.say("上限来源", "cap").into(), text));
        }
        Part { heading: self.say("建议授信额度", "Recommended credit line").into(), lines, ..Part::default() }
    }

    fn state(&self, state: LineState) -> &'static str {
        let (zh, en) = match state {
            LineState::Computed => ("已扣除现有流动资金贷款", "existing working-capital loans are taken off"),
            LineState::BeforeExistingCredit => {
                ("未扣除现有授信（现有贷款未知）", "before existing credit, which is not known")
            }
            LineState::InputUnknown => {
                ("缺少申报数据，无法测算", "figures of the tax returns are missing: no line can be computed")
            }
            LineState::InputWithheld => {
                ("所需数据未授权，不测算", "data that are needed are not authorised: no line is computed")
            }
            LineState::None => ("不予测算", "none for this outcome"),
        };
        self.lang.pick(zh, en)
    }

    /// The need in three steps: the cycle, the volume it ties up, what is taken off.
    fn need(&self, need: &NeedParts) -> Vec<(String, String)> {
        let of = &self.about.facts.line;
        let days = |input: Input| match input {
            Input::Known(thousandths) => number(thousandths as f64 / 1e3),
            Input::Unknown | Input::Withheld => self.say("未知按 0", "unknown, taken as 0").into(),
        };
        let money = |input: Input| match input {
            Input::Known(fen) => amount(fen, self.lang),
            Input::Unknown | Input::Withheld => "—".into(),
        };
        let rate = |input: Input| match input {
            Input::Known(ppm) => percent(ppm),
            Input::Unknown | Input::Withheld => "—".into(),
        };
        let (inventory, receivable) = (days(of.inventory_days), days(of.receivable_days));
        let (payable, prepayment, advance) = (days(of.payable_days), days(of.prepayment_days), days(of.advance_days));
        let cycle = number(need.cycle_days_thousandths as f64 / 1e3);
        let (sales, profit, growth) = (money(of.sales_last_year), rate(of.profit_rate), percent(need.growth_ppm));
        let volume = amount(need.volume_fen, self.lang);
        let (own, loans) = (amount(need.own_funds_fen, self.lang), amount(need.loans_fen, self.lang));
        let left = amount(need.need_fen, self.lang);
        let text = match self.lang {
            Lang::Zh => [
                format!(
                    "存货 {inventory} + 应收 {receivable} − 应付 {payable} + 预付 {prepayment} − 预收 {advance} = {cycle} 天"
                ),
                format!("上年收入 {sales} ×（1 − 利润率 {profit}）×（1 + 增长率 {growth}）× {cycle} / 360 = {volume}"),
                format!("{volume} − 自有资金 {own} − 现有流贷 {loans} = {left}（其他渠道资金由银行扣除）"),
            ],
            Lang::En => [
                format!(
                    "inventory {inventory} + receivables {receivable} - payables {payable} + prepayments {prepayment} - \
                     advances {advance} = {cycle} days"
                ),
                format!("sales {sales} x (1 - profit {profit}) x (1 + growth {growth}) x {cycle} / 360 = {volume}"),
                format!("{volume} - own funds {own} - loans {loans} = {left} (the bank takes off other sources)"),
            ],
        };
        let labels = [
            self.say("周转天数", "cycle"),
            self.say("营运资金量", "working capital"),
            self.say("资金缺口", "less what there is"),
        ];
        labels.map(str::to_owned).into_iter().zip(text).collect()
    }

    /// How a bound came about, where that is a product.
    fn how(&self, bound: Bound) -> Option<String> {
        let rule = self.assessor.line_rule();
        let product = |share: i64, of: Input| match of {
            Input::Known(fen) => Some(format!("{} × {}", percent(share), amount(fen, self.lang))),
            Input::Unknown | Input::Withheld => None,
        };
        match bound {
            Bound::SalesShare => product(rule.sales_share_ppm, self.about.facts.line.declared_sales),
            Bound::TaxesShare => product(rule.taxes_share_ppm, self.about.facts.line.taxes_paid),
            Bound::Score => {
                let cap = amount(rule.cap_fen(self.about.facts.label.class()), self.lang);
                match &rule.curve {
                    LineCurve::Interpolated { score_zero, score_full } => {
                        let score = self.rating.line_score.clamp(*score_zero, *score_full);
                        Some(format!("{cap} × ({score} − {score_zero}) / ({score_full} − {score_zero})"))
                    }
                    LineCurve::Ladder { share_ppm } => {
                        let share = self.rating.grade.and_then(|g| share_ppm.get(g));
                        share.map(|share| format!("{} × {cap}", percent(*share)))
                    }
                }
            }
            Bound::GroupCap => {
                let cap = amount(rule.cap_fen(self.about.facts.label.class()), self.lang);
                let members = self.about.facts.group_members;
                Some(match self.lang {
                    Lang::Zh => format!("{cap} ÷ 同一实际控制人存续企业 {members} 户"),
                    Lang::En => format!("{cap} / {members} enterprises under one controller that are not closed"),
                })
            }
            Bound::Need | Bound::ClassCap => None,
        }
    }

    fn bound(&self, bound: Bound) -> &'static str {
        let (zh, en) = match bound {
            Bound::Need => ("资金需求", "need"),
            Bound::SalesShare => ("申报销售额的一定比例", "share of declared sales"),
            Bound::TaxesShare => ("纳税额的一定倍数", "multiple of taxes paid"),
            Bound::ClassCap => ("单户上限", "cap of the class"),
            Bound::Score => ("按得分开放的额度", "opened by the score"),
            Bound::GroupCap => ("集团共用上限（均分）", "equal share of the group's cap"),
        };
        self.lang.pick(zh, en)
    }
}
