//! What an error says to programs: reason, violations, delay; and errors of single items.

use crate::rating::v1::ErrorReason;
use prost::Message as _;
use std::collections::BTreeMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// The `domain` of every reason of this product.
pub const DOMAIN: &str = "shangzhi";

const PREFIX: &str = "ERROR_REASON_";

/// What a status carries besides code and message; empty where it carries nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorInfo {
    /// Stable name of the reason, such as `NO_CONSENT`.
    pub reason: String,
    /// Whose reason it is: [`DOMAIN`], or that of something on the way.
    pub domain: String,
    /// Figures and names that belong to the reason.
    pub metadata: BTreeMap<String, String>,
    /// The fields that were refused.
    pub violations: Vec<Violation>,
    /// How long to wait before the call is tried again; `None` where the server does not say.
    pub retry_after: Option<Duration>,
}

/// A field that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, such as `features[2].name`.
    pub field: String,
    /// What is wrong with it, for developers.
    pub description: String,
}

impl ErrorInfo {
    /// The reason as the contract names it; unspecified where it is not of this product or of a later version.
    pub fn known_reason(&self) -> ErrorReason {
        match self.domain.as_str() {
            DOMAIN => ErrorReason::from_str_name(&format!("{PREFIX}{}", self.reason)).unwrap_or_default(),
            _ => ErrorReason::Unspecified,
        }
    }
}

/// The name of a reason as errors carry it.
///
/// # Examples
/// ```
/// use api::{rating::v1::ErrorReason, status::reason_name};
/// assert_eq!(reason_name(ErrorReason::NoConsent), "NO_CONSENT");
/// ```
pub fn reason_name(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix(PREFIX).unwrap_or(name)
}

/// What a status says to programs. Details that cannot be read count as none: they never hide the code.
pub fn error_info(status: &Status) -> ErrorInfo {
    let details = status.get_error_details();
    let mut out = ErrorInfo::default();
    if let Some(info) = details.error_info() {
        out.reason.clone_from(&info.reason);
        out.domain.clone_from(&info.domain);
        out.metadata = info.metadata.clone().into_iter().collect();
    }
    if let Some(request) = details.bad_request() {
        let violations = request.field_violations.iter();
        out.violations =
            violations.map(|v| Violation { field: v.field.clone(), description: v.description.clone() }).collect();
    }
    out.retry_after = details.retry_info().and_then(|r| r.retry_delay);
    out
}

/// The error of an item, from the status that a call of its own would have ended with.
pub fn to_item(status: &Status) -> tonic_types::Status {
    let details = tonic_types::Status::decode(status.details()).map(|s| s.details).unwrap_or_default();
    tonic_types::Status { code: status.code() as i32, message: status.message().to_owned(), details }
}

/// The status that a call of its own would have ended with, from the error of an item.
pub fn from_item(error: &tonic_types::Status) -> Status {
    let details = if error.details.is_empty() { Vec::new() } else { error.encode_to_vec() };
    Status::with_details(Code::from_i32(error.code), error.message.clone(), details.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::{ErrorDetails, StatusExt};

    fn refused() -> Status {
        let mut details = ErrorDetails::new();
        details.set_error_info("RATE_LIMITED", DOMAIN, [("limit".to_owned(), "100".to_owned())]);
        details.set_retry_info(Some(Duration::from_millis(40)));
        details.add_bad_request_violation("features[0].name", "is empty");
        Status::with_error_details(Code::ResourceExhausted, "too often", details)
    }

    #[test]
    fn everything_is_read() {
        let info = error_info(&refused());
        assert_eq!(info.known_reason(), ErrorReason::RateLimited);
        assert_eq!(info.metadata["limit"], "100");
        assert_eq!(info.violations[0].field, "features[0].name");
        assert_eq!(info.retry_after, Some(Duration::from_millis(40)));
    }

    #[test]
    fn reasons_of_others_and_of_later_versions_are_unspecified() {
        let info = |reason: &str, domain: &str| ErrorInfo {
            reason: reason.into(),
            domain: domain.into(),
            ..ErrorInfo::default()
        };
        assert_eq!(info("NO_CONSENT", "elsewhere").known_reason(), ErrorReason::Unspecified);
        assert_eq!(info("OF_LATER", DOMAIN).known_reason(), ErrorReason::Unspecified);
        assert_eq!(info("no_consent", DOMAIN).known_reason(), ErrorReason::Unspecified);
        assert_eq!(info("NO_CONSENT", DOMAIN).known_reason(), ErrorReason::NoConsent);
    }

    #[test]
    fn bare_and_damaged_details_are_empty() {
        for status in [Status::not_found("no"), Status::with_details(Code::NotFound, "no", vec![0xff, 0x01].into())] {
            assert_eq!(error_info(&status), ErrorInfo::default());
            assert_eq!(to_item(&status).code, 5);
        }
    }

    #[test]
    fn an_item_carries_what_a_call_does() {
        for status in [refused(), Status::unavailable("drains")] {
            let back = from_item(&to_item(&status));
            assert_eq!((back.code(), back.message()), (status.code(), status.message()));
            assert_eq!(error_info(&back), error_info(&status));
        }
    }
}
