use crate::common::Random;
use crate::events::Maker;
use crate::house::{is_refused, lent, on};
use crate::office::Office;
use ::ledger::Memory;
use ::totals::{Books, Dimension, Query, Value as Figured};
use api::ledger::v1::totals_value::Value;
use api::ledger::v1::*;
use policy::Code as _;
use tonic::Code;

fn asked(by: &[TotalsDimension], figures: &[&str]) -> GetTotalsRequest {
    GetTotalsRequest {
        by: by.iter().map(|d| i32::from(*d)).collect(),
        figures: figures.iter().map(|f| (*f).to_owned()).collect(),
        starts_on: on("2026-01-01"),
        ends_on: on("2026-06-30"),
        ..GetTotalsRequest::default()
    }
}

fn wholes(values: &[TotalsValue]) -> Vec<i64> {
    let whole = |v: &TotalsValue| match v.value {
        Some(Value::Whole(n)) => n,
        _ => panic!("{v:?} is no whole number"),
    };
    values.iter().map(whole).collect()
}

pub async fn totals_are_those_that_the_caller_may_see(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, b) = (server.client("bank-a").await, server.client("bank-b").await);
    let (bureau, district) = (server.client("bureau").await, server.client("district-500103").await);
    server.rated("R1", 1, "2026-01-05").await;
    server.rated("R2", 2, "2026-01-05").await;
    lent(&a, "L1", "2026-02-02", 1, 100, "R1").await;
    lent(&b, "L1", "2026-03-02", 1, 40, "R1").await;
    lent(&b, "L2", "2026-03-03", 2, 60, "R2").await;
    let figures = ["disbursed", "balance", "enterprises_served"];
    let by_bank = asked(&[TotalsDimension::Bank], &figures);
    let all = bureau.call(by_bank.clone()).await.unwrap();
    // What was told before is in it; one enterprise at two banks is one.
    let rows: Vec<_> = all.rows.iter().map(|r| (r.codes[0].as_str(), wholes(&r.values))).collect();
    assert_eq!(rows, [("bank-a", vec![100, 100, 1]), ("bank-b", vec![100, 100, 2])]);
    assert_eq!((wholes(&all.total), all.overlap.as_slice()), (vec![200, 200, 2], &[0, 0, 1][..]));
    // A bank sees its own, also where it asks for another's.
    let own = b.call(by_bank.clone()).await.unwrap();
    assert_eq!(own.rows.iter().map(|r| r.codes[0].as_str()).collect::<Vec<_>>(), ["bank-b"]);
    assert_eq!(wholes(&own.total), [100, 100, 2]);
    let filter = |dimension: TotalsDimension, code: &str| {
        vec![TotalsFilter { dimension: dimension.into(), codes: vec![code.to_owned()] }]
    };
    let theirs = GetTotalsRequest { filters: filter(TotalsDimension::Bank, "bank-a"), ..by_bank.clone() };
    let none = GetTotalsRequest { filters: filter(TotalsDimension::Bank, "bank-z"), ..by_bank.clone() };
    let (theirs, none) = (b.call(theirs).await.unwrap(), b.call(none).await.unwrap());
    assert_eq!(theirs, none);
    assert!(theirs.rows.is_empty() && wholes(&theirs.total) == [0, 0, 0]);
    // So does a district.
    let here = district.call(asked(&[TotalsDimension::District], &figures)).await.unwrap();
    assert_eq!(wholes(&here.total), [200, 200, 2], "all of these are in it");
    let elsewhere = GetTotalsRequest {
        filters: filter(TotalsDimension::District, "500104"),
        ..asked(&[TotalsDimension::District], &figures)
    };
    assert!(district.call(elsewhere).await.unwrap().rows.is_empty());
    // As it was known before there was anything.
    let before = GetTotalsRequest { recorded_at: Some(prost_types::Timestamp::default()), ..by_bank };
    assert_eq!(bureau.call(before).await.unwrap().entry_no, 0);
    // All figures have names; all can be asked for, some are shares.
    let described = bureau.call(GetFiguresRequest {}).await.unwrap().figures;
    assert!(described.len() > 50 && described.iter().all(|f| !f.name_zh.is_empty() && !f.name_en.is_empty()));
    let every = bureau.call(asked(&[TotalsDimension::Month], &[])).await.unwrap();
    assert_eq!(every.figures, described.iter().map(|f| f.code.clone()).collect::<Vec<_>>());
    let rate = described.iter().position(|f| f.code == "mean_rate").unwrap();
    assert_eq!(every.total[rate].value, Some(Value::Ratio(TotalsRatio { numerator: 9, denominator: 200 })));
    server.stop().await;
}

