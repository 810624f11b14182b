//! The body of a request, which ends with an error as soon as a message says that it is larger than the limit.
//!
//! A message of gRPC is a byte of flags, four of length and so many bytes. The transport bounds what comes out of
//! decompression; what goes in has a bound of its own, which is looked at before anything is kept.

use crate::refusal;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body whose messages are no larger than a limit.
#[derive(Debug)]
pub(crate) struct Bounded<B> {
    inner: B,
    messages: Messages,
    bytes_max: u32,
}

impl<B> Bounded<B> {
    pub(crate) fn new(inner: B, bytes_max: u32) -> Self {
        Self { inner, messages: Messages::default(), bytes_max }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Bounded<B>
where
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let Some(frame) = ready!(Pin::new(&mut this.inner).poll_frame(cx)) else { return Poll::Ready(None) };
        let frame = frame.map_err(Into::into)?;
        if let Some(data) = frame.data_ref()
            && this.messages.longest(data) > this.bytes_max
        {
            return Poll::Ready(Some(Err(refusal::message_too_large(this.bytes_max.into()).into())));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Where in the messages of a body one stands.
#[derive(Debug, Default)]
struct Messages {
    /// What has come of the five bytes before a message.
    prefix: [u8; 5],
    prefix_len: usize,
    /// What has to come of the message.
    left: u32,
}

impl Messages {
    /// Steps over bytes; the longest message that begins in them, as it says itself.
    fn longest(&mut self, mut data: &[u8]) -> u32 {
        let mut longest = 0;
        while !data.is_empty() {
            if self.left > 0 {
                let step = data.len().min(self.left as usize);
                self.left -= step as u32; // at most `left`
                data = &data[step..];
                continue;
            }
            let step = data.len().min(self.prefix.len() - self.prefix_len);
            self.prefix[self.prefix_len..][..step].copy_from_slice(&data[..step]);
            self.prefix_len += step;
            data = &data[step..];
            if self.prefix_len == self.prefix.len() {
                let [_, a, b, c, d] = self.prefix;
                self.left = u32::from_be_bytes([a, b, c, d]);
                self.prefix_len = 0;
                longest = longest.max(self.left);
            }
        }
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_however_the_bytes_are_cut() {
        let mut body = Vec::new();
        for len in [0_u32, 3, 700, 1, 0] {
            body.push(0);
            body.extend(len.to_be_bytes());
            body.extend(std::iter::repeat_n(0xff, len as usize));
        }
        for cut in 1..body.len() {
            let mut messages = Messages::default();
            let longest = body.chunks(cut).map(|chunk| messages.longest(chunk)).max();
            assert_eq!(longest, Some(700), "{cut}");
            assert_eq!((messages.left, messages.prefix_len), (0, 0));
        }
    }

    #[test]
    fn a_length_is_known_before_the_message() {
        assert_eq!(Messages::default().longest(&[1, 0xff, 0xff, 0xff, 0xff]), u32::MAX);
    }
}
