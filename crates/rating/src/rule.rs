//! The line rule of a day.

use chrono::NaiveDate;
use scoring::commercial::{Class, ClassCap, LineRule};

/// The line rule in force on a day: the caps and shares of the dated rule file, the rest of the card. The card's own where
/// no rule is in force.
pub fn line_rule(card: &LineRule, as_of: NaiveDate) -> LineRule {
    let Ok(rule) = policy::credit_line::rule_on(as_of) else {
        return card.clone();
    };
    let cap = |class, label| {
        let cap = rule.cap(label, as_of);
        ClassCap { class, cap_fen: cap.value.get(), mark: cap.mark.name().to_owned(), source: cap.source.clone() }
    };
    LineRule {
        document: format!("{}; {}", rule.title(), card.document),
        caps: vec![
            cap(Class::General, policy::credit_line::Label::None),
            cap(Class::Specialised, policy::credit_line::Label::Specialised),
        ],
        sales_share_ppm: rule.sales_share().value.get(),
        taxes_share_ppm: rule.taxes_share().value.get(),
        ..card.clone()
    }
}
