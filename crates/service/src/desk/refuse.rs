//! What handlers refuse, as statuses with a reason; see `error_reason.proto`.

use super::day;
use api::rating::v1::ErrorReason;
use api::status::{DOMAIN, reason_name};
use std::collections::HashMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// A refusal with its reason.
pub(crate) fn because(code: Code, reason: ErrorReason, message: impl Into<String>) -> Status {
    with(code, reason, message, &[])
}

/// A refusal with its reason and what programs may want to know of it.
pub(crate) fn with(code: Code, reason: ErrorReason, message: impl Into<String>, metadata: &[(&str, String)]) -> Status {
    let metadata: HashMap<String, String> = metadata.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    let mut details = ErrorDetails::new();
    details.set_error_info(reason_name(reason), DOMAIN, metadata);
    Status::with_error_details(code, message, details)
}

/// Most fields that a refusal names: clients take no status of more than some 8 KiB.
const FIELDS_MAX: usize = 24;

/// INVALID_ARGUMENT that names every field: its path in the request, and what it must be. Of very many the first, and how
/// many there are.
pub(crate) fn fields(violations: &[(&str, String)]) -> Status {
    let (all, violations) = (violations.len(), &violations[..violations.len().min(FIELDS_MAX)]);
    let mut details = ErrorDetails::new();
    details.set_error_info(reason_name(ErrorReason::InvalidRequest), DOMAIN, HashMap::<String, String>::new());
    for (field, description) in violations {
        details.add_bad_request_violation(*field, description.clone());
    }
    let names: Vec<&str> = violations.iter().map(|(field, _)| *field).collect();
    let more = match all - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!("cannot be used: {}{more}", names.join(", "));
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// NOT_FOUND: there is none, or it is another's.
pub(crate) fn not_found(what: &str) -> Status {
    because(Code::NotFound, ErrorReason::NotFound, format!("no such {what}"))
}

/// FAILED_PRECONDITION: equally of enterprises that there are not.
pub(crate) fn no_consent() -> Status {
    because(Code::FailedPrecondition, ErrorReason::NoConsent, "no consent is in force for this bank and purpose")
}

/// ALREADY_EXISTS: the request id had another body.
pub(crate) fn reused() -> Status {
    let why = "the request id was used with another body: choose a new one";
    because(Code::AlreadyExists, ErrorReason::RequestIdReused, why)
}

/// FAILED_PRECONDITION: the key of the subject was destroyed.
pub(crate) fn deleted(on: store::UnixMicros) -> Status {
    let why = "what is personal was deleted when its retention ended";
    let on = [("deleted_on", day::of(on).to_string())];
    with(Code::FailedPrecondition, ErrorReason::InputsDeleted, why, &on)
}

/// What the store did not do. Its words go to the log, for they may name a file.
pub(crate) fn store(error: &store::Error) -> Status {
    use store::Error as E;
    match error {
        E::Conflict { .. } => reused(),
        E::NotFound { .. } => not_found("object"),
        E::Invalid { why } => because(Code::InvalidArgument, ErrorReason::InvalidRequest, *why),
        E::TooLarge { .. } => because(Code::InvalidArgument, ErrorReason::InvalidRequest, error.to_string()),
        E::ConsentsChanged { .. } => later("the consents changed meanwhile: try again"),
        E::ObjectionsChanged { .. } => later("the objections changed meanwhile: try again"),
        _ => {
            tracing::error!(error = %error, "the store did not write");
            later("the store cannot be written: nothing was acknowledged")
        }
    }
}

/// UNAVAILABLE, to be tried again in a moment.
pub(crate) fn later(message: &str) -> Status {
    let mut details = ErrorDetails::new();
    let none = HashMap::<String, String>::new();
    details.set_error_info(reason_name(ErrorReason::Unavailable), DOMAIN, none);
    details.set_retry_info(Some(Duration::from_millis(200)));
    Status::with_error_details(Code::Unavailable, message, details)
}
