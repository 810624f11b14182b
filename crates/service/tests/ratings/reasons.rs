//! Reasons as people of the bureau read them: what banks were answered, to whom it is shown, and what the audit has of it.

use super::{assess, city, request};
use crate::place::Running;
use api::rating::v1::{ListInquiriesRequest, ObjectionState, Outcome, Rating};
use primitives::RegionCode;
use rating::Text;
use service::{Office, Ratings, Reader, Reading, Unread};

fn reader(office: Office) -> Reader {
    Reader { name: "han".into(), office }
}

/// Score, grade, probability and reasons as text, of what was answered and of what is read.
fn of_answer(rating: &Rating) -> String {
    let reasons: Vec<_> = rating.reasons.iter().map(|r| (&r.code, &r.text_zh, &r.text_en, r.points_lost)).collect();
    format!("{:?} {} {:?} {reasons:?}", rating.score, rating.grade, rating.pd_ppm)
}

fn of_reading(reading: &Reading) -> String {
    let Reading::Here(answered) = reading else { panic!("not read: {reading:?}") };
    let of_points = answered.reasons.iter().filter_map(|r| Some((&r.code, &r.text_zh, &r.text_en, r.points_lost?)));
    let reasons: Vec<_> = of_points.collect();
    format!("{:?} {} {:?} {reasons:?}", answered.score, answered.grade, answered.pd_ppm.map(|(ppm, _)| ppm))
}

pub async fn people_read_what_was_answered(running: &Running, ids: &[String]) {
    let (ratings, bank) = (Ratings::new(running.desk.clone()), running.client("bank-a").await);
    let mut of_points = 0;
    for id in ids {
        let rating = assess(&bank, request(id)).await.unwrap();
        let read = ratings.reasons(&reader(Office::Bureau), id, i64::MAX).await.unwrap();
        let (newest, reading) = &read.ratings[0];
        assert_eq!((newest, of_reading(reading)), (&rating.rating_id, of_answer(&rating)));
        let Reading::Here(answered) = reading else { panic!("not read") };
        let hits = answered.reasons.iter().filter(|r| r.points_lost.is_none()).count();
        assert_eq!(hits, rating.negative_hits.len());
        assert_eq!(answered.score.is_some(), rating.outcome() != Outcome::NotRatable, "no number without a rating");
        of_points += answered.reasons.len() - hits;
    }
    assert!(of_points > ids.len(), "reasons are compared");

    // A district reads what is registered in it, and nothing else.
    let id = &ids[0];
    let snapshot = running.desk.snapshots().current();
    let row = snapshot.get(id).unwrap().unwrap();
    let own: RegionCode = row.text(Text::District as usize).unwrap().parse().unwrap();
    let other: RegionCode = if own.to_string() == "500103" { "500106" } else { "500103" }.parse().unwrap();
    assert!(ratings.reasons(&reader(Office::District(own)), id, i64::MAX).await.is_ok());
    let refused = ratings.reasons(&reader(Office::District(other)), id, i64::MAX).await.unwrap_err();
    let unknown = ratings.reasons(&reader(Office::District(own)), "nobody", i64::MAX).await.unwrap_err();
    for why in [refused, unknown] {
        assert!(matches!(why, Unread::NotTheirs), "{why}: what is not theirs is told as what is not there");
    }

    // Each look is in the audit, and the enterprise is told of the office.
    let platform = running.client("platform").await;
    let asked = ListInquiriesRequest { enterprise_id: id.clone(), page_size: 500, ..ListInquiriesRequest::default() };
    let inquiries = platform.call(asked).await.unwrap().inquiries;
    let looks: Vec<_> = inquiries.iter().filter(|i| i.method == "ReadReasons").collect();
    let told: Vec<_> = looks.iter().map(|l| (l.asker.as_str(), l.refused)).collect();
    assert_eq!(told, [("district", true), ("district", false), ("bureau", false)], "newest first, no person's name");
}

pub async fn objections_and_revoked_consents_count_as_of_their_time(running: &Running, id: &str) {
    let (ratings, bank) = (Ratings::new(running.desk.clone()), running.client("bank-b").await);
    let consent = running.grant("bank-b", id, &[]).await;
    let rating = assess(&bank, request(id)).await.unwrap();
    let before = running.desk.now();
    let objection = running.object(id, "tax_returns").await;
    running.revoke("bank-b", id, &consent).await;
    let find = |read: &service::Readings| {
        read.ratings.iter().find(|(id, _)| *id == rating.rating_id).map(|(_, reading)| reading.clone()).unwrap()
    };
    for office in [Office::Bureau, Office::Auditor] {
        let then = ratings.reasons(&reader(office), id, before).await.unwrap();
        assert_eq!((of_reading(&find(&then)), then.objection_open), (of_answer(&rating), false), "as of before");
    }
    let read = ratings.reasons(&reader(Office::Bureau), id, i64::MAX).await.unwrap();
    assert_eq!((find(&read), read.objection_open), (Reading::Revoked, true));
    assert!(read.changed_at.is_some_and(|at| at >= before));
    let read = ratings.reasons(&reader(Office::Auditor), id, i64::MAX).await.unwrap();
    assert_eq!(of_reading(&find(&read)), of_answer(&rating), "the auditor reads it as over the wire");
    running.resolve(&objection, ObjectionState::Corrected).await;
    let read = ratings.reasons(&reader(Office::Bureau), id, i64::MAX).await.unwrap();
    assert!(!read.objection_open);
}

pub async fn what_is_deleted_is_not_read(running: &Running, id: &str) {
    let ratings = Ratings::new(running.desk.clone());
    let read = ratings.reasons(&reader(Office::Auditor), id, i64::MAX).await.unwrap();
    assert!(!read.ratings.is_empty() && read.ratings.iter().all(|(_, r)| *r == Reading::Deleted), "{read:?}");
    assert!(city().ids().iter().any(|known| known == id));
}
