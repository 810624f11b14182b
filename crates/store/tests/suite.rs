//! What both engines must do, case by case: one list, run on SQLite and on a PostgreSQL that the test starts itself.

#![allow(clippy::print_stderr, reason = "what was run is part of what a test says")]

mod common;
#[path = "suite/input_counts.rs"]
mod input_counts;
#[path = "suite/schema.rs"]
mod schema;

use common::*;
use input_counts::inputs_are_counted_once_and_anew;
use schema::a_newer_schema_is_refused;
use store::{
    Anchor, Error, Kept, Keys, NewActivation, NewReceipt, NewSession, NewStaff, ObjectionMove, Page, Record, Request,
    SessionEnd, SignInFailure, Store, Under, Verdict, Write, Written,
};

/// A test of its own for each case on SQLite, and all of them in turn on one PostgreSQL.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(&super::Engine::Sqlite).await; })+
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn postgres_passes_all_cases() {
            let Some(server) = postgres::Server::start() else { return };
            $(eprintln!("postgres: {}", stringify!($case)); $case(&Engine::Postgres(&server)).await;)+
        }
    };
}

cases!(
    a_rating_comes_back_byte_for_byte,
    a_repeat_has_the_first_answer,
    one_request_id_under_64_writers_is_stored_once,
    a_refused_job_leaves_its_neighbours,
    lists_are_paged_as_of_a_time,
    consents_are_granted_and_end,
    a_rating_under_changed_consents_is_refused,
    decisions_are_on_ratings_of_the_tenant,
    a_reason_of_a_decision_lies_under_the_subjects_key,
    a_store_from_before_sealed_reasons_is_whole,
    objections_move_and_are_due,
    activations_and_receivers_are_listed,
    people_sign_in_and_out,
    failed_sign_ins_are_counted_until_one_passes,
    a_request_other_than_a_rating_is_answered_once,
    a_destroyed_key_takes_what_lies_under_it,
    expired_keys_are_destroyed_and_others_stay,
    rotated_keys_still_find_old_rows,
    other_keys_are_refused,
    a_newer_schema_is_refused,
    rows_can_not_be_changed,
    two_stores_write_one_chain,
    a_key_that_another_store_destroyed_is_used_no_more,
    export_gives_a_period,
    inputs_are_counted_once_and_anew,
    nothing_is_lost_at_close,
);

async fn whole(store: &Store) -> Anchor {
    match store.verify(None).await.expect("verify") {
        Verdict::Whole { head } => head,
        Verdict::Broken { seq, fault } => panic!("line {seq}: {fault}"),
    }
}

async fn a_rating_comes_back_byte_for_byte(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let mut new = rating("a", "91310000X", "r1", 1, T0);
    new.answer = (0..=255).collect();
    new.inputs = vec![0; 100_000];
    assert_eq!(store.write(job(&new)).await.expect("written"), Written::New { line: 1 });
    let stored = store.rating("a", &new.rating_id).await.expect("read").expect("there");
    let answer = stored.answer.clone().here().expect("kept");
    assert_eq!((answer.subject.as_str(), &answer.bytes), ("91310000X", &new.answer));
    assert_eq!((stored.created_at, stored.valid_until, stored.line), (T0, T0 + 30 * DAY, 1));
    assert_eq!(store.inputs("a", &new.rating_id).await.expect("read"), Some(Kept::Here(new.inputs.clone())));
    assert_eq!(store.rating_of_request("a", "r1").await.expect("read"), Some(stored.clone()));
    // Another tenant's rating is as absent as one that never was.
    assert_eq!(store.rating("b", &new.rating_id).await.expect("read"), None);
    assert_eq!(store.inputs("b", &new.rating_id).await.expect("read"), None);
    assert_eq!(store.rating_of_request("b", "r1").await.expect("read"), None);
    // After the store is opened again, too.
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.rating("a", &new.rating_id).await.expect("read"), Some(stored));
    assert_eq!(whole(&store).await.seq, 1);
}

async fn a_repeat_has_the_first_answer(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let first = rating("a", "s", "r1", 1, T0);
    store.write(job(&first)).await.expect("written");
    let mut again = rating("a", "s", "r1", 1, T0 + 5);
    again.answer = b"another answer".to_vec();
    for store in [&store, &place.open().await] {
        let Written::RepeatedRating(stored) = store.write(job(&again)).await.expect("repeat") else { panic!("new") };
        assert_eq!(stored.rating_id, first.rating_id);
        assert_eq!(stored.answer.here().expect("kept").bytes, first.answer);
        let other = store.write(job(&rating("a", "s", "r1", 2, T0))).await;
        assert!(matches!(other, Err(Error::Conflict { what: "request", .. })), "{other:?}");
    }
    // The same id of another tenant is another request.
    assert_eq!(store.write(job(&rating("b", "s", "r1", 2, T0))).await.expect("written"), Written::New { line: 2 });
    assert_eq!(whole(&store).await.seq, 2);
}

