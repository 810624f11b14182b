//! A run of random events beside a second model, by a seed that is printed.
//!
//! After every event:
//! 1. debits equal credits in each book, for the entry and for all accounts together;
//! 2. every account that the entry touches has the balance of the model;
//! 3. each payout is what the model computes, within the quota recomputed from the events before it;
//! 4. the parts of a loss add up to it;
//! 5. a refusal changes nothing;
//! 6. what a borrower has at all banks is the sum of its loans.
//!
//! At the end the bytes of the events give the same records and the same chain. `LEDGER_EVENTS` and `LEDGER_SEED` make
//! another run; with the first the time of judging, encoding and hashing is printed.

#[path = "common/mod.rs"]
mod common;
#[path = "random/events.rs"]
mod events;
#[path = "random/model.rs"]
mod model;

use events::Maker;
use ledger::chain::{self, Head, Line};
use ledger::event::{Body, LoanEvent};
use ledger::record::Borrower;
use ledger::{Account, Book, Books, Did, Entry, Event, Key, LoanRef, Memory, Posted, Record, Refusal};
use model::Model;
use policy::Code;
use std::collections::BTreeMap;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn random_events_agree_with_a_second_model() {
    let (planned, seed) = (setting("LEDGER_EVENTS", 20_000), setting("LEDGER_SEED", 20_240_506));
    let mut run = Run::new(seed, planned);
    let mut tried = 0;
    while run.books.len() < planned as usize {
        tried += 1;
        assert!(tried < planned * 20, "seed {seed}: too few of the events are entered");
        run.next();
    }
    let kinds: Vec<String> = run.refused.iter().map(|(k, n)| format!("{k} {n}")).collect();
    say(&format!(
        "seed {seed}: {planned} events entered, {} refused ({}), {} payouts, {} reversals",
        tried - planned,
        kinds.join(", "),
        run.model.payouts,
        run.reversals,
    ));
    assert!(run.model.payouts > planned / 4_000 && run.reversals > planned / 500, "the run says too little");
    for (account, balance) in &run.model.balances {
        assert_eq!(run.books.balances().get(account).copied().unwrap_or_default(), *balance, "{account:?}");
    }
    replayed(run.books);
}

struct Run {
    books: Memory,
    model: Model,
    maker: Maker,
    totals: BTreeMap<&'static str, i128>,
    refused: BTreeMap<String, u64>,
    reversals: u64,
    name: String,
}

impl Run {
    fn new(seed: u64, planned: u64) -> Self {
        Self {
            books: Memory::default(),
            model: Model::default(),
            // A third is refused.
            maker: Maker::new(seed, planned * 3 / 2),
            totals: BTreeMap::new(),
            refused: BTreeMap::new(),
            reversals: 0,
            name: format!("seed {seed}"),
        }
    }

    fn next(&mut self) {
        let event = self.maker.next(&self.books);
        let before = self.books.head();
        match self.books.append(&event) {
            Ok(posted) => self.entered(&event, &posted),
            Err(refusal) => {
                assert!(!refusal.is_fault(), "{}: {refusal} for {event:?}", self.name);
                assert_eq!(before, self.books.head());
                *self.refused.entry(kind(&refusal)).or_default() += 1;
            }
        }
    }

    fn entered(&mut self, event: &Event, posted: &Posted) {
        let seq = posted.entry.seq;
        let at = || format!("{}, event {seq}", self.name);
        let payout = match &event.body {
            Body::Reversal { of, .. } => {
                self.reversals += 1;
                let original = self.books.posted(*of).expect("it was there");
                self.model.take(*of, &original.event, -1)
            }
            _ => self.model.take(seq, event, 1),
        };
        for book in Book::ALL {
            let of_book = posted.entry.postings.iter().filter(|p| p.account.book() == *book);
            let sum: i128 = of_book.map(|p| i128::from(p.amount_fen)).sum();
            assert_eq!(sum, 0, "{}", at());
            let total = self.totals.entry(book.code()).or_default();
            *total += sum;
            assert_eq!(*total, 0, "{}", at());
        }
        for posting in &posted.entry.postings {
            let ours = self.books.balances().get(&posting.account).copied().unwrap_or_default();
            let model = self.model.balances.get(&posting.account).copied().unwrap_or_default();
            assert_eq!(ours, model, "{}: {:?} after {event:?}", at(), posting.account);
            if let Account::LoanPrincipal(_) = posting.account {
                assert!(ours >= 0, "{}", at());
            }
        }
        if let Some(payout) = payout {
            assert!(0 < payout.paid && payout.paid <= payout.available, "{}: {} on {}", at(), payout.paid, payout.on);
        }
        self.records_hold(event, posted);
    }

