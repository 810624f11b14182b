//! Random events, random questions, and a second model that answers them too.
//!
//! For each question, at a random recorded time:
//! 1. every figure of every row and of the total is the model's, which takes the events up to that time only;
//! 2. books that were never settled, that were settled, and that end at that time give the same table;
//! 3. what adds up is the sum of its rows, by any dimension.
//!
//! `TOTALS_EVENTS`, `TOTALS_QUESTIONS` and `TOTALS_SEED` make another run.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../../ledger/tests/random/events.rs"]
mod events;
mod second;

use chrono::Days;
use common::{Random, actor, body, noon, of_loan, record};
use events::Maker;
use ledger::event::{Body, Category, DeclineReason, Event, LoanEvent, Scheme};
use ledger::{Key, LoanRef, Memory, Posted, Record};
use policy::Code;
use second::{Model, Rows};
use serde_json::{Value, json};
use std::sync::Arc;
use totals::{Books, Dimension, Figure, Nature, Query, Table, Value as Figured};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The events of the ledger's own test have one industry, one reason to decline, one class, and always a size.
fn varied(mut event: Event, random: &mut Random) -> Event {
    let Body::Loan { did, .. } = &mut event.body else { return event };
    match did {
        LoanEvent::Applied { profile, scheme, .. } => {
            let industries = ["C3511", "F52", "I6513", "A011"];
            profile.industry = industries[random.below(4) as usize].parse().expect("an industry");
            if *scheme == Scheme::Ordinary && random.one_in(2) {
                profile.size = None;
            }
        }
        LoanEvent::Declined { reason } => *reason = *random.pick(DeclineReason::ALL).expect("a reason"),
        LoanEvent::Status { category, .. } => *category = *random.pick(Category::ALL).expect("a class"),
        // Some more decline than the ledger's own test needs.
        LoanEvent::Granted { .. } if random.one_in(8) => {
            *did = LoanEvent::Declined { reason: *random.pick(DeclineReason::ALL).expect("a reason") };
        }
        _ => {}
    }
    event
}

fn ledger(seed: u64, planned: u64) -> Memory {
    let mut random = Random::new(seed ^ 0x5eed);
    let mut maker = Maker::new(seed, planned * 3 / 2);
    let mut ledger = Memory::default();
    while (ledger.len() as u64) < planned {
        let event = varied(maker.next(&ledger), &mut random);
        let _ = ledger.append(&event);
        if random.one_in(80) {
            renewed(&mut ledger, &mut random, &maker.today.to_string());
        }
    }
    ledger
}

/// A loan of some day is repaid by a new one, or written off and recovered in part: what random steps hardly ever come to.
fn renewed(ledger: &mut Memory, random: &mut Random, today: &str) {
    let paid_out = |p: &Arc<Posted>| match &p.event.body {
        Body::Loan { bank, loan, did: LoanEvent::Disbursed { .. } } => Some(LoanRef { bank: *bank, loan: *loan }),
        _ => None,
    };
    let loans: Vec<LoanRef> = ledger.entries().iter().rev().take(600).filter_map(paid_out).collect();
    let Some(&old) = random.pick(&loans) else { return };
    let (Some(Record::Balance(balance)), Some(Record::Loan(terms))) =
        (record(ledger, &Key::Balance(old)), record(ledger, &Key::Loan(old)))
    else {
        return;
    };
    let owed = balance.disbursed_fen.get() - balance.repaid_fen.get() - balance.written_off_fen.get();
    let (bank, loan, new) = (old.bank.to_string(), old.loan.to_string(), format!("N{}", ledger.len()));
    let mut tell = |loan: &str, did: Value| {
        let event = Event {
            request_id: format!("n{}-{}", ledger.len(), random.next()).parse().expect("an id"),
            actor: actor(&format!("bank:{bank}/li")),
            effective_on: today.parse().expect("a day"),
            recorded_at: noon(today),
            body: body(of_loan(&bank, loan, did)),
        };
        ledger.append(&event).is_ok()
    };
    let part = owed / 2;
    if part % 3 == 0 {
        let off = tell(&loan, json!({ "written_off": { "principal_fen": part } }));
        let _ = off && tell(&loan, json!({ "recovered": { "principal_fen": part / 3 } }));
        return;
    }
    let profile = &terms.profile;
    let _ = tell(
        &new,
        json!({ "applied": {
        "profile": profile, "bank_kind": "commercial_bank", "product": "supply_chain", "scheme": "ordinary",
        "requested_fen": owed + 1,
    } }),
    ) && tell(&new, json!("completed"))
        && tell(
            &new,
            json!({ "granted": {
            "amount_fen": owed + 1, "annual_rate_ppm": 39_500, "term_months": 12, "rating": null,
            "renews": { "loan": loan, "part_fen": part }, "district": null,
        } }),
        )
        && tell(&new, json!({ "disbursed": { "amount_fen": owed } }))
        && tell(&loan, json!({ "renewed": { "new_loan": new, "part_fen": part } }));
}

