//! When a call is tried again, and after how long.

use std::time::Duration;
use tonic::Code;
use uuid::Uuid;

/// Rules for trying again. Waits double from `first` to `longest`; of each, half is drawn by lot, so that clients which
/// failed together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Tries in all, 1 or more; 1 never tries again.
    pub tries: u32,
    /// The first wait.
    pub first: Duration,
    /// The longest wait that is not asked for by the server.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { tries: 4, first: Duration::from_millis(50), longest: Duration::from_secs(2) }
    }
}

impl Retry {
    /// How long to wait after a try that failed; `None` to give up.
    ///
    /// - `tried`: tries so far, 1 or more.
    /// - `asked`: the delay that the server asked for, which is never undercut.
    pub(super) fn wait(&self, tried: u32, code: Code, asked: Option<Duration>) -> Option<Duration> {
        let passes = match code {
            Code::Unavailable => true,
            // Without a delay it is a limit of size, which no waiting lifts.
            Code::ResourceExhausted => asked.is_some(),
            _ => false,
        };
        if !passes || tried >= self.tries {
            return None;
        }
        let full = self.first.saturating_mul(1 << (tried - 1).min(20)).min(self.longest);
        let backoff = full / 2 + (full / 2).mul_f64(lot());
        Some(asked.map_or(backoff, |asked| asked + backoff / 10).max(backoff))
    }
}

/// A number in 0..1, from the random bits of a UUID: no other source of chance is needed here.
fn lot() -> f64 {
    let (_, bits) = Uuid::now_v7().as_u64_pair();
    // The two highest bits are the variant.
    (bits & u64::from(u32::MAX)) as f64 / (u64::from(u32::MAX) as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry = Retry { tries: 4, first: Duration::from_millis(100), longest: Duration::from_millis(250) };

    fn within(wait: Option<Duration>, low_ms: u64, high_ms: u64) -> bool {
        wait.is_some_and(|w| Duration::from_millis(low_ms) <= w && w <= Duration::from_millis(high_ms))
    }

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        for _ in 0..100 {
            assert!(within(RETRY.wait(1, Code::Unavailable, None), 50, 100));
            assert!(within(RETRY.wait(2, Code::Unavailable, None), 100, 200));
            assert!(within(RETRY.wait(3, Code::Unavailable, None), 125, 250));
            assert_eq!(RETRY.wait(4, Code::Unavailable, None), None);
        }
    }

    #[test]
    fn what_the_server_asks_for_is_never_undercut() {
        for _ in 0..100 {
            let asked = Some(Duration::from_millis(700));
            assert!(within(RETRY.wait(1, Code::ResourceExhausted, asked), 700, 710));
            assert!(within(RETRY.wait(1, Code::Unavailable, Some(Duration::ZERO)), 50, 100));
        }
    }

    #[test]
    fn nothing_else_is_tried_again() {
        assert_eq!(RETRY.wait(1, Code::ResourceExhausted, None), None);
        for code in (0..=16).map(Code::from_i32) {
            let tried_again = RETRY.wait(1, code, Some(Duration::from_millis(1))).is_some();
            assert_eq!(tried_again, matches!(code, Code::Unavailable | Code::ResourceExhausted), "{code:?}");
        }
        let never = Retry { tries: 1, ..RETRY };
        assert_eq!(never.wait(1, Code::Unavailable, None), None);
    }

    #[test]
    fn many_tries_do_not_overflow() {
        let many = Retry { tries: u32::MAX, ..RETRY };
        assert!(within(many.wait(u32::MAX - 1, Code::Unavailable, None), 125, 250));
    }
}
