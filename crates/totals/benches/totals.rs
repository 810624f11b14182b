//! Totals over made loans: how long a question takes, cold, as known now and as known at a past recorded time, what a restart
//! takes, and how all of that grows with the number of loans.
//!
//! Events are pushed as the ledger's lines would be, without being judged: the judgement is not what is measured. Each
//! question is another one (two dimensions, a filter on a third in two of three cases, days at random), so no answer was
//! computed before.
//!
//! ```text
//! cargo bench -p totals -- --loans 1000000 --questions 200 --file totals.bin
//! ```

#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../../../benches/src/clock.rs"]
#[allow(dead_code, unreachable_pub, reason = "the benches' own crate uses all of it")]
mod clock;

use chrono::{Days, NaiveDate};
use clock::{cpu_seconds, peak_mib, thread_cpu_seconds};
use ledger::event::*;
use ledger::{Account, BankId, Month, Posting};
use policy::credit_line::Label;
use policy::{Bank, Borrower, Code, Product, Size};
use primitives::region::regions_on;
use primitives::{CreditCode, Digest, Fen, Ppm, RegionCode};
use std::time::{Duration, Instant};
use totals::{Books, Dimension, Figure, Nature, Query};

/// A generator of numbers (xorshift), so that a seed says all.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % n.max(1)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// One that each event of a city would name.
struct City {
    random: Random,
    first: NaiveDate,
    banks: Vec<BankId>,
    districts: Vec<RegionCode>,
    industries: Vec<primitives::Industry>,
    model: Digest,
    enterprises: u64,
}

/// What happens to one loan, by day.
type Story = Vec<(NaiveDate, Body)>;

impl City {
    fn new(loans: u64) -> Self {
        let first = day("2021-11-01");
        let sections = primitives::industry::SECTIONS.iter();
        Self {
            random: Random(0x2024_0506_1111_2222),
            first,
            banks: (0..24).map(|n| format!("bank{n}").parse().expect("an id")).collect(),
            districts: regions_on(first).map(|r| r.code).collect(),
            industries: sections
                .map(|s| format!("{}{:02}", s.letter, s.divisions.start()).parse().expect("one"))
                .collect(),
            model: Digest::sha256(b"model"),
            enterprises: (loans / 3).max(1),
        }
    }

    fn loan(&mut self, number: u64) -> Story {
        let random = &mut self.random;
        let applied = self.first + Days::new(random.below(1_440));
        let code = format!("91500000{:09}", random.below(self.enterprises));
        let enterprise = CreditCode::complete(&code).expect("a code");
        let (bank, loan) = (random.pick(&self.banks), format!("L{number}").parse().expect("an id"));
        let rating = format!("R{number}").parse().expect("an id");
        let of = |did| Body::Loan { bank, loan, did };
        let amount = 10_000_000 + random.below(290_000_000) as i64;
        let grade = ["AAA", "AA", "A", "BBB", "BB", "B"][random.below(6) as usize].parse().expect("an id");
        let profile = Profile {
            enterprise,
            borrower: Borrower::Enterprise,
            district: random.pick(&self.districts),
            industry: random.pick(&self.industries),
            size: Some(random.pick(Size::ALL)),
            label: Label::None,
            zone: (random.below(10) == 0).then(|| "hightech".parse().expect("a zone")),
        };
        let scheme =
            random.pick(&[Scheme::CommercialValue, Scheme::CommercialValue, Scheme::Guaranteed, Scheme::Ordinary]);
        let asked = LoanEvent::Applied {
            profile,
            bank_kind: Bank::CommercialBank,
            product: random.pick(Product::ALL),
            scheme,
            requested_fen: Fen::new(amount),
        };
        let mut story = vec![(applied, of(asked))];
        let complete = applied + Days::new(random.below(10));
        story.push((complete, of(LoanEvent::Completed)));
        let decided = complete + Days::new(1 + random.below(20));
        if random.below(5) == 0 {
            story.push((decided, of(LoanEvent::Declined { reason: random.pick(DeclineReason::ALL) })));
            return story;
        }
        let issued = RatingEvent::Issued {
            enterprise,
            model: self.model.clone(),
            score: 700,
            grade,
            recommended_fen: Some(Fen::new(amount + random.below(20_000_000) as i64)),
            valid_from: applied,
            valid_to: applied + Days::new(365),
            negative_hit: false,
            pd_ppm: Some(Ppm::new(10_000 + random.below(90_000) as i64)),
        };
        story.push((decided, Body::Rating { rating, did: issued }));
        let granted = LoanEvent::Granted {
            amount_fen: Fen::new(amount),
            annual_rate_ppm: Ppm::new(35_000 + random.below(20_000) as i64),
            term_months: 12,
            rating: Some(rating),
            renews: None,
            district: None,
        };
        story.push((decided, of(granted)));
        let paid = decided + Days::new(random.below(15));
        story.push((paid, of(LoanEvent::Disbursed { amount_fen: Fen::new(amount) })));
        let half = amount / 2;
        let due = [paid + Days::new(180), paid + Days::new(365)];
        let instalment = |due_on, fen| Instalment { due_on, principal_fen: Fen::new(fen) };
        let instalments = vec![instalment(due[0], half), instalment(due[1], amount - half)];
        story.push((paid, of(LoanEvent::Scheduled { instalments })));
        // Some pay late, and a few never.
        for (due, fen) in due.into_iter().zip([half, amount - half]) {
            let late = match random.below(50) {
                0 => break,
                1..=3 => random.below(120),
                _ => 0,
            };
            story.push((due + Days::new(late), of(LoanEvent::Repaid { principal_fen: Fen::new(fen) })));
        }
        if random.below(20) == 0 {
            let status =
                LoanEvent::Status { month: Month::of(due[1]), days_past_due: 0, category: random.pick(Category::ALL) };
            story.push((due[1] + Days::new(31), of(status)));
        }
        story
    }
}