fn push(books: &mut Books, posted: &[Arc<Posted>]) {
    for p in posted {
        books.push(p.entry.seq, p.entry.recorded_at, &p.event, &p.entry.postings).expect("a line of the ledger");
    }
}

fn question(random: &mut Random, ledger: &Memory) -> Query {
    let first = "2021-12-15".parse::<chrono::NaiveDate>().expect("a day");
    let (a, b) = (first + Days::new(random.below(1_900)), first + Days::new(random.below(1_900)));
    let mut by = Vec::new();
    for _ in 0..random.below(4) {
        let dimension = *random.pick(Dimension::ALL).expect("a dimension");
        if !by.iter().any(|d: &Dimension| *d == dimension || d.is_time() && dimension.is_time()) {
            by.push(dimension);
        }
    }
    let mut filter = Vec::new();
    for _ in 0..random.below(3) {
        const SOME: [(Dimension, &[&str]); 9] = [
            (Dimension::District, &["500103", "500112", "500157"]),
            (Dimension::District, &["500109", ""]),
            (Dimension::Bank, &["icbc", "abc"]),
            (Dimension::Industry, &["C", ""]),
            (Dimension::Size, &["small", ""]),
            (Dimension::Grade, &["", "A", "AA"]),
            (Dimension::Product, &["pure_credit"]),
            (Dimension::Tool, &["commercial_value", "risk_compensation", "bridge_loan"]),
            (Dimension::Zone, &["hightech", ""]),
        ];
        let (dimension, codes) = *random.pick(&SOME).expect("a filter");
        let some: Vec<String> = codes.iter().filter(|_| !random.one_in(3)).map(|c| (*c).to_owned()).collect();
        filter.push((dimension, some));
    }
    let recorded_at = (!random.one_in(3)).then(|| {
        let entries = ledger.entries();
        entries[random.below(entries.len() as u64) as usize].entry.recorded_at
    });
    let mut figures: Vec<Figure> = Figure::ALL.to_vec();
    if random.one_in(4) {
        figures.retain(|_| random.one_in(8));
    }
    if figures.is_empty() {
        figures.push(Figure::Balance);
    }
    Query { by, filter, from: a.min(b), to: a.max(b), recorded_at, figures }
}

