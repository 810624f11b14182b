//! The credit line.
//!
//! All in integers: fen, ppm (millionths), thousandths of a day. One rounding: down, of each bound to whole fen and of the
//! line to whole steps. A product of three such numbers fits 128 bits, for caps and sales are bounded.

use super::facts::{Input, LineInputs};
use super::file::{Class, LineCurve, LineRule};

/// What bounds a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// What the enterprise needs as working capital.
    Need,
    /// The share of declared sales.
    SalesShare,
    /// The share of taxes paid.
    TaxesShare,
    /// The cap of its class.
    ClassCap,
    /// What its score opens of the cap.
    Score,
    /// Its equal share of the cap, among the enterprises under its controller.
    GroupCap,
}

impl Bound {
    /// The word for it in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Need => "need",
            Self::SalesShare => "sales_share",
            Self::TaxesShare => "taxes_share",
            Self::ClassCap => "class_cap",
            Self::Score => "score",
            Self::GroupCap => "group_cap",
        }
    }
}

/// Whether a line could be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// It was.
    Computed,
    /// It was, and existing credit is not known: the bank takes off what it sees (未扣除现有授信).
    BeforeExistingCredit,
    /// A figure it needs is not known.
    InputUnknown,
    /// A figure it needs is not authorised.
    InputWithheld,
    /// There is none: not ratable, or stopped by the negative list.
    None,
}

impl LineState {
    /// The word for it in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::BeforeExistingCredit => "before_existing_credit",
            Self::InputUnknown => "input_unknown",
            Self::InputWithheld => "input_withheld",
            Self::None => "none",
        }
    }
}

/// The steps of the need, for whoever wants to follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NeedParts {
    /// Growth as it was used, drawn into the rule's bounds, ppm.
    pub growth_ppm: i64,
    /// `inventory + receivables - payables + prepayments - advances`, thousandths of a day.
    pub cycle_days_thousandths: i64,
    /// Working capital tied up in a year's turnover, fen.
    pub volume_fen: i64,
    /// Own funds taken off, not below zero, fen.
    pub own_funds_fen: i64,
    /// Loans taken off, fen.
    pub loans_fen: i64,
    /// What is left, fen.
    pub need_fen: i64,
}

/// A line and what bounds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whether it could be computed.
    pub state: LineState,
    /// The line, fen; 0 where there is none.
    pub line_fen: i64,
    /// The bound that is the smallest; the first in their order when several are.
    pub binding: Option<Bound>,
    /// All bounds, fen.
    pub bounds: Vec<(Bound, i64)>,
    /// How the need came about.
    pub need: Option<NeedParts>,
}

impl Line {
    /// No line.
    pub(crate) fn none(state: LineState) -> Self {
        Self { state, line_fen: 0, binding: None, bounds: Vec::new(), need: None }
    }
}

/// Sales beyond this are taken as this: 90 trillion yuan, the largest number of fen that a double holds exactly.
const SALES_MAX: i64 = 9_000_000_000_000_000;

