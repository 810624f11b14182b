use crate::office::{Office, expect, refused};
use api::rating::v1::*;
use api::status::error_info;
use chrono::NaiveDate;
use service::Models;
use tonic::{Code, Status};

fn activate(version: &str, digest: &str, reviewer: &str) -> ActivateModelRequest {
    ActivateModelRequest {
        request_id: api::request_id::new(),
        model_id: "commercial-value".into(),
        model_version: version.into(),
        model_digest: digest.into(),
        reviewer: reviewer.into(),
        reason: "复核通过".into(),
    }
}

#[track_caller]
fn refusals<T: std::fmt::Debug>(result: Result<T, Status>) -> String {
    let status = result.expect_err("it is refused");
    let info = error_info(&status);
    assert_eq!((status.code(), info.reason.as_str()), (Code::FailedPrecondition, "MODEL_REFUSED"));
    info.metadata["refusals"].clone()
}

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

pub async fn what_keeps_a_model_from_rating_is_said(place: &Office) {
    let by = |reviewer: &str| {
        let reviewer = reviewer.to_owned();
        move |m: &mut scoring::ModelFile| m.card.reviewer = Some(reviewer)
    };
    let plain = place.model("1", |_| ());
    let own = place.model("2", by("shangzhi "));
    let early = place.model("3", |m| {
        by("李四")(m);
        m.card.valid_from = day("2026-11-26");
    });
    let late = place.model("4", |m| {
        by("李四")(m);
        m.card.valid_until = day("2026-11-24");
    });
    let last_day = place.model("5", |m| {
        by("李四")(m);
        (m.card.valid_from, m.card.valid_until) = (day("2026-11-25"), day("2026-11-25"));
    });
    let other = place.model("6", |m| {
        by("李四")(m);
        let renamed = "not_in_the_catalogue".to_owned();
        let old = std::mem::replace(&mut m.characteristics[0].name, renamed.clone());
        for table in &mut m.tables {
            if let scoring::Table::OneWay { characteristic, .. } = table
                && *characteristic == old
            {
                characteristic.clone_from(&renamed);
            }
        }
        let parts = m.commercial.as_mut().unwrap().indicators.iter_mut().flat_map(|i| &mut i.second);
        for name in parts.flat_map(|p| &mut p.characteristics).filter(|n| **n == old) {
            name.clone_from(&renamed);
        }
    });
    let spoilt = place.model("7", by("李四"));
    std::fs::write(place.path("models/commercial-value/7/model.json"), "{}").unwrap();
    let server = place.start().await;
    let operator = server.client("operator").await;
    for (request, expect) in [
        (activate("1", &plain, ""), "NO_REVIEWER"),
        (activate("1", &plain, "Shangzhi"), "REVIEWER_IS_AUTHOR"),
        (activate("2", &own, "shangzhi"), "REVIEWER_IS_AUTHOR"),
        (activate("3", &early, "李四"), "NOT_YET_VALID"),
        (activate("4", &late, "李四"), "EXPIRED"),
        (activate("6", &other, "李四"), "CATALOGUE_DIFFERS"),
        (activate("7", &spoilt, "李四"), "DAMAGED"),
        (activate("5", &last_day, " "), "NO_REVIEWER"), // although its file names one
        (activate("5", &plain, "李四"), "DAMAGED"),     // another file than the one that was reviewed
    ] {
        assert_eq!(refusals(operator.call(request.clone()).await), expect, "{request:?}");
    }
    let other_reviewer = operator.call(activate("5", &last_day, "王五")).await;
    assert_eq!(refused(other_reviewer), expect(Code::InvalidArgument, "INVALID_REQUEST", "reviewer"));
    assert_eq!(refused(operator.call(activate("9", &plain, "李四")).await), expect(Code::NotFound, "NOT_FOUND", ""));
    let empty = ActivateModelRequest { request_id: "7".into(), ..Default::default() };
    assert_eq!(
        refused(operator.call(empty).await),
        expect(Code::InvalidArgument, "INVALID_REQUEST", "request_id model_id model_version model_digest reason")
    );
    assert!(server.desk.store().activations().await.unwrap().is_empty());
    for id in ["bank-a", "bureau", "platform", "auditor"] {
        let result = server.client(id).await.call(activate("5", &last_day, "李四")).await;
        assert_eq!(refused(result), expect(Code::PermissionDenied, "ROLE_NOT_ALLOWED", ""), "{id}");
    }

    // All roles see them, with what is in the way; the damaged one too.
    let models = server.client("bank-a").await.call(ListModelsRequest::default()).await.unwrap().models;
    let said: Vec<String> = models
        .iter()
        .map(|m| {
            let refusals: Vec<&str> = m.refusals().map(|r| r.as_str_name()).collect();
            format!("{} {}", m.r#ref.as_ref().unwrap().model_version, refusals.join(","))
        })
        .collect();
    let prefix = "MODEL_REFUSAL_";
    let expected = ["", "REVIEWER_IS_AUTHOR", "NOT_YET_VALID", "EXPIRED", "", "CATALOGUE_DIFFERS", "DAMAGED"];
    let expected: Vec<String> = expected
        .iter()
        .enumerate()
        .map(|(i, r)| format!("{} {}", i + 1, if r.is_empty() { String::new() } else { format!("{prefix}{r}") }))
        .collect();
    assert_eq!(said, expected);
    // Where none has reviewed it yet, a reviewer is named with the activation.
    assert_eq!(
        [&models[0], &models[4]].map(|m| (m.state(), m.reviewer.as_str())),
        [(ModelState::Ready, ""), (ModelState::Ready, "李四")]
    );
    let page =
        server.client("bank-a").await.call(ListModelsRequest { page_size: 3, ..Default::default() }).await.unwrap();
    let next = ListModelsRequest { page_size: 3, page_token: page.next_page_token };
    let next = server.client("bank-a").await.call(next).await.unwrap();
    assert_eq!(next.models, models[3..6]);

    // What the file does not name is read back from the activation.
    assert_eq!(operator.call(activate("1", &plain, "李四")).await.unwrap().model.unwrap().reviewer, "李四");
    let again = server.client("bank-a").await.call(ListModelsRequest::default()).await.unwrap().models;
    assert_eq!((again[0].state(), again[0].reviewer.as_str()), (ModelState::Active, "李四"));
    server.stop().await;
}

pub async fn an_activation_holds_here_elsewhere_and_after_a_restart(place: &Office) {
    let first = place.model("1", |m| m.card.reviewer = Some("李四".into()));
    let server = place.start().await;
    let operator = server.client("operator").await;
    let get = GetModelRequest::default;
    assert_eq!(refused(operator.call(get()).await), expect(Code::NotFound, "NOT_FOUND", ""));

    let asked = activate("1", &first, "李四");
    let done = operator.call(asked.clone()).await.unwrap();
    assert_eq!(done.model.as_ref().unwrap().state(), ModelState::Active);
    assert_eq!(done.replaced, None);
    // Another server on the same store, with a folder that it read before the second model came.
    let elsewhere = Models::open(&place.path("models")).unwrap();
    elsewhere.follow(server.desk.store()).await.unwrap();
    assert!(elsewhere.is_active(&first));
    let second = place.model("2", |m| m.card.reviewer = Some("李四".into()));
    let replaced = operator.call(activate("2", &second, "李四")).await.unwrap();
    assert_eq!(replaced.replaced.unwrap().r#ref.unwrap().model_digest, first);
    assert_eq!(elsewhere.follow(server.desk.store()).await.unwrap().activated.join(" "), second);
    let active = operator.call(get()).await.unwrap().model.unwrap();
    assert_eq!((active.r#ref.unwrap().model_digest, active.activated_at.is_some()), (second.clone(), true));
    // The first request again: the answer that it had, and nothing changes back.
    assert_eq!(operator.call(asked.clone()).await.unwrap(), done);
    let other = ActivateModelRequest { reason: "另一".into(), ..asked };
    assert_eq!(refused(operator.call(other).await), expect(Code::AlreadyExists, "REQUEST_ID_REUSED", ""));
    assert!(server.desk.models().is_active(&second));
    server.stop().await;

    let server = place.start().await;
    assert!(server.desk.models().is_active(&second));
    // Its folder is damaged while it serves: it goes on, and a restart takes the one before and says so.
    std::fs::write(place.path("models/commercial-value/2/model.json"), "{").unwrap();
    server.desk.models().reload().unwrap();
    server.desk.models().follow(server.desk.store()).await.unwrap();
    assert!(server.desk.models().is_active(&second));
    assert_eq!(server.desk.models().refused().len(), 1);
    let restarted = Models::open(&place.path("models")).unwrap();
    let followed = restarted.follow(server.desk.store()).await.unwrap();
    assert_eq!((followed.activated, followed.missing), (vec![first], vec![second]));
    server.stop().await;
}
