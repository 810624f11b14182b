//! What the ledger refuses, as statuses: one place decides code, reason and metadata of each refusal.
//!
//! | refusal | code |
//! |---|---|
//! | the event is at fault whatever the ledger holds, in a field of the request | INVALID_ARGUMENT, with the field |
//! | there is none, or it is another's | NOT_FOUND, the same bytes |
//! | the number is taken, the request id had another body | ALREADY_EXISTS |
//! | a rule, the state, a balance, a person, a closed month | FAILED_PRECONDITION, with a reason of `RefusalReason` |
//! | the office may not tell that | PERMISSION_DENIED |
//! | the ledger itself | INTERNAL |

use crate::desk::refuse;
use crate::refusal;
use ::ledger::Refusal;
use api::ledger::v1::RefusalReason;
use api::rating::v1::ErrorReason;
use api::status::{DOMAIN, reason_name};
use policy::{Code as _, Figure, Finding, Mark, Relation, Word};
use std::collections::HashMap;
use store::AppendError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// Rules that a status names one by one: clients take no status of more than some 8 KiB.
const RULES_MAX: usize = 12;

/// What programs may want to know of a refusal.
#[derive(Default)]
struct Facts(HashMap<String, String>);

impl Facts {
    fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.0.insert(name.to_owned(), value.to_string());
        self
    }

    /// A figure under a name, for programs: an amount in fen, a share in parts per million, a word by its code.
    fn figure(self, name: &str, figure: &Figure) -> Self {
        self.with(name, plain(figure))
    }
}

/// Why an event was not entered.
///
/// - `part`: the field of the request that holds what was told; empty where the request itself does.
pub(crate) fn append(error: &AppendError, part: &str) -> Status {
    match error {
        AppendError::Refused(refusal) => status(refusal, part),
        AppendError::Store(e) => refuse::store(e),
    }
}

/// A refusal as a status; see [`append`].
pub(crate) fn status(refusal: &Refusal, part: &str) -> Status {
    use RefusalReason as R;
    let facts = Facts::default();
    match refusal {
        Refusal::Rules(findings) => rules(findings),
        Refusal::RuleBook(_) => failed(R::RuleBook, refusal, facts),
        Refusal::NotInState { state, event, allowed } => {
            let facts = facts.with("state", state.code).with("step", event.code).with("allowed", codes(allowed));
            failed(R::NotInState, refusal, facts)
        }
        Refusal::NotFound { what, .. } => refuse::not_found(what.name_en()),
        Refusal::Exists { what, .. } => {
            because(Code::AlreadyExists, R::Exists, refusal.to_string(), facts.with("what", what.code()))
        }
        Refusal::Amount { field, value, lo, hi } => {
            let must = format!("must be {lo} to {hi}, is {value}");
            let facts = facts.with("value", value).with("lo", lo).with("hi", hi);
            in_field(refusal, (part, field), must, facts.with("rule", "range"))
        }
        Refusal::Differs { field, found, expected } => {
            let must = format!("must be {}, is {}", plain(expected), plain(found));
            let facts = facts.with("rule", "same").figure("value", found).figure("allowed", expected);
            in_field(refusal, (part, field), must, facts)
        }
        Refusal::Empty { field } => {
            in_field(refusal, (part, field), "must not be empty".to_owned(), facts.with("rule", "not_empty"))
        }
        Refusal::BeforeFact { field, on, earliest } => {
            let facts = facts.with("rule", "not_before").with("value", on).with("lo", earliest);
            in_field(refusal, (part, field), format!("must be {earliest} or later, is {on}"), facts)
        }
        Refusal::Future { on, recorded_on } => {
            let facts = facts.with("rule", "not_in_the_future").with("value", on).with("hi", recorded_on);
            in_field(refusal, (part, "effective_on"), format!("must be {recorded_on} or earlier, is {on}"), facts)
        }
        Refusal::DaysReversed { from, to } => {
            let facts = facts.with("rule", "days_in_order").with("value", to).with("lo", from);
            in_field(refusal, (part, "to"), format!("must be {from} or later, is {to}"), facts)
        }
        Refusal::ClosedPeriod { on, through } => {
            failed(R::ClosedPeriod, refusal, facts.with("value", on).with("closed_through", through))
        }
        Refusal::District { found } => {
            let facts = facts.with("rule", "district_of_the_day").figure("value", found);
            in_field(refusal, (part, "district"), found.text(policy::Lang::En), facts)
        }
        Refusal::Zone { zone, on } => {
            let facts = facts.with("rule", "zone_of_the_day").with("value", zone).with("on", on);
            in_field(refusal, (part, "zone"), format!("must be a zone on {on}, is {zone}"), facts)
        }
        Refusal::Indicator { found } => {
            let facts = facts.with("rule", "indicator_of_a_plan").with("value", found);
            in_field(refusal, (part, "indicator"), "must be an indicator that a plan reports".to_owned(), facts)
        }
        Refusal::NotPermitted { .. } => refusal::role_not_allowed(),
        Refusal::SamePerson { did, .. } => failed(R::SamePerson, refusal, facts.with("did", did)),
        Refusal::AboveBalance { on, amount_fen, balance_fen } => {
            let facts = facts.with("on", on).with("value", amount_fen).with("allowed", balance_fen);
            failed(R::AboveBalance, refusal, facts)
        }
        Refusal::Quota { on, paid_fen, available_fen, version, document } => {
            let facts = facts.with("on", on).with("value", paid_fen).with("allowed", available_fen);
            failed(R::Quota, refusal, facts.with("version", version).with("document", document))
        }
        Refusal::FundShort { fund, on, amount_fen, cash_fen } => {
            let facts = facts.with("fund", fund).with("on", on).with("value", amount_fen).with("allowed", cash_fen);
            failed(R::FundShort, refusal, facts)
        }
        Refusal::Overflow { what } => {
            let must = format!("{what} must stay within 64 bits of fen");
            in_field(refusal, (part, what), must, facts.with("rule", "range").with("hi", i64::MAX))
        }
        Refusal::AlreadyReversed { seq, by } => {
            failed(R::AlreadyReversed, refusal, facts.with("entry_no", seq).with("by", by))
        }
        Refusal::NotReversible { seq, .. } => failed(R::NotReversible, refusal, facts.with("entry_no", seq)),
        Refusal::RestsOn { seq, by } => failed(R::RestsOn, refusal, facts.with("entry_no", seq).with("by", by)),
        Refusal::RequestConflict { .. } => refuse::reused(),
        // What was entered before is an answer, and the writer sees to the rest.
        _ => {
            tracing::error!(refusal = %refusal, "the ledger is at fault");
            refusal::internal()
        }
    }
}