/// The books after all events up to a day, and how long the pushes took.
fn books(loans: u64, until: NaiveDate) -> (Books, Duration) {
    let mut city = City::new(loans);
    let actor = Actor { id: "p".parse().expect("an id"), office: Office::Platform };
    let request_id: ledger::RequestId = "r".parse().expect("an id");
    let mut books = Books::default();
    let mut spent = Duration::ZERO;
    let mut seq = 0;
    // Loans of a stretch together, their events by day: all at once would take as much memory as the books. Recorded times
    // go on, so what is told of earlier days comes late, as it does in files.
    const STRETCH: u64 = 100_000;
    let mut clock = 1_600_000_000_000_000_i64;
    for first in (0..loans).step_by(STRETCH as usize) {
        let stories = (first..loans.min(first + STRETCH)).map(|number| city.loan(number));
        let mut events: Vec<(NaiveDate, Body)> = stories.flatten().filter(|(on, _)| *on <= until).collect();
        events.sort_by_key(|(on, _)| *on);
        let start = Instant::now();
        for (effective_on, body) in events {
            seq += 1;
            clock += 1_000_000;
            let mut postings = Vec::new();
            if let Body::Loan { bank, did: LoanEvent::Disbursed { amount_fen }, .. } = &body {
                postings.push(Posting { account: Account::Quota(*bank), amount_fen: amount_fen.get() / 50 });
            }
            let event = Event { request_id, actor, effective_on, recorded_at: UnixMicros(clock), body };
            books.push(seq, event.recorded_at, &event, &postings).expect("a line");
        }
        spent += start.elapsed();
    }
    (books, spent)
}

fn question(random: &mut Random, words: &[(Dimension, Vec<String>)], until: NaiveDate, figures: &[Figure]) -> Query {
    let mut order: Vec<usize> = (0..7).collect();
    for at in (1..7).rev() {
        order.swap(at, random.below(at as u64 + 1) as usize);
    }
    let by = vec![words[order[0]].0, words[order[1]].0];
    let mut filter = Vec::new();
    if random.below(3) > 0 {
        let (dimension, codes) = &words[order[2]];
        let some: Vec<String> = codes.iter().filter(|_| random.below(2) == 0).cloned().collect();
        filter.push((*dimension, if some.is_empty() { codes.clone() } else { some }));
    }
    let to = until - Days::new(random.below(900));
    let from = to - Days::new(30 + random.below(700));
    Query { by, filter, figures: figures.to_vec(), ..Query::new(from, to) }
}

/// Wall and processor seconds of questions.
#[derive(Default)]
struct Times {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, seconds) in [("wall", &self.wall), ("; processor", &self.cpu)] {
            let mut sorted = seconds.clone();
            sorted.sort_by(f64::total_cmp);
            let at = |share: usize| sorted[(sorted.len() - 1) * share / 100] * 1e3;
            write!(f, "{name} p50 {:.1} p99 {:.1} max {:.1} ms", at(50), at(99), at(100))?;
        }
        Ok(())
    }
}