#[test]
fn figures_agree_with_a_second_model() {
    let (planned, seed) = (setting("TOTALS_EVENTS", 6_000), setting("TOTALS_SEED", 6));
    let questions = setting("TOTALS_QUESTIONS", 40);
    let ledger = ledger(seed, planned);
    let mut plain = Books::default();
    push(&mut plain, ledger.entries());
    let mut settled = plain.clone();
    settled.settle_above(4);
    // Settled long ago: what came since is read as it stands.
    let mut partly = Books::default();
    let (before, after) = ledger.entries().split_at(ledger.len() * 2 / 3);
    push(&mut partly, before);
    partly.settle_above(4);
    push(&mut partly, after);
    let moved_on = moved_on(ledger.entries());
    let loaded = saved_and_loaded(&plain);
    let mut random = Random::new(seed);
    let mut not_empty = vec![0; Figure::ALL.len()];
    for number in 0..questions {
        let query = question(&mut random, &ledger);
        let name = format!("seed {seed}, question {number}: {query:?}");
        let known = query.recorded_at.map_or(u64::MAX, |at| plain.known_at(at));
        let then = &ledger.entries()[..ledger.len().min(known as usize)];
        let table = plain.table(&query).expect("an answer");
        same(&table, &Model::of(then).answer(&query), &name);
        assert_eq!(settled.table(&query).expect("an answer"), table, "{name}");
        assert_eq!(partly.table(&query).expect("an answer"), table, "{name}");
        assert_eq!(loaded.table(&query).expect("an answer"), table, "{name}");
        assert_eq!(moved_on.table(&query).expect("an answer"), table, "{name}");
        let mut ended = Books::default();
        push(&mut ended, then);
        ended.settle_above(1);
        let last = ended.table(&Query { recorded_at: None, ..query.clone() }).expect("an answer");
        assert_eq!((last.rows, last.total), (table.rows.clone(), table.total.clone()), "{name}");
        adds_up(&settled, &query, &table, &name);
        for (figure, value) in table.figures.iter().zip(&table.total) {
            not_empty[*figure as usize] += usize::from(!value.is_empty());
        }
    }
    // A figure that is always nothing has not been tested; few events make few of some.
    if planned >= 6_000 && questions >= 40 {
        let never: Vec<_> = Figure::ALL.iter().filter(|f| not_empty[**f as usize] == 0).collect();
        // The calendar has all years of the events.
        let rare = [Figure::ApprovalUnknown];
        assert!(never.iter().all(|f| rare.contains(f)), "never anything but nothing: {never:?}");
    }
}

