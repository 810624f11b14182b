//! Stored bytes to text: gzip, then UTF-8 or GB18030.

use crate::Error;
use encoding_rs::{DecoderResult, GB18030};
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

/// The bytes inside a gzip file, all its members.
pub(super) fn gunzip(file: &Path, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut plain = Vec::new();
    match flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut plain) {
        Ok(_) => Ok(plain),
        Err(source) => Err(Error::BadGzip { file: file.to_owned(), source }),
    }
}

/// The text of a CSV file without its byte order mark.
pub(super) fn text<'a>(file: &Path, bytes: &'a [u8]) -> Result<Cow<'a, str>, Error> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let skipped = if bytes.starts_with(MARK) { MARK.len() } else { 0 };
    let body = &bytes[skipped..];
    let valid = match std::str::from_utf8(body) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(e) => e.valid_up_to(),
    };
    let bad = |at: usize| Error::BadEncoding { file: file.to_owned(), offset: skipped + at, line: line_at(body, at) };
    if 0 < skipped || is_damaged_utf8(&body[..valid]) {
        return Err(bad(valid));
    }
    gb18030(body).map(Cow::Owned).map_err(bad)
}

/// Whether text up to the first byte that is not UTF-8 proves that UTF-8 was meant.
///
/// Nearly any two bytes are a character of GB18030, so a damaged UTF-8 file would pass for it and
/// come out as other characters. Four characters of three bytes do not occur by chance.
fn is_damaged_utf8(valid: &[u8]) -> bool {
    valid.iter().filter(|&&b| (0xe0..=0xef).contains(&b)).take(4).count() == 4
}

/// The text of GB18030 bytes, or the position of the first that is wrong.
fn gb18030(bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let mut text = String::new();
    let mut done = 0;
    loop {
        let rest = &bytes[done..];
        text.reserve(rest.len() + rest.len() / 2 + 16);
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        done += read;
        match result {
            DecoderResult::InputEmpty => return Ok(text),
            DecoderResult::OutputFull => (),
            DecoderResult::Malformed(wrong, after) => return Err(done - usize::from(wrong) - usize::from(after)),
        }
    }
}

/// Number of lines, the last one with or without its end.
pub(super) fn lines(bytes: &[u8]) -> u64 {
    let ends = bytes.iter().filter(|&&b| b == b'\n').count() as u64;
    ends + u64::from(!bytes.is_empty() && !bytes.ends_with(b"\n"))
}

/// The line, from 1, of the byte at `offset`.
pub(super) fn line_at(bytes: &[u8], offset: usize) -> u64 {
    1 + bytes[..offset].iter().filter(|&&b| b == b'\n').count() as u64
}