/// Rules of a document that are not met: the first in the metadata, each as a violation.
fn rules(findings: &[Finding]) -> Status {
    let Some(first) = findings.first() else { return refusal::internal() };
    let names: Vec<&str> = findings.iter().map(|f| f.rule.code()).collect();
    let facts = Facts::default()
        .with("rule", first.rule)
        .figure("value", &first.found)
        .with("unit", unit(&first.allowed))
        .with("relation", relation(first.relation))
        .figure("allowed", &first.allowed)
        .with("version", first.version)
        .with("document", &first.document)
        .with("mark", first.mark.map_or("", Mark::name));
    let mut details = ErrorDetails::new();
    details.set_error_info(name(RefusalReason::RulesNotMet), DOMAIN, facts.0);
    for finding in findings.iter().take(RULES_MAX) {
        let said = finding.text(policy::Lang::En);
        details.add_precondition_failure_violation(finding.rule.code(), finding.version.to_string(), said);
    }
    let message = format!("rules are not met: {}", names.join(", "));
    Status::with_error_details(Code::FailedPrecondition, message, details)
}

/// INVALID_ARGUMENT where the ledger's name is that of a field of the request, else what the event rests on is at fault.
fn in_field(refusal: &Refusal, (part, field): (&str, &str), must: String, facts: Facts) -> Status {
    let Some(path) = path(part, field) else { return failed(RefusalReason::Differs, refusal, facts) };
    let mut details = ErrorDetails::new();
    details.set_error_info(reason_name(ErrorReason::InvalidRequest), DOMAIN, facts.0);
    details.add_bad_request_violation(&path, must);
    Status::with_error_details(Code::InvalidArgument, format!("cannot be used: {path}"), details)
}

/// Where the request has a field of an event; `None` for what stands in no request.
fn path(part: &str, field: &str) -> Option<String> {
    let named = match field {
        "effective_on" => return Some(field.to_owned()),
        "from" => "starts_on",
        "to" | "the guarantee's last day" => "ends_on",
        "recovery_from" => "recovery_started_on",
        "new_loan" => "new_loan_no",
        "instalments.principal_fen" | "instalments.due_on" => "instalments",
        "balance" | "scheme" => return None,
        other if other.contains(' ') || other.contains('\'') => return None,
        other => other,
    };
    Some(if part.is_empty() { named.to_owned() } else { format!("{part}.{named}") })
}

fn failed(reason: RefusalReason, refusal: &Refusal, facts: Facts) -> Status {
    because(Code::FailedPrecondition, reason, refusal.to_string(), facts)
}

fn because(code: Code, reason: RefusalReason, message: String, facts: Facts) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(name(reason), DOMAIN, facts.0);
    Status::with_error_details(code, message, details)
}

/// The name of a reason as errors carry it.
fn name(reason: RefusalReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("REFUSAL_REASON_").unwrap_or(name)
}

fn codes(words: &[Word]) -> String {
    words.iter().map(|w| w.code).collect::<Vec<_>>().join(",")
}

fn plain(figure: &Figure) -> String {
    match figure {
        Figure::Amount(fen) => fen.get().to_string(),
        Figure::Share(ppm) => ppm.get().to_string(),
        Figure::Days(n) | Figure::WorkingDays(n) | Figure::Months(n) | Figure::Count(n) => n.to_string(),
        Figure::Date(day) => day.to_string(),
        Figure::Period(from, to) => format!("{from}/{to}"),
        Figure::Flag(flag) => flag.to_string(),
        Figure::Words(words) => codes(words),
        Figure::Text(text) => primitives::plain(text).into_owned(),
        Figure::Region(code, _) => code.to_string(),
        Figure::Unknown => String::new(),
    }
}

fn unit(figure: &Figure) -> &'static str {
    match figure {
        Figure::Amount(_) => "fen",
        Figure::Share(_) => "ppm",
        Figure::Days(_) => "days",
        Figure::WorkingDays(_) => "working_days",
        Figure::Months(_) => "months",
        Figure::Count(_) => "count",
        Figure::Date(_) | Figure::Period(..) => "date",
        Figure::Flag(_) => "flag",
        Figure::Words(_) | Figure::Text(_) | Figure::Unknown => "word",
        Figure::Region(..) => "region",
    }
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::AtMost => "at_most",
        Relation::Below => "below",
        Relation::AtLeast => "at_least",
        Relation::OneOf => "one_of",
        Relation::Is => "is",
        Relation::Covers => "covers",
    }
}
