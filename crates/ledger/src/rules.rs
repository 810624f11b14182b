//! The rule books that events are judged by.

use crate::Refusal;
use policy::calendar::Calendar;
use policy::{benefit, bridge_loan, calendar, commercial_value_loan, guarantee_fee, risk_compensation, targets};
use std::sync::LazyLock;

/// All rule books that a judgement asks.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The commercial-value loan.
    pub commercial_value_loan: commercial_value_loan::Book,
    /// The bridge loan.
    pub bridge_loan: bridge_loan::Book,
    /// The guarantee-fee subsidy.
    pub guarantee_fee: guarantee_fee::Book,
    /// Risk compensation.
    pub risk_compensation: risk_compensation::Book,
    /// Other benefits.
    pub benefit: benefit::Book,
    /// The plans.
    pub targets: targets::Book,
    /// Working days.
    pub calendar: Calendar,
}

static SHIPPED: LazyLock<Result<Rules, policy::Error>> = LazyLock::new(|| {
    Ok(Rules {
        commercial_value_loan: commercial_value_loan::book()?.clone(),
        bridge_loan: bridge_loan::book()?.clone(),
        guarantee_fee: guarantee_fee::book()?.clone(),
        risk_compensation: risk_compensation::book()?.clone(),
        benefit: benefit::book()?.clone(),
        targets: targets::book()?.clone(),
        calendar: calendar::shipped()?.clone(),
    })
});

impl Rules {
    /// The shipped ones.
    ///
    /// # Errors
    /// None while the shipped files are whole, which the tests of `policy` show.
    pub fn shipped() -> Result<&'static Self, Refusal> {
        SHIPPED.as_ref().map_err(|e| e.clone().into())
    }
}
