//! Texts travel packed (gzip) to a browser that takes it: a page of tables is a tenth of its size then.
//!
//! Packing tells lengths, and lengths tell secrets that stand beside what a stranger can put into the same answer (BREACH). The
//! one secret of a page is the key of its form, and that is another text in each answer (`session::Token::form_key`). Requests
//! that another site causes have no session besides: its cookie is `SameSite=Strict`.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// Below this a packed text is hardly smaller.
const SMALL: u64 = 1_024;
/// A third of the time of the usual level for a twentieth more bytes.
const LEVEL: Compression = Compression::new(3);

/// Whether a browser takes gzip.
fn takes(headers: &HeaderMap) -> bool {
    let texts = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
        matches!(name.trim(), "gzip" | "x-gzip" | "*") && weight.is_ok_and(|w| w > 0.0)
    })
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/") || kind.starts_with("application/json")
}

fn packed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 6), LEVEL);
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Packs an answer that is whole: what comes in parts goes as it is.
pub(crate) async fn pack(request: Request, next: Next) -> Response {
    let takes = takes(request.headers());
    let mut response = next.run(request).await;
    if !is_text(response.headers()) {
        return response;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    let size = response.body().size_hint().exact().unwrap_or(0);
    if !takes || size < SMALL {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    // Milliseconds of the processor: not on the task that serves connections.
    let whole = bytes.clone();
    match tokio::task::spawn_blocking(move || packed(&whole)).await {
        Ok(Ok(packed)) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Response::from_parts(parts, Body::from(packed))
        }
        _ => Response::from_parts(parts, Body::from(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_takes() {
        for (text, is) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", true),
            ("*", true),
            ("x-gzip", true),
            ("", false),
            ("br", false),
            ("gzip;q=0", false),
            ("gzip;q=0.000", false),
            ("gzip;q=x", false),
            ("gzipped", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, text.parse().expect("a value"));
            assert_eq!(takes(&headers), is, "{text}");
        }
        assert!(!takes(&HeaderMap::new()));
    }
}
