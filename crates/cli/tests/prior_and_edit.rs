//! A card as a prior, through the commands.

mod common;

use common::Place;
use scoring::{Attribute, Model, Table};

fn model(place: &Place, folder: &str) -> Model {
    Model::from_json(&place.bytes(&format!("{folder}/model.json"))).expect("a model")
}

fn figures(place: &Place, folder: &str) -> serde_json::Value {
    serde_json::from_str(&place.read(&format!("{folder}/validation.json"))).expect("JSON")
}

/// Few rows that the card has not seen.
fn with_few() -> Place {
    let place = Place::with_model();
    place.ok("demo-data --out few.csv --rows 250 --seed 5");
    place
}

#[test]
fn few_outcomes_are_fitted_to_a_card() {
    let place = with_few();
    let train = "train --data few.csv --target bad --bad 1 --config train.toml --prior model";
    let text = place.ok(&format!("{train} --out own --threads 1"));
    for word in ["prior card", "weight of the whole card", "years_in_business", "out-of-fold"] {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    assert!(place.ok("model check own").contains("golden rows   ok"));
    let (card, own) = (model(&place, "model"), model(&place, "own"));
    let record = own.file().origin.prior.as_ref().expect("a prior on record");
    assert_eq!(&record.digest, card.digest());
    assert_eq!(record.tables.len(), card.file().tables.len());
    assert!(record.slope > 0.4 && record.slope < 1.6, "the card is of the same population: {}", record.slope);
    for (a, b) in own.file().tables.iter().zip(&card.file().tables) {
        let attributes = |t: &Table| match t {
            Table::OneWay { bins, .. } => bins.iter().map(|b| b.attribute.clone()).collect::<Vec<Attribute>>(),
            Table::TwoWay(_) => Vec::new(),
        };
        assert_eq!(attributes(a), attributes(b), "the bins are the card's");
    }
    let show = place.ok("model show own --lang en");
    assert!(show.contains("prior card scorecard 1, sha256:") && show.contains("prior_card"), "{show}");
    assert!(place.read("own/card.md").contains("## Prior card 先验评分卡"));
    assert!(figures(&place, "own")["out_of_fold"]["auc"].as_f64().is_some_and(|a| a > 0.7), "{text}");
    let file = train.replace("--prior model", "--prior model/model.json");
    place.ok(&format!("{file} --out file --threads 2"));
    assert_eq!(
        place.bytes("own/model.json"),
        place.bytes("file/model.json"),
        "a folder or its file, one thread or two"
    );
    // It scores as any other model does.
    place.ok("score --model own --data made.csv --out s.csv");
    place.ok("validate --model own --data made.csv --target bad --bad 1 --out report");
}

#[test]
fn a_prior_that_does_not_fit_is_refused() {
    let place = with_few();
    let train = "train --data few.csv --target bad --bad 1 --out own";
    let cut: String =
        place.read("few.csv").lines().map(|l| l.split_once(',').map_or("", |p| p.1).to_owned() + "\n").collect();
    let head = cut.lines().next().expect("a heading").replace("debt_ratio", "debt");
    let (_, rows) = cut.split_once('\n').expect("rows");
    place.write("renamed.csv", format!("{head}\n{rows}"));
    place.refused(
        "train --data renamed.csv --target bad --bad 1 --out own --prior model",
        &["renamed.csv", "the prior card reads column \"debt_ratio\", which is not in the data"],
    );
    place.write("out.toml", "[columns]\nexclude = [\"debt_ratio\"]");
    place.refused(
        &format!("{train} --prior model --config out.toml"),
        &["reads column \"debt_ratio\", which columns.exclude names"],
    );
    place.refused(&format!("{train} --prior absent"), &["--prior absent"]);
    place.refused(&format!("{train} --prior few.csv"), &["--prior few.csv"]);
    place.refused(&format!("{train} --prior model --method boosted"), &["--method", "cannot be used with"]);
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/commercial-value/1");
    place.refused(&format!("{train} --prior {shipped}"), &["the prior card reads column", "commercial-value card"]);
}