async fn one_request_id_under_64_writers_is_stored_once(engine: &Engine<'_>) {
    let store = engine.place();
    let (place, store) = (&store, store.open().await);
    let second = place.open().await;
    for round in 0..4 {
        let tasks: Vec<_> = (0..64)
            .map(|i| {
                let store = if i % 2 == 0 { store.clone() } else { second.clone() };
                let new = rating("a", "s", &format!("r{round}"), u8::from(i % 8 == 7), T0 + i);
                tokio::spawn(async move { (new.body_sha256[0], store.write(job(&new)).await) })
            })
            .collect();
        let (mut new, mut repeats, mut conflicts, mut ids) = (0, 0, 0, std::collections::BTreeSet::new());
        let mut bodies = std::collections::BTreeSet::new();
        for task in tasks {
            match task.await.expect("no panic") {
                (body, Ok(Written::New { .. })) => {
                    new += 1;
                    bodies.insert(body);
                }
                (body, Ok(Written::RepeatedRating(r))) => {
                    repeats += 1;
                    ids.insert(r.rating_id);
                    bodies.insert(body);
                }
                (_, Err(Error::Conflict { .. })) => conflicts += 1,
                (_, other) => panic!("{other:?}"),
            }
        }
        assert_eq!((new, ids.len(), bodies.len()), (1, 1, 1));
        assert_eq!(new + repeats + conflicts, 64);
        assert!([8, 56].contains(&conflicts), "{conflicts}");
    }
    assert_eq!(whole(&store).await.seq, 4);
    let counters = (store.counters(), second.counters());
    assert_eq!(counters.0.jobs + counters.1.jobs, 4);
}

async fn a_refused_job_leaves_its_neighbours(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let first = rating("a", "s", "r0", 1, T0);
    store.write(job(&first)).await.expect("written");
    // One in four takes a rating id that stands already: the database refuses it, and with it the common transaction.
    let tasks: Vec<_> = (0..40)
        .map(|i| {
            let (store, taken) = (store.clone(), first.rating_id.clone());
            tokio::spawn(async move {
                let mut new = rating("a", &format!("s{i}"), &format!("x{i}"), 1, T0 + i);
                if i % 4 == 0 {
                    new.rating_id = taken;
                }
                store.write(job(&new)).await
            })
        })
        .collect();
    for (i, task) in tasks.into_iter().enumerate() {
        let result = task.await.expect("no panic");
        assert_eq!(result.is_ok(), i % 4 != 0, "{i}: {result:?}");
    }
    assert_eq!(whole(&store).await.seq, 31);
    let two = job(&first).and(line("x", T0), Some(Record::Rating(Box::new(first.clone()))));
    assert!(store.write(two).await.expect_err("two ratings").is_invalid_input());
    let elsewhere = store::NewLine { subject: Some("t".into()), ..line("x", T0) };
    let strange = Write::of(elsewhere, Record::Rating(Box::new(rating("a", "s", "strange", 1, T0))));
    assert!(store.write(strange).await.expect_err("two subjects").is_invalid_input());
    let mut large = rating("a", "s", "large", 1, T0);
    large.inputs = vec![0; 9 << 20];
    assert!(matches!(store.write(job(&large)).await, Err(Error::TooLarge { .. })));
    // Nothing of a job of several lines is stored when one is refused.
    let half = Write::new(line("one", T0)).and(
        line("two", T0),
        Some(Record::Receipt(NewReceipt {
            tenant: "b".into(),
            rating_id: "none".into(),
            subject: "s".into(),
            received_at: T0,
        })),
    );
    assert!(store.write(half).await.expect_err("no such rating").is_not_found());
    assert_eq!(whole(&store).await.seq, 31);
}

async fn lists_are_paged_as_of_a_time(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    for i in 0..25 {
        // Times repeat: the id breaks the tie.
        let tenant = if i % 5 == 4 { "b" } else { "a" };
        store.write(job(&rating(tenant, "s", &format!("r{i}"), 1, T0 + i / 3))).await.expect("written");
    }
    store.write(job(&rating("a", "t", "other", 1, T0))).await.expect("written");
    for (tenant, as_of, count) in
        [(Some("a"), T0 + 100, 20), (Some("a"), T0 + 3, 10), (None, T0 + 100, 25), (Some("c"), T0, 0)]
    {
        let (mut page, mut seen) = (Page { after: None, limit: 7 }, Vec::new());
        loop {
            let ratings = store.ratings(tenant, "s", as_of, &page).await.expect("a page");
            let Some(last) = ratings.last() else { break };
            page.after = Some((last.created_at, last.rating_id.clone()));
            seen.extend(ratings.into_iter().map(|r| (r.created_at, r.rating_id)));
        }
        assert!(seen.is_sorted() && seen.iter().all(|(at, _)| *at <= as_of));
        assert_eq!(seen.len(), count, "{tenant:?} {as_of}");
    }
}

