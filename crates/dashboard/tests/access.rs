//! Nobody in: what is tried against sign-in, sessions, rights, headers and files, each a test.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
mod site;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use dashboard::{Role, sections};
use ledger::event::UnixMicros;
use site::{Answer, PASSWORD, Site, made};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use store::{EntryLine, Verdict};

/// 2026-06-15 in Beijing.
const NOW: i64 = 1_781_500_000_000_000;
const MINUTE: i64 = 60_000_000;

/// Clocks of the tests that turn them, each its own.
static CLOCKS: [AtomicI64; 3] = [const { AtomicI64::new(NOW) }; 3];

fn still() -> UnixMicros {
    UnixMicros(NOW)
}

fn turned<const N: usize>() -> UnixMicros {
    UnixMicros(CLOCKS[N].load(Ordering::SeqCst))
}

fn turn<const N: usize>(micros: i64) {
    CLOCKS[N].fetch_add(micros, Ordering::SeqCst);
}

static CITY: LazyLock<Vec<EntryLine>> =
    LazyLock::new(|| made::lines(&made::city(160, "2026-06-12".parse().expect("a day"), 3)));

fn is_sent_away(answer: &Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER && answer.header("location").starts_with("/sign-in?")
}

#[tokio::test]
async fn nobody_sees_anything_without_a_session() {
    let site = Site::new(&CITY, still).await;
    let mut visitor = site.visitor();
    for cookie in [None, Some("0".repeat(64)), Some("x".to_owned())] {
        visitor.cookies.clear();
        visitor.cookies.extend(cookie.map(|c| ("shangzhi".to_owned(), c)));
        for page in sections() {
            assert!(is_sent_away(&visitor.get(&format!("/{page}")).await), "{page}");
            assert!(is_sent_away(&visitor.get(&format!("/export/{page}.xlsx")).await), "{page}");
            let machine = visitor.get(&format!("/api/v1/{page}")).await;
            assert_eq!((machine.status, machine.body.len()), (StatusCode::UNAUTHORIZED, 0), "{page}");
        }
        for path in ["/", "/people", "/account", "/nothing"] {
            assert!(is_sent_away(&visitor.get(path).await), "{path}");
        }
        assert!(is_sent_away(&visitor.post("/sign-out", &[]).await));
    }
}

#[tokio::test]
async fn a_session_is_over_when_it_was_ended() {
    let site = Site::new(&CITY, still).await;
    let mut visitor = site.person("li", Role::City, None).await;
    let stolen = visitor.clone();
    visitor.page("/overview").await;
    let key = visitor.page("/account").await.form_key();
    assert_eq!(visitor.post("/sign-out", &[("form", &key)]).await.status, StatusCode::SEE_OTHER);
    assert!(!visitor.cookies.contains_key("shangzhi"));
    let mut replay = stolen;
    assert!(is_sent_away(&replay.get("/overview").await));
    assert_eq!(replay.get("/api/v1/overview").await.status, StatusCode::UNAUTHORIZED);
    assert!(is_sent_away(&replay.post("/sign-out", &[("form", &key)]).await));
}

