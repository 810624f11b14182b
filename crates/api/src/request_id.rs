//! Request ids: what makes a write safe to send twice.

use uuid::Uuid;

/// A new request id: a UUID of version 7, which sorts by the time it was made.
///
/// Keep it with the application it belongs to before sending: after a crash the same id gives the same answer.
///
/// # Examples
/// ```
/// let id = api::request_id::new();
/// assert_eq!(id.len(), 36);
/// assert!(api::request_id::is_valid(&id));
/// assert!(!api::request_id::is_valid("7"));
/// // One id has one text: ids are compared letter by letter.
/// assert!(!api::request_id::is_valid(&id.to_uppercase()));
/// ```
pub fn new() -> String {
    Uuid::now_v7().to_string()
}

/// Whether a text is a request id as requests carry it: a UUID of any version in its form of 36 characters, with small letters.
pub fn is_valid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok_and(|id| id.as_hyphenated().encode_lower(&mut [0; 36]) == text)
}