/// Computes the line of an enterprise.
///
/// `need = sales * (1 - profit rate) * (1 + growth) / turnovers - own funds - existing loans`, with
/// `turnovers = 360 / (inventory + receivable - payable + prepayment - advance days)`; then the smallest of need, share of
/// declared sales, share of taxes paid, class cap, what the score opens, and `class cap / group members`, rounded down to the rule's step.
///
/// - `group_members`: enterprises under one actual controller that are not closed, this one included. The cap is that of
///   all of them, in equal shares: by what others have, or withhold, nobody's line moves, and nobody learns of theirs.
/// - `score`: where the grade is capped, no higher than the grade's best.
/// - Other sources of working capital, which the formula takes off too, no department knows: the bank takes them off.
/// - A figure that is withheld: no line, so that withholding gains nothing. One that is unknown: no line either, but for
///   single days, which count as 0 (not all of receivables, inventory and payables), growth, which counts as 0, and
///   existing loans, which the state tells of.
///
/// # Source
/// 流动资金贷款管理办法, annex on the estimate of working-capital need; number and date to be re-checked.
pub fn line(rule: &LineRule, inputs: &LineInputs, class: Class, score: i32, grade: usize, group_members: u32) -> Line {
    let all = [
        inputs.sales_last_year,
        inputs.profit_rate,
        inputs.growth,
        inputs.receivable_days,
        inputs.inventory_days,
        inputs.payable_days,
        inputs.prepayment_days,
        inputs.advance_days,
        inputs.own_funds,
        inputs.working_capital_loans,
        inputs.declared_sales,
        inputs.taxes_paid,
    ];
    if all.contains(&Input::Withheld) {
        return Line::none(LineState::InputWithheld);
    }
    let known = |input: Input| match input {
        Input::Known(x) => Some(x),
        Input::Unknown | Input::Withheld => None,
    };
    let (Some(sales), Some(profit), Some(own_funds), Some(declared), Some(taxes)) = (
        known(inputs.sales_last_year),
        known(inputs.profit_rate),
        known(inputs.own_funds),
        known(inputs.declared_sales),
        known(inputs.taxes_paid),
    ) else {
        return Line::none(LineState::InputUnknown);
    };
    // Nothing known of what is tied up and for how long: a need of zero would be made up.
    if [inputs.receivable_days, inputs.inventory_days, inputs.payable_days].iter().all(|d| *d == Input::Unknown) {
        return Line::none(LineState::InputUnknown);
    }
    let days = |input: Input| i128::from(known(input).unwrap_or(0));
    let cycle = days(inputs.inventory_days) + days(inputs.receivable_days) - days(inputs.payable_days)
        + days(inputs.prepayment_days)
        - days(inputs.advance_days);
    let growth = known(inputs.growth).unwrap_or(0).clamp(rule.growth_ppm[0], rule.growth_ppm[1]);
    // At most the whole of the sales is cost, and a cycle of more than ten years is no cycle.
    let cost_ppm = i128::from((1_000_000 - profit.clamp(-1_000_000, 1_000_000)).max(0));
    let cycle = cycle.clamp(0, 3_600_000);
    // One division: 9e15 fen * 2e6 * 1.1e7 * 3.6e6 stays below the 1.7e38 that 128 bits hold.
    let sales = i128::from(sales.clamp(0, SALES_MAX));
    let volume = sales * cost_ppm * i128::from(1_000_000 + growth) * cycle / (1_000_000 * 1_000_000 * 360_000);
    let loans = known(inputs.working_capital_loans).unwrap_or(0).max(0);
    let own = own_funds.max(0);
    let need = (volume - i128::from(own) - i128::from(loans)).max(0);
    let fen = |x: i128| i64::try_from(x).unwrap_or(i64::MAX);
    let share = |of: i64, ppm: i64| fen(i128::from(of.max(0)) * i128::from(ppm) / 1_000_000);
    let cap = rule.cap_fen(class);
    let mut bounds = vec![
        (Bound::Need, fen(need)),
        (Bound::SalesShare, share(declared, rule.sales_share_ppm)),
        (Bound::TaxesShare, share(taxes, rule.taxes_share_ppm)),
        (Bound::ClassCap, cap),
        (Bound::Score, opened(&rule.curve, cap, score, grade)),
    ];
    if group_members > 1 {
        bounds.push((Bound::GroupCap, cap / i64::from(group_members)));
    }
    let smallest = bounds.iter().min_by_key(|(_, fen)| *fen).copied();
    let (binding, line) = smallest.map_or((None, 0), |(bound, fen)| (Some(bound), fen));
    let state = match inputs.working_capital_loans {
        Input::Known(_) => LineState::Computed,
        Input::Unknown | Input::Withheld => LineState::BeforeExistingCredit,
    };
    let need = NeedParts {
        growth_ppm: growth,
        cycle_days_thousandths: fen(cycle),
        volume_fen: fen(volume),
        own_funds_fen: own,
        loans_fen: loans,
        need_fen: fen(need),
    };
    Line { state, line_fen: line - line % rule.step_fen, binding, bounds, need: Some(need) }
}

/// What a score, or a grade, opens of the cap.
fn opened(curve: &LineCurve, cap: i64, score: i32, grade: usize) -> i64 {
    match curve {
        LineCurve::Interpolated { score_zero, score_full } => {
            let score = score.clamp(*score_zero, *score_full);
            let (above, whole) = (i64::from(score - score_zero), i64::from(score_full - score_zero));
            (i128::from(cap) * i128::from(above) / i128::from(whole)) as i64
        }
        LineCurve::Ladder { share_ppm } => {
            let ppm = share_ppm.get(grade).copied().unwrap_or(0);
            (i128::from(cap) * i128::from(ppm) / 1_000_000) as i64
        }
    }
}