#[tokio::test]
async fn a_change_of_the_account_ends_its_sessions() {
    let site = Site::new(&CITY, still).await;
    let mut visitor = site.person("li", Role::City, None).await;
    site.accounts.set_password("li", "another long password", NOW).await.expect("set");
    assert!(is_sent_away(&visitor.get("/overview").await));
    assert_eq!(visitor.sign_in("li", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(visitor.sign_in("li", "another long password").await.status, StatusCode::SEE_OTHER);
    site.accounts.disable("li", true, NOW).await.expect("set");
    assert!(is_sent_away(&visitor.get("/overview").await));
    assert_eq!(visitor.sign_in("li", "another long password").await.status, StatusCode::UNAUTHORIZED);
    site.accounts.disable("li", false, NOW).await.expect("set");
    assert_eq!(visitor.sign_in("li", "another long password").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_without_its_key_does_nothing() {
    let site = Site::new(&CITY, still).await;
    site.account("li", "li", Role::City, None).await;
    let mut visitor = site.visitor();
    let right = [("name", "li"), ("password", PASSWORD)];
    // No form was asked for; then a key of none, of another visitor, of nobody.
    assert_eq!(visitor.post("/sign-in", &right).await.status, StatusCode::FORBIDDEN);
    let others = site.visitor().page("/sign-in").await.form_key();
    let own = visitor.page("/sign-in").await.form_key();
    for key in [None, Some(others.as_str()), Some(""), Some(&own[1..])] {
        let mut fields = right.to_vec();
        fields.extend(key.map(|key| ("form", key)));
        assert_eq!(visitor.post("/sign-in", &fields).await.status, StatusCode::FORBIDDEN, "{key:?}");
        assert!(!visitor.cookies.contains_key("shangzhi"));
    }
    for (name, value) in [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")] {
        let mut fields = right.to_vec();
        fields.push(("form", &own));
        let request = Request::post("/sign-in").header(name, value);
        assert_eq!(visitor.send(request, site::form(&fields).into()).await.status, StatusCode::FORBIDDEN, "{name}");
    }
    assert_eq!(visitor.sign_in("li", PASSWORD).await.status, StatusCode::SEE_OTHER);
    for fields in [vec![], vec![("form", own.as_str())], vec![("form", "x"), ("form", "y")]] {
        assert_eq!(visitor.post("/sign-out", &fields).await.status, StatusCode::FORBIDDEN, "{fields:?}");
    }
    visitor.page("/overview").await;
}

#[tokio::test]
async fn a_planted_session_is_not_taken_over() {
    let site = Site::new(&CITY, still).await;
    let attacker = site.person("mallory", Role::District, Some("500103")).await;
    site.account("li", "li", Role::City, None).await;
    let mut victim = site.visitor();
    let planted = attacker.cookies["shangzhi"].clone();
    victim.cookies.insert("shangzhi".to_owned(), planted.clone());
    let key = victim.page("/sign-in").await.form_key();
    victim.post("/sign-in", &[("form", &key), ("name", "li"), ("password", PASSWORD)]).await;
    assert_ne!(victim.cookies["shangzhi"], planted);
    // The planted one is nobody's now: neither the attacker's nor the victim's.
    let mut replay = site.visitor();
    replay.cookies.insert("shangzhi".to_owned(), planted);
    assert!(is_sent_away(&replay.get("/overview").await));
}

/// The page without the keys of its form, which are of each visitor.
fn without_key(answer: &Answer) -> String {
    answer.text().replace(&answer.form_key(), "")
}

#[tokio::test]
async fn guessing_locks_a_name_whether_it_is_anybodys_or_not() {
    let site = Site::new(&CITY, turned::<0>).await;
    site.account("li", "li", Role::City, None).await;
    let mut visitor = site.visitor();
    let mut answers = Vec::new();
    for name in ["li", "nobody"] {
        for nth in 0..5 {
            let answer = visitor.sign_in(name, &format!("a wrong password {nth}")).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            answers.push(without_key(&answer));
        }
        // Right or wrong: the answer is the same, and so it is for a name that nobody has.
        let answer = visitor.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        answers.push(without_key(&answer));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    turn::<0>(MINUTE - 1);
    assert_eq!(visitor.sign_in("li", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    turn::<0>(1);
    // One more failure doubles the wait; a try while locked does not.
    assert_eq!(visitor.sign_in("li", "still wrong, still wrong").await.status, StatusCode::UNAUTHORIZED);
    turn::<0>(MINUTE);
    assert_eq!(visitor.sign_in("li", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    turn::<0>(MINUTE);
    assert_eq!(visitor.sign_in("li", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.store.sign_in_failures("li", 9).await.expect("read").len(), 0);
    assert!(matches!(site.store.verify(None).await.expect("verify"), Verdict::Whole { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_once_count_each() {
    let site = Site::new(&CITY, still).await;
    site.account("li", "li", Role::City, None).await;
    let mut tries = tokio::task::JoinSet::new();
    for nth in 0..40 {
        let mut visitor = site.visitor();
        let password = if nth == 39 { PASSWORD.to_owned() } else { format!("a wrong password {nth}") };
        tries.spawn(async move { visitor.sign_in("li", &password).await.status });
    }
    let passed = tries.join_all().await.into_iter().filter(|s| *s == StatusCode::SEE_OTHER).count();
    // However they fall, five failures are all that is looked at.
    let failures = site.store.sign_in_failures("li", 99).await.expect("read").len();
    assert!(passed <= 1 && failures <= 10, "{passed} {failures}");
    let locked = site.visitor().sign_in("li", PASSWORD).await.status;
    assert_eq!(locked, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_ends_idle_and_at_last() {
    let site = Site::new(&CITY, turned::<1>).await;
    let mut idle = site.person("li", Role::City, None).await;
    let mut busy = site.person("han", Role::City, None).await;
    turn::<1>(29 * MINUTE);
    busy.page("/account").await;
    turn::<1>(MINUTE);
    assert!(is_sent_away(&idle.get("/account").await));
    // Asking once more does not bring it back.
    assert!(is_sent_away(&idle.get("/account").await));
    for _ in 0..19 {
        turn::<1>(28 * MINUTE);
        busy.page("/account").await;
    }
    // 562 minutes so far: not idle, and at 599 still there.
    for (minutes, there) in [(28, true), (9, true), (1, false)] {
        turn::<1>(minutes * MINUTE);
        assert_eq!(is_sent_away(&busy.get("/account").await), !there, "{minutes}");
    }
    assert!(is_sent_away(&busy.get("/account").await), "ten hours are over");
}

#[tokio::test]
async fn a_district_sees_its_own_and_nothing_else_is_there() {
    let site = Site::new(&CITY, still).await;
    let mut city = site.person("city", Role::City, None).await;
    let mut own = site.person("own", Role::District, Some("500103")).await;
    // Files have rows of all districts: they are not for one.
    assert_eq!(own.get("/imports").await.status, StatusCode::FORBIDDEN);
    assert_eq!(own.get("/export/imports.xlsx").await.status, StatusCode::FORBIDDEN);
    for page in sections().filter(|page| *page != "imports") {
        for forged in ["district=500112", "district=500103&district=500112", "district=none", "district=500103%00"] {
            for path in [
                format!("/{page}?{forged}"),
                format!("/export/{page}.xlsx?{forged}"),
                format!("/api/v1/{page}?{forged}"),
            ] {
                let answer = own.get(&path).await;
                assert!(
                    [StatusCode::NOT_FOUND, StatusCode::BAD_REQUEST].contains(&answer.status),
                    "{path}: {}",
                    answer.status
                );
                assert!(!answer.text().contains("<table"), "{path}");
            }
        }
        // The same tables as the city has for that district, and not those of the city.
        let theirs = own.page(&format!("/api/v1/{page}")).await.json();
        let held = city.page(&format!("/api/v1/{page}?district=500103")).await.json();
        for (mine, citys) in
            theirs["tables"].as_array().into_iter().flatten().zip(held["tables"].as_array().into_iter().flatten())
        {
            assert_eq!(mine["rows"], citys["rows"], "{page}");
            assert_eq!(mine["total"], citys["total"], "{page}");
        }
    }
    let districts = own.page("/api/v1/overview").await.json();
    let rows =
        districts["tables"].as_array().expect("tables").iter().find(|t| t["code"] == "districts").expect("a table");
    let codes: Vec<_> = rows["rows"].as_array().expect("rows").iter().map(|r| r["keys"][0]["code"].clone()).collect();
    assert_eq!(codes, ["500103"]);
}

#[tokio::test]
async fn a_loan_of_another_district_is_not_there() {
    let site = Site::new(&CITY, still).await;
    let mut city = site.person("city", Role::City, None).await;
    let mut own = site.person("own", Role::District, Some("500103")).await;
    let (mut theirs, mut others) = (0, 0);
    for bank in ["工商银行", "重庆银行", "重庆农商行", "三峡银行", "邮储银行"] {
        let list = city
            .page(&format!("/api/v1/loan-list?{}", site::form(&[("bank", bank), ("from", "2019-01-01")])))
            .await
            .json();
        for row in list["tables"][0]["rows"].as_array().expect("rows") {
            let number = row["keys"][0]["code"].as_str().expect("a number");
            let query = site::form(&[("bank", bank), ("loan", number)]);
            let shown = city.page(&format!("/api/v1/loan?{query}")).await.json();
            let in_own = shown["tables"][1]["rows"]
                .as_array()
                .expect("moves")
                .iter()
                .any(|m| m["values"][2]["text"] == "渝中区");
            let status = own.get(&format!("/loan?{query}")).await.status;
            assert_eq!(status, if in_own { StatusCode::OK } else { StatusCode::NOT_FOUND }, "{number}");
            (theirs, others) = (theirs + u64::from(in_own), others + u64::from(!in_own));
        }
    }
    assert!(theirs > 3 && others > 30, "{theirs} {others}");
    for query in ["bank=none&loan=x", "loan=x", "bank=%3Cscript%3E&loan=x"] {
        assert_eq!(own.get(&format!("/loan?{query}")).await.status, StatusCode::NOT_FOUND, "{query}");
    }
}

#[tokio::test]
async fn roles_have_their_sections() {
    let site = Site::new(&CITY, still).await;
    let mut operator = site.person("operator", Role::Operator, None).await;
    for page in sections() {
        for path in [format!("/{page}"), format!("/export/{page}.xlsx"), format!("/api/v1/{page}")] {
            assert_eq!(operator.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert!(operator.page("/people").await.text().contains("operator"));
    let mut auditor = site.person("auditor", Role::Auditor, None).await;
    auditor.page("/people").await;
    auditor.page("/overview").await;
    let mut city = site.person("city", Role::City, None).await;
    assert_eq!(city.get("/people").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn no_header_and_no_way_out_comes_from_an_address() {
    let site = Site::new(&CITY, still).await;
    let mut visitor = site.person("li", Role::City, None).await;
    for path in [
        "/export/overview.xlsx%0d%0aset-cookie:%20a=b",
        "/export/overview%0d%0a.districts.csv",
        "/export/..%2f..%2fetc%2fpasswd.csv",
        "/export/overview.%2e%2e%2fpasswd.csv",
        "/export/....csv",
        "/export/overview",
        "/export/overview.financing.xlsx",
        "/%2e%2e%2fetc%2fpasswd",
        "/..%5c..%5cwindows",
        "/api/v1/..%2foverview",
        "/api/v1/overview%00",
        "/style.css",
    ] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.headers.get("set-cookie").is_none() && !answer.text().contains("root:"), "{path}");
    }
    for query in ["bank=a%0d%0aset-cookie:x", "lang=en%0d%0a", "as_of=2024-01-01%0d%0a%0d%0ax"] {
        let answer = visitor.get(&format!("/export/overview.xlsx?{query}")).await;
        assert!(answer.headers.get("set-cookie").is_none(), "{query}");
        assert!(!answer.header("content-disposition").contains("set-cookie"), "{query}");
    }
    // The way on after signing in.
    for next in ["//evil.test", "https://evil.test", "/\\evil.test", "/x\r\nset-cookie: a=b"] {
        let mut visitor = site.visitor();
        let key = visitor.page("/sign-in").await.form_key();
        let fields = [("form", key.as_str()), ("name", "li"), ("password", PASSWORD), ("next", next)];
        let answer = visitor.post("/sign-in", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/overview"), "{next}");
    }
}

#[tokio::test]
async fn what_is_not_right_is_said_in_the_language_of_the_page_and_to_machines_as_json() {
    let site = Site::with(&CITY, still, true).await;
    let mut visitor = site.person("li", Role::City, None).await;
    for (query, zh, en) in [
        ("as_of=2031-01-01", "2010年至今日", "from 2010 to today"),
        ("district=999", "没有这个代码", "is not one of the codes"),
        ("start=x", "应为整数", "must be a whole number"),
        ("colour=red", "没有这个参数", "is not known here"),
    ] {
        for (lang, words) in [("zh", zh), ("en", en)] {
            let page = visitor.get(&format!("/loans?{query}&lang={lang}")).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
            assert!(page.text().contains(words), "{query}: {}", page.text());
            let told = visitor.get(&format!("/api/v1/loans?{query}&lang={lang}")).await;
            assert_eq!(told.status, StatusCode::BAD_REQUEST, "{query}");
            assert!(told.json()["error"].as_str().is_some_and(|e| e.contains(words)), "{query}");
        }
    }
    for path in ["/api/v1/nope", "/api/"] {
        let told = visitor.get(path).await;
        assert_eq!(
            (told.status, told.header("content-type")),
            (StatusCode::NOT_FOUND, "application/json; charset=utf-8")
        );
        assert!(told.json()["error"].is_string(), "{path}");
    }
}

#[tokio::test]
async fn every_answer_forbids_what_a_page_does_not_need() {
    let site = Site::with(&CITY, still, true).await;
    let mut visitor = site.person("li", Role::City, None).await;
    let style = visitor.page("/sign-in").await.text();
    let style = style.split("href=\"/style-").nth(1).and_then(|s| s.split('"').next()).expect("a style").to_owned();
    for path in ["/overview", "/nothing", "/sign-in", "/export/overview.xlsx", "/api/v1/loans", "/loans?sql=1"] {
        let answer = visitor.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';") && policy.ends_with("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let text = answer.text();
        for word in ["<script", " style=\"", "onclick", "http://", "https://", "javascript:"] {
            assert!(path.starts_with("/export") || !text.contains(word), "{path}: {word}");
        }
    }
    assert!(visitor.page(&format!("/style-{style}")).await.header("cache-control").contains("immutable"));
    assert!(visitor.cookies.contains_key("__Host-shangzhi"));
}

#[tokio::test]
async fn texts_of_others_are_texts() {
    let site = Site::new(&CITY, still).await;
    site.account("x", "<script>alert(1)</script>", Role::City, None).await;
    let mut visitor = site.visitor();
    visitor.sign_in("x", PASSWORD).await;
    let evil = "\"><script>alert(2)</script>";
    for path in [
        format!("/overview?{}", site::form(&[("bank", evil)])),
        format!("/loans?{}", site::form(&[("bank", evil), ("lang", "en")])),
        format!("/loans?{}", site::form(&[("recorded_at", evil)])),
        format!("/loans?{}", site::form(&[(evil, "x")])),
        format!("/loan-list?{}", site::form(&[("bank", evil)])),
        format!("/sign-in?{}", site::form(&[("next", evil)])),
    ] {
        let answer = visitor.get(&path).await;
        assert!(!answer.text().contains("<script"), "{path}: {}", answer.text());
    }
    assert!(visitor.page("/overview").await.text().contains("&lt;script&gt;alert(1)"));
    // What begins like a formula is text in both kinds of files.
    let formula = "=cmd|' /C calc'!A0";
    let file = visitor.page(&format!("/export/loans.xlsx?{}", site::form(&[("bank", formula)]))).await;
    let sheets = site::sheets_of(&file.body);
    assert!(sheets.iter().all(|(_, xml)| !xml.contains("<f>")));
    assert!(sheets.iter().any(|(_, xml)| xml.contains("=cmd|")), "the filter is told, as text");
}

#[tokio::test]
async fn sign_ins_exports_and_looks_at_enterprises_are_audited() {
    let site = Site::new(&CITY, turned::<2>).await;
    let mut visitor = site.person("li", Role::City, None).await;
    let _ = site.visitor().sign_in("li", "a wrong password").await;
    let _ = site.visitor().sign_in("hunter2hunter2", "a wrong password").await;
    visitor.page("/export/overview.xlsx?as_of=2026-05-31").await;
    visitor.page("/export/loans.lending.csv").await;
    visitor.page("/api/v1/banks").await;
    visitor.page("/overview").await;
    visitor.page(&format!("/enterprise?enterprise={}", common::code(3))).await;
    visitor.page("/loan-list?bank=%E5%B7%A5%E5%95%86%E9%93%B6%E8%A1%8C").await;
    let key = visitor.page("/account").await.form_key();
    visitor.post("/sign-out", &[("form", &key)]).await;
    let (mut export, mut lines) = (site.store.export(0, i64::MAX, None), Vec::new());
    while let Some(line) = export.next().await.expect("a line") {
        lines.push(line);
    }
    let said: Vec<String> = lines
        .iter()
        .map(|l| format!("{} {} {} {}", l.actor, l.action, l.outcome, l.object_id.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(
        said,
        [
            "tester AddAccount OK li",
            "li SignIn OK -",
            "li SignIn UNAUTHENTICATED -",
            // A name that nobody has may be a password.
            "- SignIn UNAUTHENTICATED -",
            "li Export OK overview-2026-05-31.xlsx",
            "li Export OK loans-lending-2026-06-15.csv",
            "li Export OK banks.json",
            "li LookUp OK enterprise",
            "li LookUp OK loan-list",
            "li SignOut OK -",
        ]
    );
    let look = lines.iter().find(|l| l.object_id.as_deref() == Some("enterprise")).expect("a line");
    assert!(look.subject_mac.is_some(), "the enterprise is there as a pseudonym");
    assert!(!look.detail.as_deref().unwrap_or_default().contains(common::code(3).as_str()));
    assert!(matches!(site.store.verify(None).await.expect("verify"), Verdict::Whole { .. }));
}

#[tokio::test]
async fn a_form_that_is_too_long_is_not_read() {
    let site = Site::new(&CITY, still).await;
    let mut visitor = site.visitor();
    visitor.page("/sign-in").await;
    let answer = visitor.send(Request::post("/sign-in"), Body::from(vec![b'a'; 100_000])).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
