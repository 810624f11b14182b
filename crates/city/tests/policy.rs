//! What must hold of the policies' events of a city.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use city::{Format, Grain, Options, PolicySummary, simulate};
use ledger::event::{Body, Event, LoanEvent, RatingEvent};
use ledger::life::{benefit, bridge, claim, guarantee, loan, subsidy};
use ledger::state::LoanState;
use ledger::{Key, LoanRef, Memory, Month, Record};
use policy::Code;
use primitives::region::CHANGE_OF_2025;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::sync::LazyLock;

/// A city of moderate size with its ledger, made once.
static CITY: LazyLock<(PolicySummary, Memory)> = LazyLock::new(|| {
    let place = tempfile::tempdir().unwrap();
    let mut options = Options::new(place.path().join("city"));
    (options.enterprises, options.grain, options.format) = (10_000, Grain::Months, Format::Csv);
    let summary = simulate(&options, &|_| ()).unwrap().policy;
    let text = fs::read_to_string(options.out.join("policy/events.jsonl")).unwrap();
    (summary, Memory::replay(text.lines()).unwrap())
});

/// The word of what happened: the key of its JSON, or the text where it has no fields.
fn word(did: impl serde::Serialize) -> String {
    match serde_json::to_value(did).unwrap() {
        serde_json::Value::String(word) => word,
        serde_json::Value::Object(fields) => fields.keys().next().unwrap().clone(),
        other => panic!("{other}"),
    }
}

#[test]
fn an_empty_ledger_takes_every_line_and_comes_to_the_same_end() {
    let (summary, books) = &*CITY;
    assert_eq!(books.len() as u64, summary.events);
    assert_eq!(ledger::Books::head(books), summary.head);
    assert!(summary.events > 40_000, "{summary:?}");
    // Quotas run dry and funds are short, but stories are not written against the rules.
    let refused = summary.refused_by_rule + summary.refused_otherwise;
    assert!(0 < refused && refused * 50 < summary.events, "{summary:?}");
    let sums: i128 = books.balances().values().sum();
    assert_eq!(sums, 0);
}

/// From, step, to as they happened.
fn steps(books: &Memory) -> BTreeSet<(&'static str, String, String, String)> {
    let mut seen = BTreeSet::new();
    let mut loans: HashMap<LoanRef, LoanState> = HashMap::new();
    for posted in books.entries() {
        let mut told = |table, from: Option<&str>, step: String, to: &str| {
            seen.insert((table, from.unwrap_or("").to_owned(), step, to.to_owned()));
        };
        if let Body::Loan { bank, loan, did } = &posted.event.body {
            let at = LoanRef { bank: *bank, loan: *loan };
            let before = loans.get(&at).copied();
            let after = posted.entry.changes.iter().find_map(|c| match (c.key, c.after.as_deref()) {
                (Key::Balance(changed), Some(Record::Balance(b))) if changed == at => Some(b.state),
                _ => None,
            });
            let after = after.or(before).unwrap();
            let ended = |step: &str| if after != LoanState::Lent { format!("{step}_in_full") } else { step.to_owned() };
            let step = match did {
                LoanEvent::Repaid { .. } => ended("repaid"),
                LoanEvent::Renewed { .. } => ended("renewed"),
                LoanEvent::WrittenOff { .. } => ended("written_off"),
                did => word(did),
            };
            told("loan", before.map(Code::code), step, after.code());
        }
        for change in &posted.entry.changes {
            if let (Key::Balance(at), Some(Record::Balance(b))) = (change.key, change.after.as_deref()) {
                loans.insert(at, b.state);
            }
            let (before, after) = (change.before.as_deref(), change.after.as_deref());
            match (&posted.event.body, before, after) {
                (Body::Bridge { did, .. }, Some(Record::Bridge(b)), Some(Record::Bridge(a))) => {
                    told("bridge", Some(b.state.code()), word(did), a.state.code());
                }
                (Body::Guarantee { did, .. }, Some(Record::Guarantee(b)), Some(Record::Guarantee(a))) => {
                    told("guarantee", Some(b.state.code()), word(did), a.state.code());
                }
                (Body::Subsidy { did, .. }, Some(Record::Subsidy(b)), Some(Record::Subsidy(a))) => {
                    let full = a.state == ledger::state::SubsidyState::ClawedBack;
                    let step = word(did) + if full { "_in_full" } else { "" };
                    told("subsidy", Some(b.state.code()), step, a.state.code());
                }
                (Body::Claim { did, .. }, Some(Record::Claim(b)), Some(Record::Claim(a))) => {
                    let passed = if a.state.code() == "refused" { "refused" } else { "passed" };
                    let step = word(did).replace("reviewed", passed);
                    told("claim", Some(b.state.code()), step, a.state.code());
                }
                (Body::Benefit { did, .. }, Some(Record::Benefit(b)), Some(Record::Benefit(a))) => {
                    told("benefit", Some(b.state.code()), word(did), a.state.code());
                }
                _ => {}
            }
        }
    }
    seen
}

