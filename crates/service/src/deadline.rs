//! How long a call may take: what its caller asks for, and no longer than the configuration says.

use crate::refusal;
use http::HeaderMap;
use std::time::Duration;
use tonic::Status;

/// The deadline of a call; the shorter of the caller's and the server's.
///
/// # Errors
/// INVALID_ARGUMENT where `grpc-timeout` is not 1 to 8 digits and one of `HMSmun`: a deadline that cannot be read is not
/// taken for none.
pub(crate) fn of(headers: &HeaderMap, max: Duration) -> Result<Duration, Status> {
    match headers.get("grpc-timeout") {
        None => Ok(max),
        Some(value) => match value.to_str().ok().and_then(parse) {
            Some(asked) => Ok(asked.min(max)),
            None => Err(refusal::bad_timeout()),
        },
    }
}

fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(n * 3_600),
        "M" => Duration::from_secs(n * 60),
        "S" => Duration::from_secs(n),
        "m" => Duration::from_millis(n),
        "u" => Duration::from_micros(n),
        "n" => Duration::from_nanos(n),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_what_is_none() {
        for (text, expect) in [
            ("2H", Some(Duration::from_secs(7_200))),
            ("3M", Some(Duration::from_secs(180))),
            ("4S", Some(Duration::from_secs(4))),
            ("50m", Some(Duration::from_millis(50))),
            ("6u", Some(Duration::from_micros(6))),
            ("0n", Some(Duration::ZERO)),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3_600))),
            ("123456789S", None),
            ("S", None),
            ("", None),
            ("5", None),
            ("5s", None),
            ("+5S", None),
            ("-5S", None),
            ("5 S", None),
            ("5秒", None),
        ] {
            assert_eq!(parse(text), expect, "{text:?}");
        }
    }

    #[test]
    fn the_shorter_counts() {
        let of = |text: &'static str| {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-timeout"),
                http::HeaderValue::from_static(text),
            )]);
            of(&headers, Duration::from_secs(10)).map_err(|s| s.code())
        };
        assert_eq!(of("3S"), Ok(Duration::from_secs(3)));
        assert_eq!(of("3H"), Ok(Duration::from_secs(10)));
        assert_eq!(of("soon"), Err(tonic::Code::InvalidArgument));
        assert_eq!(super::of(&HeaderMap::new(), Duration::from_secs(10)).ok(), Some(Duration::from_secs(10)));
    }
}