    fn records_hold(&self, event: &Event, posted: &Posted) {
        for change in &posted.entry.changes {
            if let Some(Record::Claim(claim)) = change.after.as_deref() {
                let together: i64 = claim.parts.iter().map(|(_, part)| part.get()).sum();
                assert!(claim.parts.is_empty() || together == claim.loss_fen.get(), "{}: {claim:?}", self.name);
            }
        }
        let Body::Loan { bank, loan, did } = &event.body else { return };
        let at = LoanRef { bank: *bank, loan: *loan };
        let Some(Record::Loan(terms)) = self.books.record(&Key::Loan(at)) else { return };
        let of = match self.books.record(&Key::Borrower(terms.profile.enterprise)) {
            Some(Record::Borrower(borrower)) => *borrower,
            _ => Borrower::default(),
        };
        let in_use = self.model.in_use(at);
        assert_eq!(i128::from(of.line.sums[Borrower::IN_USE]), in_use, "{}: {event:?}", self.name);
        if let (LoanEvent::Granted { renews: None, .. }, Some(grant)) = (did, terms.grant) {
            let line = grant.recommended_fen.filter(|_| grant.rule.is_some());
            assert!(line.is_none_or(|line| in_use <= i128::from(line.get())), "{}: {event:?}", self.name);
        }
    }
}

fn kind(refusal: &Refusal) -> String {
    let text = format!("{refusal:?}");
    text.split([' ', '(']).next().unwrap_or_default().to_owned()
}

/// The same bytes give the same records and the same chain, which holds.
fn replayed(books: Memory) {
    let (digest, head) = (books.state_digest(), books.head());
    books.entries().iter().take(5_000).for_each(|posted| read_back(&posted.entry));
    let bytes: Vec<Vec<u8>> = books.entries().iter().map(|p| p.event.to_bytes()).collect();
    let lines = books.entries().iter().zip(&bytes).map(|(posted, event)| Line {
        seq: posted.entry.seq,
        recorded_at: posted.entry.recorded_at,
        event,
        entry: posted.link.entry,
        hash: posted.link.hash,
    });
    assert_eq!(chain::verify(Head::default(), lines), Ok(head));
    drop(books);
    let (again, line) = match std::env::var_os("LEDGER_EVENTS").is_some() {
        // The best of some: what else runs on the machine makes the others slower.
        true => {
            let best = (0..3).map(|_| timed(&bytes).1).fold(f64::INFINITY, f64::min);
            let (books, last) = timed(&bytes);
            let ns = best.min(last);
            (books, format!("judge, encode and hash: {ns:.0} ns an event, {:.0} events a second", 1e9 / ns))
        }
        false => (Memory::replay(&bytes).expect("it was entered once"), String::new()),
    };
    assert_eq!((again.state_digest(), again.head()), (digest, head));
    if !line.is_empty() {
        say(&line);
    }
}

/// What a store keeps of an entry is read as it was, and so are the texts of its keys and records.
fn read_back(entry: &Entry) {
    let text = serde_json::to_string(entry).expect("JSON");
    let again: Entry = serde_json::from_str(&text).expect("an entry");
    assert_eq!(again.digest(), entry.digest());
    assert_eq!(Entry { findings: entry.findings.clone(), notes: entry.notes.clone(), ..again }, *entry);
    let (packed, changes) = (entry.pack(), entry.changes.iter().map(|change| (change.key, change.after.clone())));
    let did = Did { postings: entry.postings.clone(), changes: changes.collect() };
    assert_eq!((Did::unpack(&packed), Did::postings(&packed)), (Ok(did.clone()), Ok(did.postings)));
    assert!(Did::unpack(&packed[..packed.len() - 1]).is_err());
    for change in &entry.changes {
        assert_eq!(serde_json::from_str::<Key>(&change.key.to_text()).expect("a key"), change.key);
        if let Some(record) = change.after.as_deref() {
            assert_eq!(serde_json::from_str::<Record>(&record.to_text()).expect("a record"), *record);
        }
    }
}

/// As replay, with the nanoseconds an event of judging, encoding and hashing.
///
/// A step that takes half a millisecond was interrupted by another program of the machine and counts as a mean one.
fn timed(bytes: &[Vec<u8>]) -> (Memory, f64) {
    let (mut judging, mut hashing) = (Spent::default(), Spent::default());
    let mut books = Memory::default();
    for bytes in bytes {
        let event = Event::from_bytes(bytes).expect("it was entered once");
        let entry = judging.on(|| ledger::judge(&books, &event).expect("it was entered once"));
        let link = hashing.on(|| chain::link(&books.head(), &event.to_bytes(), &entry));
        assert_eq!(books.apply(&event, entry).link, link);
    }
    let (judging, hashing) = (judging.mean_ns(), hashing.mean_ns());
    say(&format!("judge {judging:.0} ns, encode and hash {hashing:.0} ns"));
    (books, judging + hashing)
}

#[derive(Default)]
struct Spent {
    nanos: u64,
    steps: u64,
}

impl Spent {
    fn on<T>(&mut self, step: impl FnOnce() -> T) -> T {
        let start = std::time::Instant::now();
        let done = step();
        let nanos = start.elapsed().as_nanos() as u64;
        if nanos < 500_000 {
            self.nanos += nanos;
            self.steps += 1;
        }
        done
    }

    fn mean_ns(&self) -> f64 {
        self.nanos as f64 / self.steps.max(1) as f64
    }
}

#[allow(clippy::print_stderr, reason = "a seed that nobody sees repeats nothing")]
fn say(line: &str) {
    eprintln!("{line}");
}