async fn consents_are_granted_and_end(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    assert_eq!(store.consents("a", "s").await.expect("read").version, 0);
    store.write(grant(&consent("a", "s", "c1", T0))).await.expect("granted");
    let mut wider = consent("a", "s", "c2", T0 + DAY);
    wider.categories = vec![];
    store.write(grant(&wider)).await.expect("granted");
    store.write(grant(&consent("b", "s", "c3", T0))).await.expect("granted");
    let held = |c: &store::Consents, at| c.at("pre_loan", at).map(|c| c.consent_id.clone()).collect::<Vec<_>>();
    let consents = store.consents("a", "s").await.expect("read");
    assert_eq!(consents.version, 2);
    assert_eq!(held(&consents, T0 - 1), Vec::<String>::new());
    assert_eq!(held(&consents, T0), ["c1"]);
    assert_eq!(held(&consents, T0 + DAY), ["c2", "c1"]);
    assert_eq!(held(&consents, T0 + 90 * DAY), ["c2"]);
    assert_eq!(consents.at("post_loan", T0).count(), 0);
    assert!(consents.all[0].categories.is_empty());
    let parties = consents.all[1].parties.clone().here().expect("kept");
    assert_eq!((parties.subject.as_str(), parties.signatory.as_str()), ("s", "王五"));

    store.write(revoke("a", "c1", T0 + 2 * DAY)).await.expect("revoked");
    let consents = store.consents("a", "s").await.expect("read");
    assert_eq!(consents.version, 4);
    assert_eq!(held(&consents, T0 + 2 * DAY - 1), ["c2", "c1"]);
    assert_eq!(held(&consents, T0 + 2 * DAY), ["c2"]);
    for (write, found) in [
        (revoke("a", "c1", T0), "stands already"),
        (revoke("b", "c1", T0), "not found"),
        (revoke("a", "c9", T0), "not found"),
        (grant(&consent("a", "t", "c1", T0)), "stands already"),
    ] {
        let error = store.write(write).await.expect_err(found).to_string();
        assert!(error.contains(found), "{error}");
    }
    let lines = store.consents_of_tenant("a", 1, 10).await.expect("read");
    assert_eq!(lines.iter().map(|c| c.line).collect::<Vec<_>>(), [2]);
    assert_eq!(store.consents_of_subject("s").await.expect("read").len(), 3);
    assert_eq!(store.consent("b", "c1").await.expect("read"), None);
    whole(&store).await;
}

async fn a_rating_under_changed_consents_is_refused(engine: &Engine<'_>) {
    let place = engine.place();
    let (store, other) = (place.open().await, place.open().await);
    let under = |request: &str, version| {
        job(&rating("a", "s", request, 1, T0)).under(Under { tenant: "a".into(), subject: "s".into(), version })
    };
    store.write(under("r0", 0)).await.expect("none was given and none was read");
    store.write(grant(&consent("a", "s", "c1", T0))).await.expect("granted");
    let version = store.consents("a", "s").await.expect("read").version;
    store.write(under("r1", version)).await.expect("written");
    let stale = store.write(under("r2", 0)).await;
    assert!(matches!(stale, Err(Error::ConsentsChanged { read: 0, found }) if found == version), "{stale:?}");
    // Revoked at another server: a version read here before is refused here.
    other.write(revoke("a", "c1", T0)).await.expect("revoked");
    let stale = store.write(under("r3", version)).await;
    assert!(matches!(stale, Err(Error::ConsentsChanged { .. })), "{stale:?}");
    // A refusal depends on what was read as a rating does: its audit line is not written on consents of yesterday.
    let refusal = Write::new(line("Assess", T0)).under(Under { tenant: "a".into(), subject: "s".into(), version: 0 });
    assert!(matches!(store.write(refusal).await, Err(Error::ConsentsChanged { .. })));
    // A repeat is not a new rating: it has its answer still.
    assert!(matches!(store.write(under("r1", version)).await, Ok(Written::RepeatedRating(_))));
    // A grant and ratings on both sides of it in one group: each is judged in its turn.
    let version = store.consents("a", "s").await.expect("read").version;
    let (before, granted, after) = tokio::join!(
        store.write(under("r4", version)),
        store.write(grant(&consent("a", "s", "c2", T0))),
        store.write(under("r5", version)),
    );
    assert!(before.is_ok() && granted.is_ok());
    assert!(matches!(after, Err(Error::ConsentsChanged { .. })), "{after:?}");
    let version = store.consents("a", "s").await.expect("read").version;
    let (before, revoked, after) = tokio::join!(
        store.write(under("r6", version)),
        store.write(revoke("a", "c2", T0)),
        store.write(under("r7", version)),
    );
    assert!(before.is_ok() && revoked.is_ok());
    assert!(matches!(after, Err(Error::ConsentsChanged { .. })), "{after:?}");
}

