//! A stream that sends what is written in one turn of its task together.
//!
//! HTTP/2 flushes after each answer, and every flush of a TLS stream is a record and a call of the system. Calls of one
//! connection whose answers become durable by the same commit are ready one after the other: what is written is kept
//! until the task comes to its next turn, which is after those that are ready now, and then goes out at once.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are kept for the next turn; more go out before. About those of one TLS record.
const KEPT_BYTES_MAX: usize = 16 << 10;

/// Counts the turns of the task that owns a stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turns(Arc<AtomicU32>);

impl Turns {
    /// Runs the work that owns the stream; each time it is polled is a turn.
    pub(crate) fn run<F: Future>(&self, mut work: Pin<&mut F>) -> impl Future<Output = F::Output> {
        poll_fn(move |cx| {
            self.next();
            work.as_mut().poll(cx)
        })
    }

    fn next(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn now(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream that keeps what is written until the next turn.
#[derive(Debug)]
pub(crate) struct Gathered<S> {
    stream: S,
    turns: Turns,
    kept: Vec<u8>,
    /// Of `kept`, what the stream has taken.
    sent: usize,
    /// The turn in which the first of `kept` was written.
    since: u32,
}

impl<S: AsyncWrite + Unpin> Gathered<S> {
    pub(crate) fn new(stream: S, turns: Turns) -> Self {
        Self { stream, turns, kept: Vec::new(), sent: 0, since: 0 }
    }

    fn send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.kept.len() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.kept[self.sent..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => self.sent += n,
            }
        }
        // An idle connection keeps no memory.
        (self.kept, self.sent) = (Vec::new(), 0);
        Poll::Ready(Ok(()))
    }

    /// Whether what is kept waits for others of this turn. The task was woken for its next one.
    fn waits(&self) -> bool {
        !self.kept.is_empty() && self.since == self.turns.now()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gathered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Whoever only reads in its next turn, as one that shakes hands does, must not leave anything behind.
        if !self.kept.is_empty()
            && !self.waits()
            && let Poll::Ready(Err(e)) = self.send(cx)
        {
            return Poll::Ready(Err(e));
        }
        Pin::new(&mut self.stream).poll_read(cx, to)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gathered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !self.kept.is_empty() && self.kept.len() + bytes.len() > KEPT_BYTES_MAX {
            ready!(self.send(cx))?;
        }
        if bytes.len() > KEPT_BYTES_MAX {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        }
        if self.kept.is_empty() {
            self.kept.reserve(KEPT_BYTES_MAX);
            self.since = self.turns.now();
            cx.waker().wake_by_ref();
        }
        self.kept.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    /// Ready also while bytes wait for the next turn, for the next frame is written after a flush only.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.waits() {
            return Poll::Ready(Ok(()));
        }
        ready!(self.send(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    /// Takes at most so many bytes at a time, and keeps each write apart.
    #[derive(Default)]
    struct Writes(Vec<Vec<u8>>, usize);

    impl AsyncWrite for Writes {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            let taken = bytes.len().min(self.1);
            self.0.push(bytes[..taken].to_vec());
            Poll::Ready(Ok(taken))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn write(to: &mut Gathered<Writes>, bytes: &[u8]) {
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(Pin::new(&mut *to).poll_write(&mut cx, bytes), Poll::Ready(Ok(n)) if n == bytes.len()));
        assert!(matches!(Pin::new(to).poll_flush(&mut cx), Poll::Ready(Ok(()))));
    }

    #[test]
    fn what_one_turn_writes_goes_out_in_the_next_as_one() {
        let turns = Turns::default();
        let mut stream = Gathered::new(Writes(Vec::new(), usize::MAX), turns.clone());
        write(&mut stream, b"head");
        write(&mut stream, b"data");
        assert!(stream.stream.0.is_empty());
        turns.next();
        write(&mut stream, b"more");
        assert_eq!(stream.stream.0, [b"headdatamore"]);
        write(&mut stream, b"again");
        turns.next();
        assert_eq!(stream.stream.0.len(), 1, "written in a turn of its own");
    }

    #[test]
    fn no_byte_is_lost_or_out_of_order_however_little_is_taken() {
        for (taken, part) in [(1, 7), (5, 3), (1000, KEPT_BYTES_MAX - 1), (usize::MAX, KEPT_BYTES_MAX + 1)] {
            let turns = Turns::default();
            let mut stream = Gathered::new(Writes(Vec::new(), taken), turns.clone());
            let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n * 31 % 251) as u8).collect();
            for (n, part) in bytes.chunks(part).enumerate() {
                let mut left = part;
                while !left.is_empty() {
                    let mut cx = Context::from_waker(Waker::noop());
                    let Poll::Ready(Ok(n)) = Pin::new(&mut stream).poll_write(&mut cx, left) else { panic!("ready") };
                    left = &left[n..];
                }
                if n % 3 == 0 {
                    turns.next();
                }
            }
            let mut cx = Context::from_waker(Waker::noop());
            assert!(matches!(Pin::new(&mut stream).poll_shutdown(&mut cx), Poll::Ready(Ok(()))));
            assert_eq!(stream.stream.0.concat(), bytes);
        }
    }

    #[tokio::test]
    async fn whoever_only_reads_in_its_next_turn_leaves_nothing_behind() {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        let turns = Turns::default();
        let mut stream = Gathered::new(near, turns.clone());
        let task = tokio::spawn(async move {
            let mut is_first = true;
            poll_fn(|cx| {
                turns.next();
                if std::mem::take(&mut is_first) {
                    assert!(matches!(Pin::new(&mut stream).poll_write(cx, b"settings"), Poll::Ready(Ok(8))));
                    assert!(matches!(Pin::new(&mut stream).poll_flush(cx), Poll::Ready(Ok(()))));
                }
                let mut byte = [0];
                Pin::new(&mut stream).poll_read(cx, &mut ReadBuf::new(&mut byte))
            })
            .await
        });
        let mut got = [0; 8];
        tokio::io::AsyncReadExt::read_exact(&mut far, &mut got).await.expect("it comes without being asked for");
        assert_eq!(&got, b"settings");
        drop(far);
        task.await.expect("no panic").expect("the end");
    }
}