#[test]
fn tables_of_loans_agree_with_a_second_model() {
    let (planned, seed) = (setting("TOTALS_EVENTS", 6_000), setting("TOTALS_SEED", 11));
    let ledger = ledger(seed, planned);
    let mut books = Books::default();
    push(&mut books, ledger.entries());
    books.settle_above(64);
    let (moved_on, mut plain) = (moved_on(ledger.entries()), Books::default());
    push(&mut plain, ledger.entries());
    let mut random = Random::new(seed);
    let (mut bad, mut differ, mut inclusive) = (0, 0, 0);
    for number in 0..setting("TOTALS_QUESTIONS", 40) / 4 {
        let known = if number % 2 == 0 { ledger.len() } else { random.below(ledger.len() as u64) as usize + 1 };
        // The last line of a recorded time: what came with it is known too.
        let at = ledger.entries()[known - 1].entry.recorded_at;
        let model = Model::of(&ledger.entries()[..books.known_at(at) as usize]);
        let first = "2022-06-30".parse::<chrono::NaiveDate>().expect("a day");
        let on = first + Days::new(random.below(1_400));
        let query = Query::new(first - Days::new(200), on).recorded_at(at);
        let name = format!("seed {seed}, question {number}: {on}, {at:?}");

        // Made once, moved on line by line, and not made at all: loans stand alike.
        for other in [&moved_on, &plain] {
            let by = Some(Dimension::ALL[random.below(8) as usize]);
            assert_eq!(other.inclusive(by, &query).ok(), books.inclusive(by, &query).ok(), "{name}");
            assert_eq!(other.vintages(&query).ok(), books.vintages(&query).ok(), "{name}");
            let month = ledger::Month::of(on);
            assert_eq!(other.rolls(month, &query).ok(), books.rolls(month, &query).ok(), "{name}");
            assert_eq!(other.defaults(on, &query).ok(), books.defaults(on, &query).ok(), "{name}");
        }
        let lines = books.inclusive(None, &query).expect("an answer");
        let lines: Vec<_> = lines.iter().map(|l| (l.authority, l.loans, l.borrowers, l.balance_fen)).collect();
        assert!(lines.is_empty() || lines == model.inclusive(on), "{name}: {lines:?}");
        inclusive += lines.iter().map(|l| l.1).sum::<i128>();

        let vintages = books.vintages(&query).expect("an answer");
        for months in [0, 3, 9] {
            let model = model.vintages(on, months);
            assert_eq!(vintages.len(), model.len(), "{name}");
            for line in &vintages {
                let (lent, of_them) = model[&line.quarter];
                assert_eq!(line.disbursed_fen, lent, "{name}");
                if let Some(fen) = line.bad_fen.get(months as usize) {
                    assert_eq!(*fen, of_them, "{name}: {} after {months}", line.quarter);
                    bad += i128::from(*fen > 0);
                }
            }
        }

        let month = ledger::Month::of(on);
        let rolls = books.rolls(month, &query).expect("an answer");
        let rolls: Vec<_> = rolls.iter().map(|r| ((r.from, r.to), (r.loans, r.owed_fen))).collect();
        assert_eq!(rolls, model.rolls(month).into_iter().collect::<Vec<_>>(), "{name}");

        let later = on + Days::new(random.below(500));
        let lines = books.defaults(later, &query).expect("an answer");
        let lines: Vec<_> = lines
            .iter()
            .map(|l| (l.grade.clone(), [l.loans, l.bads, l.immature, l.rated, l.rated_bads, l.expected_ppm]))
            .collect();
        assert_eq!(lines, model.defaults(query.from, on, later).into_iter().collect::<Vec<_>>(), "{name}");

        let lines = books.quotas(on, Some(at)).expect("an answer");
        let sums = |l: &totals::QuotaLine| [l.accrued_fen, l.used_fen, l.recovered_fen, l.balance_fen];
        let lines_sums: Vec<_> = lines.iter().map(|l| (l.bank.clone(), sums(l))).collect();
        assert_eq!(lines_sums, model.quotas(on).into_iter().collect::<Vec<_>>(), "{name}");
        for line in &lines {
            let (accrued, used, cap) = (line.accrued_fen, line.used_fen, line.balance_fen / 25);
            let expect = [(accrued - used).max(0).min(cap), (accrued.min(cap) - used).max(0)];
            assert_eq!(line.available_fen.map(|(_, fen)| fen), expect, "{name}");
        }

        let lines = books.status_differences(month, &query).expect("an answer");
        let lines: Vec<_> = lines.iter().map(|l| (l.bank.clone(), (l.differ, l.class_too_good))).collect();
        differ += lines.len();
        assert_eq!(lines, model.differences(month).into_iter().collect::<Vec<_>>(), "{name}");

        if on < "2023-01-01".parse().expect("a day") {
            let plan = books.plan(on, Some(at)).expect("a plan");
            let of = |code: &str| plan.iter().find(|p| p.target.code == code).expect("a target");
            let (from, to) = of("trained").over;
            assert_eq!(of("trained").reached, model.reported("trained", from, on.min(to)), "{name}");
            let time = (on - from).num_days() + 1;
            let all = (to - from).num_days() + 1;
            let ratio = Figured::Ratio { numerator: time.into(), denominator: all.into() };
            assert_eq!(of("trained").time, ratio, "{name}");
        }
    }
    assert!(bad > 0 && differ > 0 && inclusive > 0, "the run says too little: {bad} {differ} {inclusive}");
}

/// Books that take a few lines at a time, and settle after most of them.
fn moved_on(entries: &[Arc<Posted>]) -> Books {
    let mut books = Books::default();
    for (nth, some) in entries.chunks(61).enumerate() {
        push(&mut books, some);
        if nth % 5 > 0 {
            books.settle_above(nth % 3);
        }
    }
    books
}

