//! Counts of missing inputs against a count by hand over all stored ratings.

use super::{batch, request};
use crate::place::{Place, Running};
use api::rating::v1::AssessRequest;
use features::catalogue::Catalogue;
use rating::Text;
use service::Ratings;
use std::collections::BTreeMap;

/// By input: in how many of the rated enterprises the snapshot does not have it.
fn by_hand(running: &Running, ids: &[String]) -> BTreeMap<String, i64> {
    let (snapshot, catalogue) = (running.desk.snapshots().current(), Catalogue::built_in());
    let mut counts = BTreeMap::from([(String::new(), i64::try_from(ids.len()).unwrap())]);
    for id in ids {
        let row = snapshot.get(id).unwrap().unwrap();
        let states = row.text(Text::States as usize).unwrap();
        for (feature, state) in catalogue.features.iter().zip(states.chars()) {
            if state == 'u' || state == 'n' {
                *counts.entry(feature.column.clone()).or_default() += 1;
            }
        }
    }
    counts
}

async fn counted(ratings: &Ratings) -> BTreeMap<String, i64> {
    let (first, last) = ("2020-01-01".parse().unwrap(), "2099-12-31".parse().unwrap());
    let mut sums = BTreeMap::new();
    for count in ratings.missing_inputs(first, last).await.unwrap() {
        *sums.entry(count.input).or_default() += count.missing;
    }
    sums
}

pub async fn missing_inputs_are_counted_as_ratings_are_stored(place: &Place, ids: &[String]) {
    let running = place.serve().await;
    let ratings = Ratings::new(running.desk.clone());
    let bank = running.client("bank-a").await;
    for id in ids {
        running.grant("bank-a", id, &[]).await;
    }
    let requests: Vec<AssessRequest> = ids.iter().map(|id| request(id)).collect();
    let (before, after) = requests.split_at(ids.len() / 3);
    batch(&bank, before).await.into_iter().for_each(|r| drop(r.unwrap()));
    ratings.count_all_inputs().await.unwrap();
    assert_eq!(counted(&ratings).await, by_hand(&running, &ids[..before.len()]));
    batch(&bank, after).await.into_iter().for_each(|r| drop(r.unwrap()));
    ratings.count_all_inputs().await.unwrap();
    let expect = by_hand(&running, ids);
    assert!(expect.values().filter(|n| **n > 0).count() > 5, "{expect:?}: some are missing");
    assert_eq!(counted(&ratings).await, expect);
    // A source that is left out is missing; counting again changes nothing else.
    running.grant("bank-b", &ids[0], &["tax_returns"]).await;
    let of_b = running.client("bank-b").await;
    batch(&of_b, &[request(&ids[0])]).await.remove(0).unwrap();
    ratings.count_all_inputs().await.unwrap();
    let with_b = counted(&ratings).await;
    assert_eq!(with_b[""], expect[""] + 1);
    let more: i64 = with_b.iter().map(|(input, n)| n - expect.get(input).copied().unwrap_or(0)).sum();
    let of_one: i64 = by_hand(&running, &ids[..1]).values().sum();
    assert!(more > of_one, "{more} {of_one}: what is not authorised is missing");
    // Thrown away, a rebuild has the same.
    running.store().forget_input_counts().await.unwrap();
    assert!(counted(&ratings).await.is_empty());
    ratings.count_all_inputs().await.unwrap();
    assert_eq!(counted(&ratings).await, with_b);
    // The features that are shown are those of the model that rates.
    let read = ratings.read_features();
    assert!(read.len() > 20 && read.iter().all(|f| !f.name_zh.is_empty() && !f.name_en.is_empty()), "{read:?}");
    running.stop().await;
}
