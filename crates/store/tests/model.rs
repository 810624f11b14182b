//! Random jobs beside a second, tiny store that is a few maps: both say the same of every job and of every question.
//!
//! The seed is printed; `STORE_MODEL_SEED` repeats a run, `STORE_MODEL_STEPS` lengthens it.

#![allow(clippy::print_stderr, reason = "what was run is part of what a test says")]

mod common;

use common::*;
use std::collections::{BTreeMap, BTreeSet};
use store::{Error, Kept, Page, Request, Store, Under, Verdict, Write, Written};

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A rating as the second store remembers it.
#[derive(Clone)]
struct Rated {
    id: String,
    subject: String,
    body: u8,
    at: i64,
    answer: Vec<u8>,
    deleted: Option<i64>,
}

#[derive(Default)]
struct Model {
    /// By (tenant, request).
    ratings: BTreeMap<(String, String), Rated>,
    /// Tenant, subject, granted line, ended line; by consent.
    consents: BTreeMap<String, (String, String, i64, Option<i64>)>,
    /// Body by (tenant, request).
    requests: BTreeMap<(String, String), u8>,
    decisions: BTreeMap<String, usize>,
    /// Subjects that have a live key.
    keyed: BTreeSet<String>,
    lines: i64,
    /// Numbers of the lines that name a subject, the subject and the time.
    about: Vec<(i64, String, i64)>,
}

impl Model {
    fn version(&self, tenant: &str, subject: &str) -> i64 {
        let of = self.consents.values().filter(|(t, s, ..)| t == tenant && s == subject);
        of.map(|(_, _, granted, ended)| ended.unwrap_or(0).max(*granted)).max().unwrap_or(0)
    }

    fn rating_ids(&self) -> Vec<(String, String)> {
        self.ratings.iter().map(|((tenant, _), r)| (tenant.clone(), r.id.clone())).collect()
    }
}