fn timed(books: &Books, queries: &[Query]) -> (Times, usize) {
    let (mut rows, mut times) = (0, Times::default());
    for query in queries {
        let (cpu, start) = (thread_cpu_seconds().unwrap_or(f64::NAN), Instant::now());
        let table = books.table(query).expect("an answer");
        times.wall.push(start.elapsed().as_secs_f64());
        times.cpu.push(thread_cpu_seconds().unwrap_or(f64::NAN) - cpu);
        rows += table.rows.len();
    }
    (times, rows)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let of = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).cloned();
    let number = |name: &str, default: u64| of(name).map_or(default, |text| text.parse().expect("a number"));
    let (loans, questions) = (number("--loans", 1_000_000), number("--questions", 200));
    let file = of("--file").map_or_else(|| std::env::temp_dir().join("totals.bin"), Into::into);
    let until = day("2025-10-31");

    let (mut books, pushed) = books(loans, until);
    let events = books.seq();
    println!(
        "{loans} loans, {events} events, {} facts; push {:.0} ns an event",
        books.facts(),
        pushed.as_nanos() as f64 / events as f64
    );
    let (cpu, start) = (cpu_seconds().unwrap_or(f64::NAN), Instant::now());
    books.settle();
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds().unwrap_or(f64::NAN) - cpu);
    println!("settle: wall {wall:.2} s, processor {cpu:.2} s");

    let texts = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect::<Vec<String>>();
    let words: Vec<(Dimension, Vec<String>)> = vec![
        (Dimension::District, regions_on(until).map(|r| r.code.to_string()).collect()),
        (Dimension::Bank, (0..24).map(|n| format!("bank{n}")).collect()),
        (Dimension::Industry, primitives::industry::SECTIONS.iter().map(|s| s.letter.to_string()).collect()),
        (Dimension::Size, Size::ALL.iter().map(|s| s.code().to_owned()).collect()),
        (Dimension::Grade, texts(&["AAA", "AA", "A", "BBB", "BB", "B", ""])),
        (Dimension::Product, Product::ALL.iter().map(|p| p.code().to_owned()).collect()),
        (Dimension::Tool, texts(&["commercial_value", "guaranteed", "ordinary", "risk_compensation"])),
    ];
    let mut random = Random(0x1357_9bdf_0246_8ace);
    let sums: Vec<Figure> = Figure::ALL
        .iter()
        .copied()
        .filter(|f| matches!(f.nature(), Nature::Flow) || *f == Figure::Balance || *f == Figure::MeanRate)
        .collect();
    for (name, figures) in [("sums (flows, balance, mean rate)", sums.as_slice()), ("all figures", Figure::ALL)] {
        let queries: Vec<Query> = (0..questions).map(|_| question(&mut random, &words, until, figures)).collect();
        let (times, rows) = timed(&books, &queries);
        println!("now, {name}: {} ({rows} rows)", times);
    }
    // A recorded time of the past: the same as books that end there.
    let line = events / 2;
    let at = UnixMicros(1_600_000_000_000_000 + line as i64 * 1_000_000);
    let past: Vec<Query> = (0..questions.min(60))
        .map(|_| Query { recorded_at: Some(at), ..question(&mut random, &words, until, Figure::ALL) })
        .collect();
    let (times, rows) = timed(&books, &past);
    println!("at a past recorded time, all figures: {} ({rows} rows)", times);
    // A year's page: all figures by month, and by district.
    let year = Query::new(day("2024-01-01"), day("2024-12-31"));
    for by in [Dimension::Month, Dimension::District] {
        let page = Query { by: vec![by], ..year.clone() };
        let (times, _) = timed(&books, &vec![page; 5]);
        println!("page of 2024 by {by}: {}", times);
    }

    let start = Instant::now();
    books.save(std::fs::File::create(&file).expect("a file"), &[0; 32]).expect("a file");
    let size = std::fs::metadata(&file).expect("a file").len();
    println!("save {:.2} s, {:.0} MB", start.elapsed().as_secs_f64(), size as f64 / 1e6);
    let answers: Vec<_> = past.iter().take(10).map(|q| books.table(q).expect("an answer")).collect();
    drop(books);
    let (cpu, start) = (cpu_seconds().unwrap_or(f64::NAN), Instant::now());
    let (loaded, _) = Books::load(std::fs::File::open(&file).expect("a file")).expect("what was saved");
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds().unwrap_or(f64::NAN) - cpu);
    println!("restart: wall {wall:.2} s, processor {cpu:.2} s; peak {:.0} MiB", peak_mib().unwrap_or(f64::NAN));
    for (query, answer) in past.iter().zip(answers) {
        assert_eq!(loaded.table(query).expect("an answer"), answer, "what was loaded answers otherwise");
    }
    let _ = std::fs::remove_file(&file);
}