async fn decisions_are_on_ratings_of_the_tenant(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let new = rating("a", "s", "r1", 1, T0);
    let (written, decided, foreign) = tokio::join!(
        store.write(job(&new)),
        store.write(decision("a", &new.rating_id, T0 + 1)),
        store.write(decision("b", &new.rating_id, T0 + 1)),
    );
    assert!(written.is_ok() && decided.is_ok());
    assert!(foreign.expect_err("another's").is_not_found());
    let decisions = store.decisions("a", &new.rating_id).await.expect("read");
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0].amount_fen, Some(30_000_000));
    assert_eq!(store.decisions("b", &new.rating_id).await.expect("read"), []);
    whole(&store).await;
}

async fn a_reason_of_a_decision_lies_under_the_subjects_key(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let new = rating("a", "s", "r1", 1, T0);
    let reason = "the owner pledges a house";
    let (written, decided) =
        tokio::join!(store.write(job(&new)), store.write(decision_because(Some(reason), "a", &new.rating_id, T0 + 1)),);
    assert!(written.is_ok() && decided.is_ok());
    let reasons = async || {
        let decisions = store.decisions("a", &new.rating_id).await.expect("read");
        decisions.into_iter().map(|d| d.override_reason).collect::<Vec<_>>()
    };
    assert_eq!(reasons().await, [Some(Kept::Here(reason.to_owned()))]);
    // No row has it in clear, and it lies under the one key of its subject.
    let in_clear = "UPDATE decisions SET override_reason = '' WHERE override_reason IS NOT NULL";
    assert_eq!(raw(&place.address, in_clear).await.expect("no row"), 0);
    let run = store.destroy_subject_key("s", line("Retention", T0 + 2)).await.expect("destroyed");
    assert_eq!(run.destroyed.len(), 1);
    assert_eq!(reasons().await, [Some(Kept::Deleted { on: T0 + 2 })]);
    whole(&store).await;
}

async fn a_store_from_before_sealed_reasons_is_whole(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let new = rating("a", "s", "r1", 1, T0);
    store.write(job(&new)).await.expect("written");
    store.write(decision("a", &new.rating_id, T0)).await.expect("decided");
    let head = whole(&store).await;
    store.close().await;
    let later = "decision_reasons ledger_events ledger_records ledger_head staff sessions \
                 session_ends sign_in_failures drafts draft_ends ledger_imports ledger_import_refusals input_counts \
                 input_counts_through";
    for table in later.split(' ') {
        raw(&place.address, &format!("DROP TABLE {table}")).await.expect("as it was");
    }
    raw(&place.address, "DELETE FROM _sqlx_migrations WHERE version >= 3").await.expect("as it was");
    let store = place.open().await;
    assert_eq!(whole(&store).await, head);
    // A row as it was written then: its reason in clear.
    let row = format!(
        "INSERT INTO decisions (line, tenant, rating_id, decision, override_reason, decided_at, decided_by) \
         VALUES (99, 'a', '{}', 'declined', 'no capacity', 1, 'a')",
        new.rating_id
    );
    raw(&place.address, &row).await.expect("inserted");
    let decisions = store.decisions("a", &new.rating_id).await.expect("read");
    let reasons: Vec<_> = decisions.into_iter().map(|d| d.override_reason).collect();
    assert_eq!(reasons, [None, Some(Kept::Here("no capacity".to_owned()))]);
}

async fn objections_move_and_are_due(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let opened = objection("s", "o1", None, T0);
    let open = |o: &store::NewObjection| Write::of(line("Object", T0), Record::Objection(o.clone()));
    store.write(open(&opened)).await.expect("opened");
    assert!(store.write(open(&opened)).await.expect_err("twice").is_conflict());
    assert!(store.write(open(&objection("s", "o2", Some("none"), T0))).await.expect_err("no rating").is_not_found());
    let day = |d| chrono::NaiveDate::from_ymd_opt(2026, 11, d).expect("a day");
    assert_eq!(store.objections_due(day(20)).await.expect("read"), []);
    assert_eq!(store.objections_due(day(21)).await.expect("read").len(), 1);
    let step = |subject: &str, state: &str, outcome: Option<&str>| {
        let record = ObjectionMove {
            objection_id: "o1".into(),
            subject: subject.into(),
            at: T0 + DAY,
            state: state.into(),
            outcome: outcome.map(str::to_owned),
            text: "已更正".into(),
            retain_until: T0 + 365 * DAY,
        };
        Write::of(line("Answer", T0 + DAY), Record::ObjectionMove(record))
    };
    assert!(store.write(step("t", "closed", None)).await.expect_err("another's").is_not_found());
    store.write(step("s", "asked_source", None)).await.expect("moved");
    store.write(step("s", "closed", Some("corrected"))).await.expect("moved");
    let objection = store.objection("o1").await.expect("read").expect("there");
    assert_eq!((objection.state.as_str(), objection.outcome.as_deref()), ("closed", Some("corrected")));
    assert_eq!((objection.resolved_at, objection.steps.len()), (Some(T0 + DAY), 3));
    assert_eq!(objection.steps[0].text, Kept::Here("税务数据有误".into()));
    assert_eq!(store.objections("s").await.expect("read"), [objection]);
    assert_eq!(store.objections_due(day(21)).await.expect("read"), []);
    whole(&store).await;
}

