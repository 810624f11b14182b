//! The id of a call in logs and answers, apart from the `request_id` of writes: it makes nothing idempotent.

use http::{HeaderMap, HeaderValue};
use tonic::Request;

/// The metadata that carries it, both ways.
pub const HEADER: &str = "x-request-id";

/// The id of a call, in the extensions of every request that reaches a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallId(HeaderValue);

impl CallId {
    /// The id that the caller gave, where it is a UUID, else a new one: any other text could be that of an enterprise, and
    /// ids are logged.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Self {
        match headers.get(HEADER) {
            Some(given) if given.to_str().is_ok_and(api::request_id::is_valid) => Self(given.clone()),
            _ => Self(api::request_id::new().try_into().expect("a UUID is ASCII")),
        }
    }

    /// The id of a call; `None` where the request did not come through [`crate::Server`].
    pub fn of<T>(request: &Request<T>) -> Option<&Self> {
        request.extensions().get::<Self>()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default() // a UUID, always
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_uuids_are_taken() {
        let of = |text: &str| {
            let headers = [(http::HeaderName::from_static(HEADER), HeaderValue::from_str(text).expect("visible"))];
            CallId::of_headers(&HeaderMap::from_iter(headers)).as_str().to_owned()
        };
        let id = api::request_id::new();
        assert_eq!(of(&id), id);
        for text in ["91500105MA5U000017", "", "7", &format!("{id}{id}"), "{\"a\":1}"] {
            assert_ne!(of(text), text);
            assert!(api::request_id::is_valid(&of(text)));
        }
        assert_ne!(CallId::of_headers(&HeaderMap::new()), CallId::of_headers(&HeaderMap::new()));
    }
}