async fn step(store: &Store, model: &mut Model, random: &mut Random, at: i64) {
    let tenant = ["a", "b"][random.below(2) as usize];
    let subject = format!("s{}", random.below(5));
    let key = |id: String| (tenant.to_owned(), id);
    match random.below(10) {
        0..=3 => {
            let request = format!("r{}", random.below(60));
            let mut new = rating(tenant, &subject, &request, random.below(2) as u8, at);
            new.answer = (0..random.below(300)).map(|i| i as u8).collect();
            let version = model.version(tenant, &subject);
            let stale = random.below(8) == 0;
            let looks = random.below(2) == 0;
            let under = Under { tenant: tenant.into(), subject: subject.clone(), version: version - i64::from(stale) };
            let write = if looks { job(&new).under(under) } else { job(&new) };
            let result = store.write(write).await;
            match (model.ratings.get(&key(request.clone())), result) {
                (Some(old), Ok(Written::RepeatedRating(r))) if old.body == new.body_sha256[0] => {
                    assert_eq!(r.rating_id, old.id);
                    match r.answer {
                        Kept::Here(a) => {
                            assert_eq!((&a.bytes, &a.subject, None), (&old.answer, &old.subject, old.deleted))
                        }
                        Kept::Deleted { on } => assert_eq!(Some(on), old.deleted),
                    }
                }
                (Some(old), Err(Error::Conflict { .. })) => assert_ne!(old.body, new.body_sha256[0]),
                (None, Err(Error::ConsentsChanged { found, .. })) => {
                    assert!(stale && looks);
                    assert_eq!(found, version);
                }
                (None, Ok(Written::New { line })) => {
                    assert!(!stale || !looks);
                    model.lines += 1;
                    assert_eq!(line, model.lines);
                    model.about.push((line, subject.clone(), at));
                    model.keyed.insert(subject.clone());
                    let (id, answer) = (new.rating_id, new.answer);
                    let body = new.body_sha256[0];
                    model.ratings.insert(key(request), Rated { id, subject, body, at, answer, deleted: None });
                }
                (_, other) => panic!("{other:?}"),
            }
        }
        4..=5 => {
            let (request, body) = (format!("q{}", random.below(40)), random.below(2) as u8);
            let id = format!("c{}", random.below(40));
            let request_of = Request {
                tenant: tenant.into(),
                request_id: request.clone(),
                body_sha256: [body; 32],
                answer: vec![body],
            };
            let result = store.write(grant(&consent(tenant, &subject, &id, at)).once(request_of)).await;
            match (model.requests.get(&key(request.clone())), model.consents.contains_key(&id), result) {
                (Some(b), _, Ok(Written::Repeated { answer })) => assert_eq!((*b, answer), (body, vec![body])),
                (Some(b), _, Err(Error::Conflict { what: "request", .. })) => assert_ne!(*b, body),
                (None, true, Err(Error::Conflict { what: "consent", .. })) => {}
                (None, false, Ok(Written::New { line })) => {
                    model.lines += 1;
                    assert_eq!(line, model.lines);
                    model.about.push((line, subject.clone(), at));
                    model.keyed.insert(subject.clone());
                    model.requests.insert(key(request), body);
                    model.consents.insert(id, (tenant.into(), subject, line, None));
                }
                (_, _, other) => panic!("{other:?}"),
            }
        }
        6 => {
            let id = format!("c{}", random.below(40));
            let result = store.write(revoke(tenant, &id, at)).await;
            match (model.consents.get_mut(&id).filter(|(t, ..)| t == tenant), result) {
                (None, Err(Error::NotFound { .. })) => {}
                (Some((.., Some(_))), Err(Error::Conflict { .. })) => {}
                (Some((.., ended @ None)), Ok(Written::New { line })) => {
                    model.lines += 1;
                    *ended = Some(line);
                }
                (_, other) => panic!("{other:?}"),
            }
        }
        7 => {
            let ids = model.rating_ids();
            let Some((owner, id)) = ids.get(random.below(60) as usize) else { return };
            let result = store.write(decision(tenant, id, at)).await;
            match (owner == tenant, result) {
                (false, Err(Error::NotFound { .. })) => {}
                (true, Ok(Written::New { .. })) => {
                    model.lines += 1;
                    *model.decisions.entry(id.clone()).or_default() += 1;
                }
                (_, other) => panic!("{other:?}"),
            }
        }
        8 => {
            let about = store::NewLine { subject: Some(subject.clone()), ..line("List", at) };
            let written = store.write(Write::new(about)).await.expect("written");
            model.lines += 1;
            assert_eq!(written, Written::New { line: model.lines });
            model.about.push((model.lines, subject, at));
        }
        _ => {
            if random.below(4) != 0 {
                return;
            }
            match (model.keyed.remove(&subject), store.destroy_subject_key(&subject, line("Retention", at)).await) {
                (false, Err(Error::NotFound { .. })) => {}
                (true, Ok(run)) => {
                    assert_eq!(run.destroyed.len(), 1);
                    model.lines += 1;
                    let of_subject = model.ratings.values_mut().filter(|r| r.subject == subject && r.deleted.is_none());
                    of_subject.for_each(|r| r.deleted = Some(at));
                }
                (_, other) => panic!("{other:?}"),
            }
        }
    }
}

/// The export and the pages of lines about a subject, whole and until a time.
async fn lines_of(store: &Store, model: &Model, subject: &str, until: i64) {
    let of = model.about.iter().filter(|(_, s, _)| s == subject);
    let all: Vec<i64> = of.clone().map(|(line, ..)| *line).collect();
    let mut export = store.export(i64::MIN, i64::MAX, Some(subject));
    let mut found = Vec::new();
    while let Some(line) = export.next().await.expect("a line") {
        found.push(line.seq);
    }
    assert_eq!(found, all);
    let mut before = i64::MAX;
    let mut found = Vec::new();
    loop {
        let page = store.lines_of_subject(subject, &["Assess", "Grant", "List"], until, before, 7).await;
        let page = page.expect("a page");
        let Some(last) = page.last() else { break };
        before = last.seq;
        found.extend(page.iter().map(|line| line.seq));
    }
    let mut some: Vec<i64> = of.filter(|(_, _, at)| *at <= until).map(|(line, ..)| *line).collect();
    some.reverse();
    assert_eq!(found, some);
}