#[test]
fn every_step_of_every_life_cycle_is_there() {
    let seen = steps(&CITY.1);
    let mut missing = Vec::new();
    let mut ask = |table: &'static str, from: &str, step: &str, to: &str| {
        if !seen.contains(&(table, from.to_owned(), step.to_owned(), to.to_owned())) {
            missing.push(format!("{table}: {from} {step} {to}"));
        }
    };
    loan::TABLE.iter().for_each(|(s, e, t)| ask("loan", s.code(), e.code(), t.code()));
    bridge::TABLE.iter().for_each(|(s, e, t)| ask("bridge", s.code(), e.code(), t.code()));
    guarantee::TABLE.iter().for_each(|(s, e, t)| ask("guarantee", s.code(), e.code(), t.code()));
    subsidy::TABLE.iter().for_each(|(s, e, t)| ask("subsidy", s.code(), e.code(), t.code()));
    claim::TABLE.iter().for_each(|(s, e, t)| ask("claim", s.code(), e.code(), t.code()));
    benefit::TABLE.iter().for_each(|(s, e, t)| ask("benefit", s.code(), e.code(), t.code()));
    // No rule of the shipped book lets the pool pay without the bank's commitment.
    missing.retain(|line| line != "bridge: applied released released");
    assert_eq!(missing, Vec::<String>::new());
    let kinds: BTreeSet<String> = CITY.1.entries().iter().map(|p| word(&p.event.body)).collect();
    assert_eq!(kinds.len(), 11, "{kinds:?}");
    let kinds: BTreeSet<String> = CITY
        .1
        .entries()
        .iter()
        .filter_map(|p| match &p.event.body {
            Body::Fund { did, .. } => Some(format!("fund {}", word(did))),
            Body::Period { did, .. } => Some(format!("period {}", word(did))),
            Body::Rating { did, .. } => Some(format!("rating {}", word(did))),
            _ => None,
        })
        .collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
}

#[test]
fn districts_are_those_of_the_day_and_names_say_synthetic() {
    let of_change: [u32; 3] = [500_105, 500_112, 500_157];
    let mut told: BTreeMap<(bool, u32), u32> = BTreeMap::new();
    for posted in CITY.1.entries() {
        let Event { request_id, actor, effective_on, body, .. } = &posted.event;
        assert!(request_id.as_str().starts_with("合成") && actor.id.as_str().starts_with("合成"));
        if let Body::Loan { loan, bank, did } = body {
            assert!(loan.as_str().starts_with("合成") && bank.as_str().starts_with("合成"));
            if let LoanEvent::Applied { profile, .. } = did {
                *told.entry((*effective_on >= CHANGE_OF_2025, profile.district.number())).or_default() += 1;
            }
        }
    }
    let [old, new] = [false, true].map(|after| of_change.map(|code| told.get(&(after, code)).copied().unwrap_or(0)));
    assert!(old[0] > 0 && old[1] > 0 && old[2] == 0, "{old:?}");
    assert!(new[0] == 0 && new[1] == 0 && new[2] > 0, "{new:?}");
}

#[test]
fn grades_separate_those_that_fall_behind() {
    let books = &CITY.1;
    let mut behind: BTreeMap<LoanRef, bool> = BTreeMap::new();
    let mut graded: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for (key, record) in books.records() {
        match (key, record) {
            (Key::Status(at, _), Record::Status(s)) => {
                *behind.entry(*at).or_default() |= s.days_past_due >= 90;
            }
            (Key::Loan(at), Record::Loan(_)) => {
                behind.entry(*at).or_default();
            }
            _ => {}
        }
    }
    for (at, bad) in behind {
        let Some(Record::Loan(loan)) = books.record(&Key::Loan(at)) else { panic!("{at:?} has no terms") };
        let Some(grade) = loan.grant.and_then(|g| g.grade) else { continue };
        let of = graded.entry(grade.to_string()).or_default();
        *of = (of.0 + 1, of.1 + u32::from(bad));
    }
    let share = |grades: &[&str]| {
        let (all, bad) = grades.iter().map(|g| graded[*g]).fold((0, 0), |(a, b), (n, k)| (a + n, b + k));
        f64::from(bad) / f64::from(all)
    };
    let (best, middle, last) = (share(&["AAA", "AA"]), share(&["A"]), share(&["BBB", "BB"]));
    assert!(best < middle && middle < last && last > 2.5 * best.max(0.002), "{best} {middle} {last} {graded:?}");
    assert!(last < 0.3, "{graded:?}");
}

#[test]
fn months_close_behind_the_events_and_something_is_told_late() {
    let (mut closed, mut late) = (0, 0);
    for posted in CITY.1.entries() {
        let event = &posted.event;
        closed += u32::from(matches!(event.body, Body::Period { .. }));
        late += u32::from(event.recorded_at.beijing_day().unwrap() > event.effective_on);
        if let Body::Rating { did: RatingEvent::Issued { .. }, .. } = event.body {
            assert!(Month::of(event.effective_on) >= "2022-01".parse().unwrap());
        }
    }
    assert!(closed > 47 && late > 1_000, "{closed} {late}");
}
