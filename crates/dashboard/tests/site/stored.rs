//! The service behind the pages, as it reads stored ratings: of each rating of a made ledger something that follows from its id.

use chrono::NaiveDate;
use dashboard::{
    FeatureRead, MissingRead, MissingReading, RatingRead, Reads, ReasonRead, ReasonsAsked, ReasonsRead, ReasonsReading,
    StoredRating, Unread,
};
use ledger::event::{Body, RatingEvent, UnixMicros};
use primitives::CreditCode;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::EntryLine;

/// A rating of the ledger.
#[derive(Clone)]
pub struct Issued {
    pub id: String,
    pub enterprise: CreditCode,
    pub day: NaiveDate,
    pub grade: String,
    pub score: i32,
    pub at: UnixMicros,
}

/// All of them, and what was asked.
#[derive(Clone, Default)]
pub struct Stored {
    pub issued: Arc<Vec<Issued>>,
    pub asked: Arc<Mutex<Vec<ReasonsAsked>>>,
    /// Whom the service refuses.
    pub refused: Option<String>,
}

impl Stored {
    pub fn of(lines: &[EntryLine]) -> Self {
        let issued = lines.iter().filter_map(|line| match &line.event.body {
            Body::Rating { rating, did: RatingEvent::Issued { enterprise, grade, score, .. } } => Some(Issued {
                id: rating.to_string(),
                enterprise: *enterprise,
                day: line.event.effective_on,
                grade: grade.to_string(),
                score: (*score).try_into().expect("a score"),
                at: line.recorded_at,
            }),
            _ => None,
        });
        Self { issued: Arc::new(issued.collect()), ..Self::default() }
    }

    /// What is stored of the nth rating: every fifth is none, a seventh was deleted, an eleventh revoked.
    pub fn read(nth: usize, issued: &Issued) -> Option<StoredRating> {
        let reason = |n: usize| ReasonRead {
            code: format!("R{n}"),
            text_zh: format!("近十二个月销售额下降，原因{n}"),
            text_en: format!("sales of the last twelve months fell, reason {n} <b>"),
            characteristic: format!("sales_growth_{n}"),
            points_lost: Some((30 - n * 7).try_into().expect("points")),
            best_grade: String::new(),
        };
        let hit = ReasonRead {
            code: "abnormal".into(),
            text_zh: "经营异常名录".into(),
            text_en: "list of abnormal operations".into(),
            characteristic: String::new(),
            points_lost: None,
            best_grade: "BBB".into(),
        };
        match nth {
            n if n % 5 == 4 => None,
            n if n % 7 == 6 => Some(StoredRating::Deleted),
            n if n % 11 == 10 => Some(StoredRating::Revoked),
            n => Some(StoredRating::Here(RatingRead {
                issued_on: issued.day,
                score: Some(issued.score),
                grade: issued.grade.clone(),
                pd_ppm: (n % 3 != 2).then_some((12_345 + n as i64, 12)),
                model: "commercial-value 1".into(),
                mark: "示例".into(),
                reasons: (n % 2 == 1).then_some(hit).into_iter().chain((0..n % 4).map(reason)).collect(),
            })),
        }
    }
}

/// Inputs of the model.
pub const INPUTS: usize = 40;

impl Stored {
    /// Whether the nth input was missing at the nth rating: more often from 2026 on for the seventh.
    pub fn lacks(input: usize, nth: usize, issued: &Issued) -> bool {
        use chrono::Datelike as _;
        match input {
            7 if issued.day.year() >= 2026 => nth.is_multiple_of(2),
            input => nth % (input + 3) == 1,
        }
    }
}

impl Reads for Stored {
    fn missing(&self, through: NaiveDate) -> MissingReading {
        let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
        for (nth, issued) in self.issued.iter().enumerate().filter(|(_, i)| i.day <= through) {
            let month = issued.day.format("%Y-%m").to_string();
            *counts.entry((month.clone(), String::new())).or_default() += 1;
            for input in (0..INPUTS).filter(|input| Self::lacks(*input, nth, issued)) {
                *counts.entry((month.clone(), format!("input_{input}"))).or_default() += 1;
            }
        }
        let counts = counts.into_iter().map(|((month, input), missing)| (month, input, missing)).collect();
        let feature = |n: usize| FeatureRead {
            name: format!("input_{n}"),
            name_zh: format!("近十二个月申报销售收入第{n}项"),
            name_en: format!("declared sales of the last twelve months, item {n}"),
        };
        let features = (0..INPUTS).map(feature).collect();
        Box::pin(async move { Ok(MissingRead { features, counts }) })
    }

    fn reasons(&self, asked: ReasonsAsked) -> ReasonsReading {
        self.asked.lock().expect("a list").push(asked.clone());
        let answer = match &self.refused {
            Some(name) if *name == asked.name => Err(Unread::Forbidden),
            _ => {
                let all = self.issued.iter().enumerate();
                let of = all.filter(|(_, i)| i.enterprise == asked.enterprise && i.at <= asked.until);
                let ratings = of.filter_map(|(nth, i)| Some((i.id.clone(), Self::read(nth, i)?)));
                Ok(ReasonsRead { ratings: ratings.collect(), objection_open: true, changed_at: None, more: false })
            }
        };
        Box::pin(async move { answer })
    }
}
