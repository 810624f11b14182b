//! kill -9 of the program at random moments under load: whatever a bank was answered is there afterwards, to the byte.
//!
//! In each round a [`Bank`] asks, and the program is killed: after a random time, and in every second round at the next
//! commit that is seen open. Then it starts on what is left:
//! - the same request has the same answer, and the same request id with another body is refused;
//! - the chain is whole and goes on from where it was, every rating in the store has its line and opens, answered or not.
//!
//! A kill counts as one with a commit open when the files show it afterwards ([`Log`]): the log had pages of a commit whose
//! wait for the disk had not ended.
//!
//! `SERVE_CRASH_ROUNDS=1000` does a thousand rounds, 20 without; `SERVE_CRASH_SEED` sets the moments.

use crate::after::{Known, ask_again};
use crate::bank::Bank;
use crate::common::Place;
use crate::place::{Running, client, ready, store};
use crate::sqlite_log::Log;
use std::time::{Duration, Instant};

/// Rounds on one store: its chain is walked from the beginning in each.
const ROUNDS_OF_A_STORE: u64 = 25;
/// Of how many answers of earlier rounds one is asked for again in each round; all are at the end of a store.
const SAMPLE: usize = 50;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

#[derive(Default)]
struct Figures {
    open: u64,
    /// Of these, in rounds that did not wait for one.
    open_by_chance: u64,
    answered: usize,
    unanswered: usize,
}

impl Figures {
    fn say(&self, kills: u64, seed: u64, begun: Instant) {
        let Self { open, open_by_chance, answered, unanswered } = self;
        eprintln!(
            "{kills} kills, seed {seed}: {open} with a commit open ({open_by_chance} of {} that did not wait for one), \
             {answered} answers, none lost; {unanswered} ratings stored and not yet answered; {} s",
            kills.div_ceil(2),
            begun.elapsed().as_secs()
        );
    }
}

#[test]
fn what_was_answered_outlives_kill_9() {
    let (count, seed) = (number("SERVE_CRASH_ROUNDS", 20), number("SERVE_CRASH_SEED", 1));
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (place, ids) = ready(&runtime);
    place.write("ids", ids.join("\n"));
    let database = place.path("shangzhi.db");
    std::fs::copy(&database, place.path("begin.db")).expect("copied");
    let (begun, mut figures) = (Instant::now(), Figures::default());
    let mut known = runtime.block_on(async { Known::of(store(&place, &database).await).await });
    let mut running = Running::start(&place);
    eprintln!("{count} rounds, seed {seed}");
    for round in 0..count {
        let at = format!("round {round}, seed {seed}");
        let mut bank = Bank::start(&place, running.port);
        bank.wait_for(1);
        let log = Log::of(&database);
        // Now and then long enough for the log to be folded into the file.
        let longest = if random.below(10) == 0 { 2_000_000 } else { 300_000 };
        std::thread::sleep(Duration::from_micros(random.below(longest)));
        let (is_aimed, aimed) = (round % 2 == 1, Instant::now());
        while is_aimed && !log.is_commit_open() && aimed.elapsed() < Duration::from_millis(100) {
            std::hint::spin_loop();
        }
        running.kill();
        let is_open = log.is_commit_open();
        figures.open += u64::from(is_open);
        figures.open_by_chance += u64::from(is_open && !is_aimed);
        let answered = bank.end();
        assert!(!answered.is_empty(), "{at}: nothing was answered");
        figures.answered += answered.len();

        running = Running::start(&place);
        let is_last = round + 1 == count || (round + 1) % ROUNDS_OF_A_STORE == 0;
        figures.unanswered += runtime.block_on(async {
            let bank = client(&place.path("."), running.port, "bank-a").await;
            let earlier = known.answered.iter().step_by(if is_last { 1 } else { SAMPLE }).cloned();
            ask_again(&bank, answered.iter().cloned().chain(earlier).collect(), &at).await;
            known.look_into(store(&place, &database).await, answered, &at).await
        });
        if is_last {
            running.kill();
            anew(&place);
            known = runtime.block_on(async { Known::of(store(&place, &database).await).await });
            running = Running::start(&place);
        }
        if (round + 1) % 50 == 0 || round + 1 == count {
            figures.say(round + 1, seed, begun);
        }
    }
    // Three in ten of many; of few, chance may hit fewer.
    let least = if count < 100 { count / 10 } else { count * 3 / 10 };
    assert!(figures.open >= least, "only {} of {count} kills hit a commit", figures.open);
}

/// A store without ratings in the place of the old one.
fn anew(place: &Place) {
    for end in ["-wal", "-shm"] {
        // Not there when the last to open it closed it.
        let _ = std::fs::remove_file(place.path(&format!("shangzhi.db{end}")));
    }
    std::fs::copy(place.path("begin.db"), place.path("shangzhi.db")).expect("copied");
}
