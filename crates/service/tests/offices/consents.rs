use crate::office::{E1, NOW, Office, expect, refused, said};
use crate::place::DAY;
use api::Date;
use api::rating::v1::*;
use prost::Message as _;
use tonic::Code;

fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

fn grant(bank: &str) -> GrantConsentRequest {
    GrantConsentRequest {
        request_id: api::request_id::new(),
        enterprise_id: E1.into(),
        recipient_bank_id: bank.into(),
        signatory: Some(Signatory { name: "王五".into(), capacity: "法定代表人".into() }),
        purpose: Purpose::LoanApplication.into(),
        scope: ConsentScope::EnterpriseData.into(),
        data_categories: vec!["tax_returns".into(), "invoices".into()],
        valid_from: date(2026, 11, 25),
        valid_until: date(2027, 11, 24),
        signed_text: Some(SignedText { digest: format!("sha256:{}", "0a".repeat(32)), location: "file/1.pdf".into() }),
    }
}

fn revoke(id: &str) -> RevokeConsentRequest {
    RevokeConsentRequest { request_id: api::request_id::new(), consent_id: id.into(), reason: "不再申请".into() }
}

fn list() -> ListConsentsRequest {
    ListConsentsRequest { enterprise_id: E1.into(), ..Default::default() }
}

pub async fn a_consent_lives_from_its_grant_to_its_end(place: &Office) {
    let server = place.start().await;
    let (a, b, platform) =
        (server.client("bank-a").await, server.client("bank-b").await, server.client("platform").await);

    // A bank is the recipient whatever the body says; the platform names one.
    let asked = grant("");
    let first = a.call(asked.clone()).await.unwrap().consent.unwrap();
    assert_eq!((first.recipient_bank_id.as_str(), first.granter()), ("bank-a", Granter::Bank));
    assert_eq!(
        (first.state(), first.data_categories.join(",")),
        (ConsentState::InForce, "invoices,tax_returns".into())
    );
    let second = platform.call(grant("bank-b")).await.unwrap().consent.unwrap();
    assert_eq!((second.recipient_bank_id.as_str(), second.granter()), ("bank-b", Granter::Platform));

    // A repeat has the same bytes, also later; another body is refused.
    place.set(NOW + DAY);
    assert_eq!(a.call(asked.clone()).await.unwrap().consent.unwrap().encode_to_vec(), first.encode_to_vec());
    let other = GrantConsentRequest { enterprise_id: "E2".into(), ..asked.clone() };
    assert_eq!(refused(a.call(other).await), expect(Code::AlreadyExists, "REQUEST_ID_REUSED", ""));

    // A bank sees its own, the platform and the auditor all.
    let ids = |response: ListConsentsResponse| -> Vec<String> {
        response.consents.into_iter().map(|c| c.consent_id).collect()
    };
    assert_eq!(ids(a.call(list()).await.unwrap()).join(" "), first.consent_id);
    assert_eq!(ids(b.call(list()).await.unwrap()).join(" "), second.consent_id);
    let all = [second.consent_id.clone(), first.consent_id.clone()];
    assert_eq!(ids(platform.call(list()).await.unwrap()), all);
    let auditor = server.client("auditor").await;
    assert_eq!(ids(auditor.call(list()).await.unwrap()), all);

    // Another's consent and none at all are the same bytes.
    let theirs = b.call(revoke(&first.consent_id)).await.unwrap_err();
    let nones = b.call(revoke(&api::request_id::new())).await.unwrap_err();
    assert_eq!(said(&theirs), (Code::NotFound, "NOT_FOUND".into()));
    assert_eq!((theirs.message(), theirs.details()), (nones.message(), nones.details()));

    // It ends once; the repeat of the request is no second end.
    let ending = revoke(&first.consent_id);
    let ended = a.call(ending.clone()).await.unwrap().consent.unwrap();
    assert_eq!((ended.state(), ended.revocation_reason.as_str()), (ConsentState::Revoked, "不再申请"));
    place.set(NOW + 2 * DAY);
    assert_eq!(a.call(ending).await.unwrap().consent.unwrap().encode_to_vec(), ended.encode_to_vec());
    let again = expect(Code::FailedPrecondition, "CONSENT_ENDED", "");
    assert_eq!(refused(a.call(revoke(&first.consent_id)).await), again);
    assert_eq!(refused(platform.call(revoke(&first.consent_id)).await), again);
    let listed = a.call(list()).await.unwrap().consents.remove(0);
    assert_eq!(listed.encode_to_vec(), ended.encode_to_vec());
    // Asked about the time before, it was in force.
    let at = Some(prost_types::Timestamp { seconds: NOW / 1_000_000 + 3_600, nanos: 0 });
    let before = a.call(ListConsentsRequest { at, ..list() }).await.unwrap();
    assert_eq!(before.consents[0].state(), ConsentState::InForce);

    // The platform ends any; an expired one has ended already.
    place.set(NOW + 800 * DAY);
    assert_eq!(refused(platform.call(revoke(&second.consent_id)).await), again);
    server.stop().await;
    // Also after a restart the first request has its answer.
    let server = place.start().await;
    let a = server.client("bank-a").await;
    assert_eq!(a.call(asked).await.unwrap().consent.unwrap().encode_to_vec(), first.encode_to_vec());
    assert!(matches!(server.desk.store().verify(None).await.unwrap(), store::Verdict::Whole { .. }));
    server.stop().await;
}