pub async fn what_can_not_be_asked_is_refused_by_field(place: &Office) {
    let server = place.start_with_ledger().await;
    let bureau = server.client("bureau").await;
    let twice = asked(&[TotalsDimension::Month, TotalsDimension::Year], &[]);
    is_refused(bureau.call(twice).await, Code::InvalidArgument, "INVALID_REQUEST", &["by"]);
    let backwards = GetTotalsRequest { ends_on: on("2025-12-31"), ..asked(&[], &[]) };
    is_refused(bureau.call(backwards).await, Code::InvalidArgument, "INVALID_REQUEST", &["ends_on"]);
    let of_time = TotalsFilter { dimension: TotalsDimension::Month.into(), codes: vec!["2026-01".into()] };
    let filtered = GetTotalsRequest { filters: vec![of_time], ..asked(&[], &[]) };
    is_refused(bureau.call(filtered).await, Code::InvalidArgument, "INVALID_REQUEST", &["filters"]);
    let profit = asked(&[], &["profit"]);
    is_refused(bureau.call(profit).await, Code::InvalidArgument, "INVALID_REQUEST", &["figures[0]"]);
    for id in ["platform", "operator", "guarantor-a"] {
        let call = server.client(id).await.call(asked(&[], &[])).await;
        is_refused(call, Code::PermissionDenied, "ROLE_NOT_ALLOWED", &[]);
    }
    server.stop().await;
}

/// Each value of an answer is that of `totals`; a ratio is sent in its lowest terms.
fn same(found: &[TotalsValue], expect: &[Figured], name: &str) {
    assert_eq!(found.len(), expect.len(), "{name}");
    for (found, expect) in found.iter().zip(expect) {
        match (&found.value, expect) {
            (Some(Value::Whole(n)), Figured::Whole(expect)) => assert_eq!(i128::from(*n), *expect, "{name}"),
            (Some(Value::Ratio(ratio)), Figured::Ratio { numerator, denominator }) => {
                let (n, d) = (i128::from(ratio.numerator), i128::from(ratio.denominator));
                assert_eq!(n * denominator, numerator * d, "{name}");
            }
            (None, Figured::None) => {}
            (found, expect) => panic!("{found:?} is not {expect:?} in {name}"),
        }
    }
}

/// Whether 64 bits do not hold a figure.
fn is_beyond(value: &Figured) -> bool {
    let is_beyond = |n: i128| i64::try_from(n).is_err();
    match value {
        Figured::Whole(n) => is_beyond(*n),
        Figured::Ratio { numerator, denominator } => {
            let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
            while b != 0 {
                (a, b) = (b, a % b);
            }
            let common = i128::try_from(a.max(1)).unwrap();
            is_beyond(numerator / common) || is_beyond(denominator / common)
        }
        Figured::None => false,
    }
}

pub async fn answers_are_those_of_totals(place: &Office) {
    const SEED: u64 = 7;
    let mut maker = Maker::new(SEED, 900);
    let mut memory = Memory::default();
    while memory.len() < 600 {
        let event = maker.next(&memory);
        let _ = memory.append(&event);
    }
    let server = place.start_with_ledger().await;
    let ledger = server.books.as_ref().unwrap();
    for chunk in memory.entries().chunks(64) {
        ledger.append_together(chunk.iter().map(|p| p.event.clone()).collect()).await.unwrap();
    }
    let mut books = Books::default();
    for p in memory.entries() {
        books.push(p.entry.seq, p.entry.recorded_at, &p.event, &p.entry.postings).unwrap();
    }
    let bureau = server.client("bureau").await;
    let (mut random, mut beyond) = (Random::new(SEED), 0);
    for number in 0..24 {
        let to = "2022-06-30".parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(random.below(1_300));
        let from = to - chrono::Days::new(random.below(500));
        let by = *random.pick(Dimension::ALL).unwrap();
        let (filtered, codes) = (Dimension::Zone, vec!["hightech".to_owned(), String::new()]);
        let recorded_at = random.one_in(2).then(|| random.pick(memory.entries()).unwrap().entry.recorded_at);
        let query =
            Query { by: vec![by], filter: vec![(filtered, codes.clone())], recorded_at, ..Query::new(from, to) };
        let wire = |d: Dimension| {
            let name = format!("TOTALS_DIMENSION_{}", d.code().to_uppercase());
            i32::from(TotalsDimension::from_str_name(&name).unwrap())
        };
        let request = GetTotalsRequest {
            by: vec![wire(by)],
            filters: vec![TotalsFilter { dimension: wire(filtered), codes }],
            starts_on: on(&from.to_string()),
            ends_on: on(&to.to_string()),
            recorded_at: recorded_at.map(|at| prost_types::Timestamp {
                seconds: at.0.div_euclid(1_000_000),
                nanos: (at.0.rem_euclid(1_000_000) * 1_000) as i32,
            }),
            ..GetTotalsRequest::default()
        };
        let name = format!("question {number}: {query:?}");
        let expect = books.table(&query).unwrap();
        // Random amounts are large: a sum that 64 bits do not hold is refused, not cut.
        if expect.rows.iter().flat_map(|row| &row.values).chain(&expect.total).any(is_beyond) {
            beyond += 1;
            is_refused(bureau.call(request).await, Code::InvalidArgument, "INVALID_REQUEST", &["figures"]);
            continue;
        }
        let found = bureau.call(request).await.unwrap();
        let codes = |rows: &[TotalsRow]| rows.iter().map(|row| row.codes.clone()).collect::<Vec<_>>();
        assert_eq!(codes(&found.rows), expect.rows.iter().map(|row| row.codes.clone()).collect::<Vec<_>>(), "{name}");
        for (row, expect) in found.rows.iter().zip(&expect.rows) {
            same(&row.values, &expect.values, &name);
        }
        same(&found.total, &expect.total, &name);
        assert_eq!(found.entry_no, expect.seq, "{name}");
    }
    assert!(beyond < 20, "most answers were too large to be compared: {beyond}");
    server.stop().await;
}