/// Every question has the answer of the second store.
async fn compare(store: &Store, model: &Model, now: i64) {
    for ((tenant, request), old) in &model.ratings {
        let found = store.rating_of_request(tenant, request).await.expect("read").expect("there");
        assert_eq!(found.rating_id, old.id);
        let inputs = store.inputs(tenant, &old.id).await.expect("read").expect("there");
        match old.deleted {
            Some(on) => assert_eq!(inputs, Kept::Deleted { on }),
            None => assert_eq!(inputs, Kept::Here(format!("inputs of {request}").into_bytes())),
        }
        let decided = model.decisions.get(&old.id).copied().unwrap_or(0);
        assert_eq!(store.decisions(tenant, &old.id).await.expect("read").len(), decided);
    }
    for subject in (0..5).map(|i| format!("s{i}")) {
        lines_of(store, model, &subject, T0 + (now - T0) / 2).await;
    }
    for tenant in ["a", "b"] {
        for subject in (0..5).map(|i| format!("s{i}")) {
            for as_of in [now, T0 + (now - T0) / 2] {
                let page = Page { after: None, limit: 1000 };
                let listed = store.ratings(Some(tenant), &subject, as_of, &page).await.expect("read");
                let listed: BTreeSet<String> = listed.into_iter().map(|r| r.rating_id).collect();
                let of =
                    model.ratings.iter().filter(|((t, _), r)| t == tenant && r.subject == subject && r.at <= as_of);
                assert_eq!(listed, of.map(|(_, r)| r.id.clone()).collect());
            }
            let consents = store.consents(tenant, &subject).await.expect("read");
            assert_eq!(consents.version, model.version(tenant, &subject));
            let of = model.consents.values().filter(|(t, s, ..)| t == tenant && *s == subject);
            let mut ended: Vec<_> = of.map(|(_, _, granted, ended)| (*granted, *ended)).collect();
            ended.sort_unstable_by(|a, b| b.cmp(a));
            let found = consents.all.iter().map(|c| (c.line, c.revoked.as_ref().map(|r| r.line)));
            assert_eq!(found.collect::<Vec<_>>(), ended);
        }
    }
    match store.verify(None).await.expect("walk") {
        Verdict::Whole { head } => assert_eq!(head.seq, model.lines),
        Verdict::Broken { seq, fault } => panic!("line {seq}: {fault}"),
    }
}

async fn run(engine: &Engine<'_>) {
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual);
    let (seed, steps) = (number("STORE_MODEL_SEED", 20_261_125), number("STORE_MODEL_STEPS", 600));
    eprintln!("seed {seed}, {steps} steps");
    let place = engine.place();
    let (mut model, mut random) = (Model::default(), Random(seed));
    // Two servers take turns, and each is closed and opened again between.
    let mut stores = [place.open().await, place.open().await];
    for i in 0..steps {
        let at = T0 + i as i64;
        let which = random.below(2) as usize;
        step(&stores[which], &mut model, &mut random, at).await;
        if i % 200 == 199 {
            compare(&stores[which], &model, at).await;
            stores[which].close().await;
            stores[which] = place.open().await;
        }
    }
    assert!(model.ratings.len() > 50 && model.consents.len() > 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_agrees_with_a_few_maps() {
    run(&Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_agrees_with_a_few_maps() {
    let Some(server) = postgres::Server::start() else { return };
    run(&Engine::Postgres(&server)).await;
}
