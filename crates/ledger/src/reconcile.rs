//! Where the bank's own view of a loan differs from the ledger's.

use crate::Month;
use crate::event::Category;
use crate::record::{Balance, BankStatus, Schedule};

/// A line of the reconciliation of a loan's month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The month.
    pub month: Month,
    /// Days past due at its end by the schedule.
    pub ours: i64,
    /// By the bank.
    pub theirs: i64,
    /// The bank's class.
    pub category: Category,
    /// Whether the class is a good one (正常, 关注) though the loan is more than 90 days past due by the schedule, or 正常
    /// though it is past due at all.
    pub class_too_good: bool,
}

/// The longest time past due for which a class better than 次级 is not doubted.
///
/// # Source
/// 商业银行金融资产风险分类办法 (2023), article 11: more than 90 days past due is at least 次级; article 10: past due is at least
/// 关注. Recalled, to be looked up again.
pub const PERFORMING_DAYS_MAX: i64 = 90;

/// The difference between a bank's status and the schedule at the end of a month; `None` where they agree, or where no
/// schedule was set by then.
pub fn reconcile(month: Month, status: &BankStatus, schedule: &Schedule, balance: &Balance) -> Option<Difference> {
    let end = month.last_day();
    if schedule.on(end).is_empty() {
        return None;
    }
    difference(month, schedule.days_past_due(balance, end), status.days_past_due, status.category)
}

/// As [`reconcile`] for days past due that were counted elsewhere.
pub fn difference(month: Month, ours: i64, theirs: i64, category: Category) -> Option<Difference> {
    let class_too_good =
        ours > 0 && category == Category::Normal || ours > PERFORMING_DAYS_MAX && !category.is_non_performing();
    (ours != theirs || class_too_good).then_some(Difference { month, ours, theirs, category, class_too_good })
}
