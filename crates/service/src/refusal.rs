//! What the server itself refuses, as statuses with a reason.

use api::rating::v1::ErrorReason;
use api::status::{DOMAIN, reason_name};
use http::HeaderMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

fn refusal(code: Code, reason: ErrorReason, message: impl Into<String>, figures: &[(&str, u64)]) -> Status {
    Status::with_error_details(code, message, details(reason, figures))
}

fn details(reason: ErrorReason, figures: &[(&str, u64)]) -> ErrorDetails {
    let figures = figures.iter().map(|(name, value)| ((*name).to_owned(), value.to_string()));
    let mut details = ErrorDetails::new();
    details.set_error_info(reason_name(reason), DOMAIN, figures.collect::<std::collections::HashMap<_, _>>());
    details
}

/// As [`refusal`], and to be tried again after a while.
fn later(code: Code, reason: ErrorReason, message: &str, figures: &[(&str, u64)], after: Duration) -> Status {
    let mut details = details(reason, figures);
    details.set_retry_info(Some(after));
    Status::with_error_details(code, message, details)
}

pub(crate) fn unknown_client() -> Status {
    refusal(Code::Unauthenticated, ErrorReason::UnknownClient, "no client has a name of this certificate", &[])
}

pub(crate) fn role_not_allowed() -> Status {
    refusal(
        Code::PermissionDenied,
        ErrorReason::RoleNotAllowed,
        "the role of the caller does not reach the method",
        &[],
    )
}

pub(crate) fn no_such_method() -> Status {
    refusal(Code::Unimplemented, ErrorReason::InvalidRequest, "there is no such method", &[])
}

pub(crate) fn no_grpc() -> Status {
    refusal(Code::InvalidArgument, ErrorReason::InvalidRequest, "POST of application/grpc is wanted", &[])
}

pub(crate) fn bad_timeout() -> Status {
    refusal(Code::InvalidArgument, ErrorReason::InvalidRequest, "grpc-timeout is not 1 to 8 digits and a unit", &[])
}

pub(crate) fn rate_limited(calls_per_second: u32, after: Duration) -> Status {
    let figures = [("calls_per_second", calls_per_second.into())];
    later(Code::ResourceExhausted, ErrorReason::RateLimited, "too many calls per second", &figures, after)
}

pub(crate) fn too_many_calls(concurrency: u32, after: Duration) -> Status {
    let figures = [("concurrency", concurrency.into())];
    later(Code::ResourceExhausted, ErrorReason::TooManyCalls, "too many calls open", &figures, after)
}

pub(crate) fn overloaded(after: Duration) -> Status {
    later(Code::ResourceExhausted, ErrorReason::Overloaded, "the server has too many calls open", &[], after)
}

pub(crate) fn draining(after: Duration) -> Status {
    later(Code::Unavailable, ErrorReason::Unavailable, "the server is ending", &[], after)
}

pub(crate) fn past_deadline(deadline: Duration) -> Status {
    let figures = [("deadline_ms", deadline.as_millis().try_into().unwrap_or(u64::MAX))];
    refusal(
        Code::DeadlineExceeded,
        ErrorReason::DeadlineExceeded,
        "the deadline passed and the work was stopped",
        &figures,
    )
}

pub(crate) fn message_too_large(bytes_max: u64) -> Status {
    let figures = [("bytes_max", bytes_max)];
    refusal(
        Code::ResourceExhausted,
        ErrorReason::MessageTooLarge,
        format!("a message is larger than {bytes_max} bytes"),
        &figures,
    )
}

pub(crate) fn internal() -> Status {
    refusal(Code::Internal, ErrorReason::Internal, "a fault of the server", &[])
}

/// What the transport answers in words of its own, as the contract says it; nothing where it is as it should be.
///
/// It calls a large message OUT_OF_RANGE and a request that cannot be read INTERNAL, as if the server were at fault. The
/// words are those of tonic 0.14 and prost 0.14; `tests/` would show that they changed.
pub(crate) fn in_our_words(headers: &HeaderMap, decompressed_bytes_max: u64) -> Option<Status> {
    if headers.contains_key("grpc-status-details-bin") {
        return None;
    }
    let status = Status::from_header_map(headers)?;
    let message = status.message();
    let large = message.starts_with("Error, decoded message length too large")
        || message.starts_with("Error decompressing: size limit");
    let unreadable = [
        "failed to decode Protobuf message",
        "protocol error: received message with",
        "Error decompressing:",
        "Missing request message",
        "Unexpected EOF decoding stream",
    ];
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted if large => Some(message_too_large(decompressed_bytes_max)),
        Code::Internal if unreadable.iter().any(|text| message.starts_with(text)) => {
            Some(refusal(Code::InvalidArgument, ErrorReason::InvalidRequest, message, &[]))
        }
        _ => None,
    }
}

/// A status as trailers.
pub(crate) fn trailers(status: &Status) -> HeaderMap {
    let mut out = HeaderMap::new();
    // Fails only for a message that no header can hold, and messages are encoded before.
    let _ = status.add_header(&mut out);
    out
}