/// What was loaded is saved as the same bytes, and takes the lines that come.
fn saved_and_loaded(books: &Books) -> Books {
    let save = |books: &Books| {
        let mut bytes = Vec::new();
        books.save(&mut bytes, &[7; 32]).expect("memory takes all");
        bytes
    };
    let bytes = save(books);
    let (loaded, chain) = Books::load(bytes.as_slice()).expect("what was saved");
    assert_eq!((chain, save(&loaded) == bytes), ([7; 32], true));
    loaded
}

#[test]
fn books_that_were_loaded_go_on() {
    let ledger = ledger(7, 2_000);
    let (before, after) = ledger.entries().split_at(1_000);
    let mut books = Books::default();
    push(&mut books, before);
    let mut loaded = saved_and_loaded(&books);
    push(&mut books, after);
    push(&mut loaded, after);
    let save = |books: &Books| {
        let mut bytes = Vec::new();
        books.save(&mut bytes, &[0; 32]).map(|()| bytes).expect("memory takes all")
    };
    assert!(save(&books) == save(&loaded));
}

#[test]
fn a_file_that_was_changed_is_refused() {
    let ledger = ledger(3, 30);
    let mut books = Books::default();
    push(&mut books, ledger.entries());
    let mut bytes = Vec::new();
    books.save(&mut bytes, &[1; 32]).expect("memory takes all");
    for at in 0..bytes.len() {
        bytes[at] ^= 0x10;
        assert!(Books::load(bytes.as_slice()).is_err(), "byte {at}");
        bytes[at] ^= 0x10;
    }
    for len in 0..bytes.len() {
        assert!(Books::load(&bytes[..len]).is_err(), "{len} bytes");
    }
    bytes.push(0);
    assert!(Books::load(bytes.as_slice()).is_err());
}

fn same(table: &Table, (rows, total): &(Rows, Vec<Figured>), name: &str) {
    let ours: Rows = table.rows.iter().map(|row| (row.codes.clone(), row.values.clone())).collect();
    assert_eq!(ours.keys().collect::<Vec<_>>(), rows.keys().collect::<Vec<_>>(), "{name}");
    let all = rows.iter().map(|(codes, values)| (codes.clone(), values, &ours[codes]));
    for (codes, model, values) in all.chain([(Vec::new(), total, &table.total)]) {
        for ((figure, model), value) in table.figures.iter().zip(model).zip(values) {
            assert_eq!(value, model, "{figure} of {codes:?} in {name}");
        }
    }
}

/// What adds up is the sum of its rows: over attributes, and for flows over time too.
fn adds_up(books: &Books, query: &Query, table: &Table, name: &str) {
    let by_time = query.by.iter().any(|d| d.is_time());
    for (at, figure) in table.figures.iter().enumerate() {
        let adds = match figure.nature() {
            Nature::Flow => true,
            Nature::Stock => !by_time,
            Nature::Distinct | Nature::Ratio => false,
        };
        let whole = |value: &Figured| if let Figured::Whole(n) = value { *n } else { 0 };
        if adds && !query.by.is_empty() {
            let sum: i128 = table.rows.iter().map(|row| whole(&row.values[at])).sum();
            assert_eq!(sum, whole(&table.total[at]), "{figure} in {name}");
        }
        if figure.nature() == Nature::Distinct && !by_time && !query.by.is_empty() {
            let sum: i128 = table.rows.iter().map(|row| whole(&row.values[at])).sum();
            assert_eq!(table.overlap[at], Some(sum - whole(&table.total[at])), "{figure} in {name}");
            assert!(sum >= whole(&table.total[at]), "{figure} in {name}");
        }
    }
    // A row parted once more is the sum of its parts.
    if let (Some(row), false) = (table.rows.first(), by_time) {
        let of_row = query.by.iter().zip(&row.codes).map(|(d, code)| (*d, vec![code.clone()]));
        let filter = query.filter.iter().cloned().chain(of_row).collect();
        let parts = books.table(&Query { by: vec![Dimension::Bank], filter, ..query.clone() }).expect("an answer");
        assert_eq!(parts.total, row.values, "{name}");
    }
}