async fn activations_and_receivers_are_listed(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let activation = NewActivation {
        model_digest: "sha256:aa".into(),
        author: "甲".into(),
        reviewer: "乙".into(),
        activated_at: T0,
        activated_by: "operator".into(),
    };
    store.write(Write::of(line("Activate", T0), Record::Activation(activation.clone()))).await.expect("written");
    assert_eq!(store.activations().await.expect("read")[0].activation, activation);
    let new = rating("a", "s", "r1", 1, T0);
    let receipt =
        NewReceipt { tenant: "b".into(), rating_id: new.rating_id.clone(), subject: "s".into(), received_at: T0 + 1 };
    // Together: the receipt finds the rating of the same group.
    let receipt = Write::of(line("Share", T0 + 1), Record::Receipt(receipt));
    let (one, two) = tokio::join!(store.write(job(&new)), store.write(receipt));
    assert!(one.is_ok() && two.is_ok());
    let receivers = store.receivers("s").await.expect("read");
    assert_eq!(receivers.iter().map(|r| r.tenant.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(store.receivers("t").await.expect("read"), []);
    whole(&store).await;
}

fn person(name: &str, role: &str, disabled: bool) -> NewStaff {
    NewStaff {
        name: name.into(),
        shown_as: "李雷".into(),
        role: role.into(),
        district: (role == "district").then(|| "500103".into()),
        password: "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA".into(),
        disabled,
        changed_at: T0,
        changed_by: "operator".into(),
    }
}

fn session(name: &str, token: u8) -> NewSession {
    NewSession { token_sha256: [token; 32], name: name.into(), opened_at: T0 + 1, until: T0 + DAY }
}

async fn people_sign_in_and_out(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let tell = |record: Record| store.write(Write::of(line("Staff", T0), record));
    assert_eq!(store.staff("li").await.expect("read"), None);
    tell(Record::Staff(person("li", "city", false))).await.expect("added");
    tell(Record::Staff(person("han", "district", false))).await.expect("added");
    tell(Record::Session(session("li", 1))).await.expect("begun");
    tell(Record::Session(session("li", 2))).await.expect("begun");
    tell(Record::Session(session("han", 3))).await.expect("begun");
    let found = store.session(&[1; 32]).await.expect("read").expect("a session");
    assert_eq!((found.session, found.staff.staff.role), (session("li", 1), "city".to_owned()));
    assert_eq!(store.session(&[9; 32]).await.expect("read"), None);
    // A token is one session's.
    assert!(tell(Record::Session(session("han", 1))).await.is_err());
    let end = |token: u8| Record::SessionEnd(SessionEnd { token_sha256: [token; 32], ended_at: T0 + 2 });
    tell(end(1)).await.expect("ended");
    assert!(matches!(tell(end(1)).await, Err(Error::Conflict { .. })));
    assert!(matches!(tell(end(9)).await, Err(Error::NotFound { .. })));
    assert_eq!(store.session(&[1; 32]).await.expect("read"), None);
    assert!(store.session(&[2; 32]).await.expect("read").is_some());
    // What changes of a person ends all that was begun before.
    tell(Record::Staff(person("li", "auditor", false))).await.expect("changed");
    assert_eq!(store.session(&[2; 32]).await.expect("read"), None);
    assert!(store.session(&[3; 32]).await.expect("read").is_some());
    tell(Record::Session(session("li", 4))).await.expect("begun");
    assert_eq!(store.session(&[4; 32]).await.expect("read").expect("a session").staff.staff.role, "auditor");
    tell(Record::Staff(person("li", "auditor", true))).await.expect("disabled");
    tell(Record::Session(session("li", 5))).await.expect("begun");
    assert_eq!(store.session(&[5; 32]).await.expect("read"), None, "who is disabled has no session");
    let all = store.all_staff().await.expect("read");
    assert_eq!(all.iter().map(|s| s.staff.name.as_str()).collect::<Vec<_>>(), ["han", "li"]);
    assert!(all[1].staff.disabled);
    for sql in ["UPDATE staff SET role = 'city'", "DELETE FROM sessions", "DELETE FROM session_ends"] {
        let error = raw(&place.address, sql).await.expect_err(sql).to_string();
        assert!(error.contains("never changed or deleted"), "{sql}: {error}");
    }
    whole(&store).await;
    // A role that is raised past the store breaks the chain.
    without_triggers(&place.address, "staff").await;
    raw(&place.address, "UPDATE staff SET role = 'city' WHERE name = 'han'").await.expect("changed");
    assert!(matches!(store.verify(None).await.expect("verify"), Verdict::Broken { .. }));
}

async fn failed_sign_ins_are_counted_until_one_passes(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let tell = |record: Record| store.write(Write::of(line("SignIn", T0), record));
    let fail = |name: &str, at: i64| Record::SignInFailure(SignInFailure { name: name.into(), failed_at: at });
    tell(Record::Staff(person("li", "city", false))).await.expect("added");
    for at in 1..=4 {
        tell(fail("li", at)).await.expect("counted");
        tell(fail("nobody", at)).await.expect("counted");
    }
    assert_eq!(store.sign_in_failures("li", 3).await.expect("read"), [4, 3, 2]);
    tell(Record::Session(session("li", 1))).await.expect("begun");
    assert!(store.sign_in_failures("li", 3).await.expect("read").is_empty());
    tell(fail("li", 5)).await.expect("counted");
    assert_eq!(store.sign_in_failures("li", 9).await.expect("read"), [5]);
    tell(Record::Staff(person("li", "city", false))).await.expect("changed");
    assert!(store.sign_in_failures("li", 9).await.expect("read").is_empty());
    assert_eq!(store.sign_in_failures("nobody", 9).await.expect("read"), [4, 3, 2, 1]);
    whole(&store).await;
}

async fn a_request_other_than_a_rating_is_answered_once(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let request = |body: u8| Request {
        tenant: "a".into(),
        request_id: "q1".into(),
        body_sha256: [body; 32],
        answer: vec![body, 7],
    };
    let new = consent("a", "s", "c1", T0);
    let two = grant(&new).once(request(1)).and(line("note", T0), None);
    assert_eq!(store.write(two.clone()).await.expect("written"), Written::New { line: 1 });
    let again = store.write(grant(&new).once(request(1))).await.expect("repeat");
    assert_eq!(again, Written::Repeated { answer: vec![1, 7] });
    assert!(store.write(grant(&new).once(request(2))).await.expect_err("another body").is_conflict());
    // A rating's request ids are apart.
    store.write(job(&rating("a", "s", "q1", 9, T0))).await.expect("written");
    assert_eq!(whole(&store).await.seq, 3);
}

async fn a_destroyed_key_takes_what_lies_under_it(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let (mine, other) = (rating("a", "s", "r1", 1, T0), rating("a", "t", "r2", 1, T0));
    store.write(job(&mine)).await.expect("written");
    store.write(job(&other)).await.expect("written");
    store.write(grant(&consent("a", "s", "c1", T0))).await.expect("granted");
    let run = store.destroy_subject_key("s", line("Retention", T0 + DAY)).await.expect("destroyed");
    assert_eq!(
        (run.destroyed.len(), run.destroyed[0].key_no, run.destroyed[0].on, run.scrubbed),
        (1, 1, T0 + DAY, true)
    );
    let deleted = Kept::Deleted { on: T0 + DAY };
    assert_eq!(store.inputs("a", &mine.rating_id).await.expect("read"), Some(deleted.clone()));
    let stored = store.rating("a", &mine.rating_id).await.expect("read").expect("the row stays");
    assert_eq!(stored.answer, Kept::Deleted { on: T0 + DAY });
    assert!(matches!(store.consents("a", "s").await.expect("read").all[0].parties, Kept::Deleted { .. }));
    assert_eq!(store.inputs("a", &other.rating_id).await.expect("read"), Some(Kept::Here(other.inputs)));
    // The proof is a line of the chain and names the wrapped key's digest.
    let mut export = store.export(i64::MIN, i64::MAX, None);
    let mut proof = None;
    while let Some(line) = export.next().await.expect("a line") {
        proof = Some(line);
    }
    let proof = proof.expect("a line");
    let hex: String = run.destroyed[0].wrapped_sha256.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(proof.object_id.as_deref(), Some("subject_key/1"));
    assert_eq!(proof.detail, Some(format!("wrapped key sha256:{hex}")));
    assert!(store.destroy_subject_key("s", line("Retention", T0)).await.expect_err("gone").is_not_found());
    // A repeat says that it is gone; a new rating has a new key.
    let Ok(Written::RepeatedRating(again)) = store.write(job(&mine)).await else { panic!("new") };
    assert_eq!(again.answer, Kept::Deleted { on: T0 + DAY });
    let next = rating("a", "s", "r3", 1, T0 + 2 * DAY);
    store.write(job(&next)).await.expect("written");
    assert_eq!(store.inputs("a", &next.rating_id).await.expect("read"), Some(Kept::Here(next.inputs)));
    assert_eq!(store.inputs("a", &mine.rating_id).await.expect("read"), Some(deleted));
    whole(&store).await;
}

async fn expired_keys_are_destroyed_and_others_stay(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let mut old = rating("a", "old", "r1", 1, T0);
    old.retain_until = T0 + 10;
    let mut renewed = rating("a", "renewed", "r2", 1, T0);
    renewed.retain_until = T0 + 10;
    let mut consented = rating("a", "consented", "r4", 1, T0);
    consented.retain_until = T0 + 10;
    for write in [
        job(&old),
        job(&renewed),
        job(&rating("b", "renewed", "r3", 1, T0)),
        job(&consented),
        grant(&consent("a", "consented", "c1", T0)),
    ] {
        store.write(write).await.expect("written");
    }
    let none = store.destroy_expired_keys(T0 + 9, line("Retention", T0 + 9)).await.expect("run");
    assert_eq!(none.destroyed, []);
    let run = store.destroy_expired_keys(T0 + 10, line("Retention", T0 + 10)).await.expect("run");
    assert_eq!(run.destroyed.iter().map(|d| d.key_no).collect::<Vec<_>>(), [1]);
    assert_eq!(store.inputs("a", &old.rating_id).await.expect("read"), Some(Kept::Deleted { on: T0 + 10 }));
    assert!(matches!(store.inputs("a", &renewed.rating_id).await.expect("read"), Some(Kept::Here(_))));
    let run = store.destroy_expired_keys(T0 + 400 * DAY, line("Retention", T0 + 400 * DAY)).await.expect("run");
    assert_eq!(run.destroyed.len(), 2);
    whole(&store).await;
}

async fn rotated_keys_still_find_old_rows(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let first = rating("a", "s", "r1", 1, T0);
    store.write(job(&first)).await.expect("written");
    store.write(grant(&consent("a", "s", "c1", T0))).await.expect("granted");
    store.close().await;
    let old = std::fs::read_to_string(place.folder.path().join("keys")).expect("keys");
    let new = place.folder.path().join("new");
    Keys::generate(&new, "k2").expect("keys");
    let both = std::fs::read_to_string(&new).expect("keys") + &old;
    let store = Store::open(&place.address, Keys::parse(&both).expect("keys")).await.expect("open");
    let under = Under { tenant: "a".into(), subject: "s".into(), version: 2 };
    assert_eq!(store.consents("a", "s").await.expect("read").version, under.version);
    store.write(job(&rating("a", "s", "r2", 1, T0 + 1)).under(under)).await.expect("written");
    let page = Page { after: None, limit: 10 };
    assert_eq!(store.ratings(Some("a"), "s", T0 + 9, &page).await.expect("read").len(), 2);
    let mut export = store.export(T0 + 1, T0 + 2, Some("s"));
    assert_eq!(export.next().await.expect("read").expect("a line").mac_key.as_deref(), Some("k2"));
    let run = store.destroy_subject_key("s", line("Retention", T0 + 2)).await.expect("destroyed");
    assert_eq!(run.destroyed.len(), 1, "one key under both");
    whole(&store).await;
    store.close().await;
    // Without the old key old rows could not be found: said at once.
    let only = Keys::parse(&std::fs::read_to_string(&new).expect("keys")).expect("keys");
    let refused = Store::open(&place.address, only).await.map(drop);
    assert!(matches!(&refused, Err(Error::MissingKey { id }) if id == "k1"), "{refused:?}");
}

async fn other_keys_are_refused(engine: &Engine<'_>) {
    let place = engine.place();
    place.open().await.close().await;
    let other = Keys::generate(&place.folder.path().join("other"), "k1").expect("keys");
    let refused = Store::open(&place.address, other).await.map(drop);
    assert!(matches!(&refused, Err(Error::WrongKey { id }) if id == "k1"), "{refused:?}");
    let refused = Store::open("mysql://x:secret@y", place.keys.clone()).await.map(drop).expect_err("no such engine");
    let refused_too = Store::open("sqlite:a.db?mode=ro", place.keys.clone()).await.map(drop).expect_err("parameters");
    assert_eq!(refused_too.to_string(), "write refused: an address of SQLite is sqlite:<path>, without parameters");
    assert_eq!(refused.to_string(), r#"store address begins with "mysql", allowed are sqlite:PATH and postgres://…"#);
}

async fn rows_can_not_be_changed(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    store.write(job(&rating("a", "s", "r1", 1, T0))).await.expect("written");
    store
        .write(grant(&consent("a", "s", "c1", T0)).once(Request {
            tenant: "a".into(),
            request_id: "q".into(),
            body_sha256: [0; 32],
            answer: vec![],
        }))
        .await
        .expect("granted");
    store.write(revoke("a", "c1", T0)).await.expect("revoked");
    for sql in [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit WHERE seq = 1",
        "UPDATE ratings SET kind = 'x'",
        "DELETE FROM ratings",
        "UPDATE consents SET personal = 1",
        "DELETE FROM consents",
        "DELETE FROM consent_ends",
        "DELETE FROM requests",
        "DELETE FROM subject_keys",
        "UPDATE subject_keys SET kek_id = 'x'",
        "UPDATE subject_keys SET destroyed_at = 1",
        "DELETE FROM key_checks",
        "DELETE FROM chain",
        "UPDATE chain SET seq = seq - 1",
    ] {
        let error = raw(&place.address, sql).await.expect_err(sql).to_string();
        assert!(error.contains("never changed or deleted"), "{sql}: {error}");
    }
    whole(&store).await;
}

async fn two_stores_write_one_chain(engine: &Engine<'_>) {
    let place = engine.place();
    let stores = [place.open().await, place.open().await];
    let tasks: Vec<_> = (0..200)
        .map(|i| {
            let store = stores[i % 2].clone();
            tokio::spawn(async move {
                let new = rating("a", &format!("s{}", i % 10), &format!("r{i}"), 1, T0);
                store.write(job(&new)).await.map(|_| new.rating_id)
            })
        })
        .collect();
    for task in tasks {
        let id = task.await.expect("no panic").expect("written");
        // What one server acknowledged the other reads.
        for store in &stores {
            assert!(store.rating("a", &id).await.expect("read").is_some());
        }
    }
    assert_eq!(whole(&stores[0]).await.seq, 200);
    assert!(stores.iter().all(|s| s.counters().jobs == 100));
}

async fn a_key_that_another_store_destroyed_is_used_no_more(engine: &Engine<'_>) {
    let place = engine.place();
    let (store, other) = (place.open().await, place.open().await);
    let (before, after) = (rating("a", "s", "r1", 1, T0), rating("a", "s", "r2", 1, T0));
    // The second time by a key that the writer knows.
    for new in [&before, &rating("a", "s", "r0", 1, T0)] {
        store.write(job(new)).await.expect("written");
    }
    other.destroy_subject_key("s", line("Destroy", T0 + 1)).await.expect("destroyed");
    store.write(job(&after)).await.expect("written");
    let kept = |id: &str| {
        let (store, id) = (other.clone(), id.to_owned());
        async move { store.rating("a", &id).await.expect("read").expect("found").answer }
    };
    assert!(matches!(kept(&before.rating_id).await, Kept::Deleted { .. }));
    assert!(matches!(kept(&after.rating_id).await, Kept::Here(_)), "under a key of its own");
    whole(&store).await;
}

async fn export_gives_a_period(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..1200 {
        let store = store.clone();
        tasks.spawn(async move { store.write(Write::new(line("Read", T0 + i))).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no panic").expect("written");
    }
    store.write(job(&rating("a", "s", "r1", 1, T0 + 50))).await.expect("written");
    let (mut export, mut count) = (store.export(T0, T0 + 1100, None), 0);
    let mut last = 0;
    while let Some(line) = export.next().await.expect("a line") {
        assert!(line.seq > last && line.at < T0 + 1100);
        (last, count) = (line.seq, count + 1);
    }
    assert_eq!(count, 1101);
    let mut of_subject = store.export(T0, T0 + 1100, Some("s"));
    assert_eq!(of_subject.next().await.expect("a line").map(|l| l.action), Some("Assess".into()));
    assert_eq!(of_subject.next().await.expect("the end"), None);
    assert!(store.counters().commits < 1201, "grouped: {:?}", store.counters());
    // A head noted before holds later; a wrong one does not.
    let head = whole(&store).await;
    store.write(Write::new(line("Read", T0))).await.expect("written");
    assert!(matches!(store.verify(Some(head)).await.expect("walk"), Verdict::Whole { .. }));
    let wrong = Anchor { hash: [1; 32], ..head };
    assert!(matches!(store.verify(Some(wrong)).await.expect("walk"), Verdict::Broken { seq, .. } if seq == head.seq));
    let beyond = Anchor { seq: 9999, ..head };
    assert!(matches!(store.verify(Some(beyond)).await.expect("walk"), Verdict::Broken { seq: 9999, .. }));
}

async fn nothing_is_lost_at_close(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..100 {
        let store = store.clone();
        tasks.spawn(async move { store.write(Write::new(line("Read", T0 + i))).await });
    }
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    store.close().await;
    let mut acknowledged = 0;
    while let Some(done) = tasks.join_next().await {
        match done.expect("no panic") {
            Ok(_) => acknowledged += 1,
            Err(e) => assert!(matches!(e, Error::Closed), "{e}"),
        }
    }
    assert!(matches!(store.write(Write::new(line("Read", T0))).await, Err(Error::Closed)));
    assert_eq!(whole(&place.open().await).await.seq, acknowledged);
}

/// A copy of the file alone has all that there is, once nobody has it open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_file_of_sqlite_is_whole_by_itself() {
    let place = Engine::Sqlite.place();
    let store = place.open().await;
    let new = rating("a", "s", "q", 1, T0);
    store.write(job(&new)).await.expect("stored");
    // A connection that only reads is open beside the writer's.
    assert!(store.rating("a", &new.rating_id).await.expect("read").is_some());
    store.close().await;
    let log = place.folder.path().join("store.db-wal");
    assert!(!log.exists(), "{} bytes", log.metadata().expect("its size").len());
}