pub async fn what_does_not_fit_is_said_at_once(place: &Office) {
    let server = place.start().await;
    let (a, platform) = (server.client("bank-a").await, server.client("platform").await);
    let invalid = |fields: &str| expect(Code::InvalidArgument, "INVALID_REQUEST", fields);
    let empty = GrantConsentRequest { request_id: "7".into(), ..Default::default() };
    assert_eq!(
        refused(platform.call(empty).await),
        invalid(
            "request_id enterprise_id recipient_bank_id signatory.name signatory.capacity purpose scope \
             data_categories valid_from valid_until signed_text.digest signed_text.location"
        )
    );
    assert_eq!(refused(a.call(grant("bank-a")).await), invalid("recipient_bank_id"));
    let with = |scope: ConsentScope, ids: &[&str]| GrantConsentRequest {
        scope: scope.into(),
        data_categories: ids.iter().map(|id| (*id).to_owned()).collect(),
        ..grant("")
    };
    use ConsentScope::*;
    for (request, fields) in [
        (with(EnterpriseData, &["invoices", "weather", "invoices"]), "data_categories[1] data_categories[2]"),
        (with(EnterpriseData, &["loans"]), "data_categories[0]"),
        (with(LendingData, &["invoices", "loans", "registry"]), "data_categories[0] data_categories[2]"),
        (with(PersonalItems, &["loans"]), "data_categories[0]"),
    ] {
        assert_eq!(refused(a.call(request).await), invalid(fields));
    }
    for (from, until) in [
        (date(2026, 11, 25), date(2026, 11, 24)),
        (date(2026, 11, 25), date(2031, 11, 26)),
        (date(2026, 1, 1), date(2026, 11, 24)), // over since yesterday
    ] {
        let request = GrantConsentRequest { valid_from: from, valid_until: until, ..grant("") };
        assert_eq!(refused(a.call(request).await), invalid("valid_until"));
    }
    let request = GrantConsentRequest { valid_from: date(2026, 2, 30), ..grant("") };
    assert_eq!(refused(a.call(request).await), invalid("valid_from"));
    // Lending data with a consent of its own; public sources are named for nothing.
    a.call(with(LendingData, &["loans", "credit_queries"])).await.unwrap();
    a.call(with(EnterpriseData, &["registry"])).await.unwrap();

    let not_allowed = expect(Code::PermissionDenied, "ROLE_NOT_ALLOWED", "");
    for id in ["bureau", "auditor", "operator"] {
        let client = server.client(id).await;
        assert_eq!(refused(client.call(grant("bank-a")).await), not_allowed, "{id}");
        assert_eq!(refused(client.call(revoke(&api::request_id::new())).await), not_allowed, "{id}");
    }
    for id in ["bureau", "operator"] {
        assert_eq!(refused(server.client(id).await.call(list()).await), not_allowed, "{id}");
    }
    // Each call that reached a handler left a line: the refused ones with their code.
    let mut lines = server.desk.store().export(0, i64::MAX, None);
    let (mut all, mut bad) = (0, 0);
    while let Some(line) = lines.next().await.unwrap() {
        all += 1;
        bad += usize::from(line.outcome == "INVALID_ARGUMENT" && line.detail.as_deref() == Some("INVALID_REQUEST"));
    }
    assert_eq!((all, bad), (12, 10));
    server.stop().await;
}

pub async fn pages_are_led_by_tokens_that_no_one_else_can_make(place: &Office) {
    let server = place.start().await;
    let (a, platform) = (server.client("bank-a").await, server.client("platform").await);
    for _ in 0..5 {
        a.call(grant("")).await.unwrap();
    }
    let mut request = ListConsentsRequest { page_size: 2, ..list() };
    let (mut pages, mut seen) = (Vec::new(), Vec::new());
    loop {
        let page = a.call(request.clone()).await.unwrap();
        pages.push(page.consents.len());
        seen.extend(page.consents.into_iter().map(|c| c.consent_id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((pages, seen.len()), (vec![2, 2, 1], 5));

    let token = request.page_token.clone();
    let bad = expect(Code::InvalidArgument, "INVALID_PAGE_TOKEN", "");
    let with = |token: &str| ListConsentsRequest { page_token: token.to_owned(), ..request.clone() };
    for forged in ["1", ".", &token[1..], &format!("9{token}"), &token.to_uppercase(), &"a".repeat(10_000)] {
        assert_eq!(refused(a.call(with(forged)).await), bad, "{forged}");
    }
    // Of another caller, and for another request.
    assert_eq!(refused(platform.call(with(&token)).await), bad);
    let other = ListConsentsRequest { enterprise_id: "E2".into(), ..with(&token) };
    assert_eq!(refused(a.call(other).await), bad);
    let negative = ListConsentsRequest { page_size: -1, ..list() };
    assert_eq!(refused(a.call(negative).await), expect(Code::InvalidArgument, "INVALID_REQUEST", "page_size"));
    server.stop().await;
}
