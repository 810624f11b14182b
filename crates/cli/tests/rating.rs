//! From records to ratings, through the program.

mod common;
#[path = "common/pages.rs"]
mod pages;

use common::Place;
use std::sync::LazyLock;

/// A demo, made once for all tests of this file.
static DEMO: LazyLock<(Place, String)> = LazyLock::new(|| {
    let place = Place::new();
    let run = place.ok("demo --enterprises 700 --seed 3");
    (place, run)
});

fn demo() -> &'static Place {
    &DEMO.0
}

/// Rows of a CSV table as maps; no field of these has a quote or a comma in it.
fn column(text: &str, name: &str) -> Vec<String> {
    let mut lines = text.lines();
    let heading: Vec<&str> = lines.next().expect("a heading").split(',').collect();
    let at = heading.iter().position(|h| *h == name).unwrap_or_else(|| panic!("no column {name} in {heading:?}"));
    lines.map(|l| l.split(',').nth(at).unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_demo_goes_the_whole_way() {
    let out = &DEMO.1;
    for word in
        ["合成数据", "out-of-time", "ratings -> demo/ratings.parquet", "Recommended credit line", "demo/rating.html"]
    {
        assert!(out.contains(word), "{word:?} is not in\n{out}");
    }
    demo().ok("model check demo/commercial-value");
    demo().ok("model check demo/scorecard");
    let html = demo().read("demo/rating.html");
    assert!(html.contains("仅供参考") && html.contains("<svg") && !html.contains("<script"));
    assert!(demo().read("demo/issues/summary.txt").contains("set aside"));
    let refused = demo().run("demo --enterprises 700");
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("is not empty"), "{}", refused.err);
    pages::the_demo_ends_with_a_page(demo(), out);
}

#[test]
fn ratings_say_what_they_rest_on() {
    let d = demo();
    d.ok("assess --features demo/features-2025-12-31.parquet --model demo/commercial-value --out says.csv");
    let text = d.read("says.csv");
    let all = |name: &str| column(&text, name);
    assert!(all("outcome").iter().all(|o| ["rated", "hard_stop", "not_ratable"].contains(&o.as_str())));
    for ((outcome, grade), line) in all("outcome").iter().zip(all("grade")).zip(all("line_yuan")) {
        assert_eq!(outcome == "not_ratable", grade.is_empty());
        assert!(outcome == "rated" || line == "0", "{outcome} has a line of {line}");
    }
    assert!(all("pd").iter().all(String::is_empty) && all("pd_state").iter().all(|s| s == "not_calibrated"));
    assert!(all("valid_until").iter().all(|d| d == "2026-03-31"));
    assert!(all("inputs_digest").iter().all(|d| d.starts_with("sha256:")));
    assert!(all("notice").iter().all(|n| n.starts_with("仅供参考")));
    for name in ["score", "reason_1", "indicator_brand"] {
        let (with_grade, values) = (all("grade"), all(name));
        assert!(with_grade.iter().zip(&values).all(|(grade, value)| grade.is_empty() == value.is_empty()), "{name}");
    }
    assert!(all("not_ratable").iter().any(|c| c.contains("individual_business")));
    let id = &all("enterprise_id")[0];
    let page = d.ok(&format!(
        "assess --features demo/features-2025-12-31.parquet --model demo/commercial-value --explain {id} --lang zh"
    ));
    assert!(page.contains(id.as_str()) && page.contains("数据覆盖度") && page.contains("未校准"));
}

#[test]
fn a_card_is_calibrated_on_outcomes() {
    let d = demo();
    for year in ["2022", "2023", "2024"] {
        d.ok(&format!(
            "assess --features demo/features-{year}-12-31.parquet --model demo/commercial-value --out r{year}.parquet"
        ));
    }
    let few = d.run(
        "model calibrate --model demo/commercial-value --ratings r2024.parquet --outcomes demo/city/outcomes.parquet --target bad \
         --bad 1 --out few",
    );
    assert_eq!(few.code, Some(2));
    assert!(few.err.contains("30 bads") && few.err.contains("wait for more outcomes"), "{}", few.err);
    assert!(!d.path("few").exists());
    // Pooled, and with bad and good exchanged where there are too few: the refusal of a score that ranks the wrong way.
    let wrong = d.run(
        "model calibrate --model demo/commercial-value --ratings r2022.parquet r2023.parquet r2024.parquet --outcomes \
         demo/city/outcomes.parquet --target bad --bad 0 --out wrong",
    );
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("at least 200") || wrong.err.contains("must lie above 0"), "{}", wrong.err);
    let other = d.run("model calibrate --model demo/scorecard --ratings r2022.parquet --outcomes demo/city/outcomes.parquet --target bad --bad 1 --out o");
    assert_eq!(other.code, Some(2));
    assert!(other.err.contains("not of this one"), "{}", other.err);
    // A rating counts once, and an outcome without a date is about one rating.
    let twice = d.run(
        "model calibrate --model demo/commercial-value --ratings r2023.parquet r2023.parquet --outcomes demo/city/outcomes.parquet \
         --target bad --bad 1 --out twice",
    );
    assert!(twice.code == Some(2) && twice.err.contains("is rated twice"), "{}", twice.err);
    d.ok("assess --features demo/features-2023-12-31.parquet --model demo/commercial-value --out r2023.csv");
    let rows: String = column(&d.read("r2023.csv"), "enterprise_id")
        .iter()
        .enumerate()
        .map(|(i, id)| format!("{id},{}\n", i % 2))
        .collect();
    d.write("undated.csv", format!("enterprise_id,bad\n{rows}"));
    let undated = d.run(
        "model calibrate --model demo/commercial-value --ratings r2022.parquet r2023.parquet --outcomes undated.csv --target bad \
         --bad 1 --out twice",
    );
    assert!(undated.code == Some(2) && undated.err.contains("outcomes need an as_of"), "{}", undated.err);
    assert!(!d.path("twice").exists());
}

/// A table of ratings by the shipped card: two points of score apart, rated in three years.
fn made_ratings(digest: &str, rows: i32) -> String {
    let row = |i: i32| format!("E{:04},{}-12-31,{},rated,{digest}\n", i / 3, 2022 + i % 3, 300 + (i * 7) % 500);
    let rows: String = (0..rows).map(row).collect();
    format!("enterprise_id,as_of,score,outcome,model_digest\n{rows}")
}

#[test]
fn a_card_has_a_pd_and_percentiles_once_they_are_measured() {
    let place = Place::new();
    let card = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/commercial-value/card.toml");
    place.write("card.toml", std::fs::read(card).expect("the card"));
    place.ok("model build card.toml --out card");
    let digest = primitives::Digest::sha256(&place.bytes("card/model.json")).to_string();
    let ratings = made_ratings(&digest, 3_000);
    // One rating is of an enterprise that was not ratable: it takes no part.
    place.write("r.csv", ratings.clone() + &format!("X,2022-12-31,310,not_ratable,{digest}\n"));
    let (ids, dates) = (column(&ratings, "enterprise_id"), column(&ratings, "as_of"));
    let outcome = |i: usize| {
        let score = 300 + (i * 7) % 500;
        // The share of bads falls from about a third to a hundredth.
        u8::from((i * 7919) % 1000 < 330 * (810 - score) / 510 * (810 - score) / 510)
    };
    let rows: Vec<String> = (0..ids.len()).map(|i| format!("{},{},{}.0\n", ids[i], dates[i], outcome(i))).collect();
    place.write("o.csv", format!("enterprise_id,as_of,bad\n{}X,2022-12-31,1\n", rows.concat()));
    let calibrate = "model calibrate --model card --ratings r.csv --outcomes o.csv --target bad --bad 1";
    let said = place.ok(&format!("{calibrate} --out pd --who Li"));
    assert!(said.contains("PD fitted on 3000 outcomes") && said.contains("2022-12-31 to 2024-12-31"), "{said}");
    place.write("later.csv", ratings.clone() + &format!("Y,2024-12-31,310,rated,{digest}\n"));
    let told = place.run(&calibrate.replace("r.csv", "later.csv --out later"));
    assert!(told.code == Some(0) && told.err.contains("1 ratings have no outcome and are left out"), "{}", told.err);
    place.ok("model check pd");
    let md = place.read("pd/card.md");
    for word in ["3000 enterprises", "within 12 months", "AUC 0.", "log-odds of good", "none: not fit for service"] {
        assert!(md.contains(word), "{word}: {md}");
    }
    let figures: serde_json::Value = serde_json::from_str(&place.read("pd/validation.json")).expect("JSON");
    assert!(figures["auc"].as_f64().is_some_and(|a| a > 0.6) && figures["count"] == 3_000, "{figures}");
    let model = scoring::Model::from_json(&place.bytes("pd/model.json")).expect("a model");
    assert!(model.pd(300) > model.pd(700) && model.file().edits[0].who == "Li");
    assert_eq!(model.file().model_version, "1-calibrated");
    let show = place.ok("model show pd --lang en");
    assert!(
        show.contains("pdo") && show.contains("Sound operation 55 %") && show.contains("empty denominator: "),
        "{show}"
    );
    assert!(place.ok("model show card --lang zh").contains("无违约概率（未校准）"));

    let lines: Vec<&str> = ratings.lines().collect();
    let of_year: Vec<&str> = lines.iter().copied().filter(|l| !l.contains(",2023-") && !l.contains(",2024-")).collect();
    place.write("one.csv", of_year.join("\n"));
    let reference = "model reference --model card --population city";
    place.ok(&format!("{reference} --ratings one.csv --out ranked"));
    place.ok("model check ranked");
    let ranked = scoring::Model::from_json(&place.bytes("ranked/model.json")).expect("a model");
    let r = ranked.file().commercial.as_ref().and_then(|c| c.reference.clone()).expect("a reference");
    assert_eq!((r.count, r.scores.len(), r.as_of.to_string().as_str()), (1_000, 101, "2022-12-31"));
    assert_eq!(ranked.file().edits.len(), 1);

    let refused = |arguments: &str, expect: &str| {
        let run = place.run(arguments);
        assert!(run.code == Some(2) && run.err.contains(expect), "{arguments}: {}", run.err);
    };
    refused(&format!("{reference} --ratings r.csv --out no"), "a population is of one date");
    refused(&format!("{reference} --ratings one.csv --out card"), "choose another --out");
    refused(&format!("{calibrate} --out card"), "choose another --out");
    refused(&calibrate.replace("--bad 1", "--bad 7 --out no"), "7");
    refused(&calibrate.replace("--target bad", "--out no --target worse"), "no column \"worse\"");
    place.write(
        "undated.csv",
        format!("enterprise_id,bad\n{}", (0..1000).map(|i| format!("E{i:04},{}\n", i % 9 / 8)).collect::<String>()),
    );
    refused(&calibrate.replace("o.csv", "undated.csv --out no"), "outcomes need an as_of");
    place.write("twice.csv", format!("{ratings}{}\n", lines[1]));
    refused(&calibrate.replace("r.csv", "twice.csv --out no"), "row 3001: \"E0000\" is rated twice as of 2022-12-31");
    place.write("few.csv", lines[..150].join("\n"));
    refused(&calibrate.replace("r.csv", "few.csv --out no"), "at least 200 with 30 bads and 30 goods");
    place.write(
        "other.csv",
        ratings.replace("sha256:", "sha256:0").replace(&format!("0{}", &digest[7..]), &"0".repeat(64)),
    );
    refused(&calibrate.replace("r.csv", "other.csv --out no"), "not of this one");
    place.write("bare.csv", "enterprise_id,score\nA,1\n");
    refused(&calibrate.replace("r.csv", "bare.csv --out no"), "bare.csv");
    assert!(!place.path("no").exists());
}

#[test]
fn the_card_of_the_product_is_what_its_file_builds() {
    let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/commercial-value");
    let place = Place::new();
    place.write("card.toml", std::fs::read(models.join("card.toml")).expect("the card"));
    place.ok("model build card.toml --out built");
    for name in ["model.json", "card.md", "golden.csv", "validation.json", "SHA256SUMS"] {
        let kept = std::fs::read(models.join("1").join(name)).expect("a file of the model");
        assert!(place.bytes(&format!("built/{name}")) == kept, "{name} differs: build models/commercial-value/1 again");
    }
    place.ok("model check built");
}

#[test]
fn a_card_that_is_wrong_is_refused() {
    let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/commercial-value/card.toml");
    let card = std::fs::read_to_string(models).expect("the card");
    let place = Place::new();
    let check = |old: &str, new: &str, expect: &str| {
        assert!(card.contains(old), "{old}");
        place.write("card.toml", card.replacen(old, new, 1));
        let run = place.run("model build card.toml --out built");
        assert_eq!(run.code, Some(2), "{new}");
        assert!(run.err.contains("card.toml") && run.err.contains(expect), "{}", run.err);
        assert!(!place.path("built").exists());
    };
    check("column = \"debt_ratio\"", "column = \"debt_ration\"", "the nearest name is \"debt_ratio\"");
    check("column = \"debt_ratio\"", "column = \"profit_margin\"", "stands twice");
    check("column = \"debt_ratio\"", "column = \"overdue_days_max_24m\"", "only banks have its data");
    check(
        "scores = [100, 85, 60, 35, 5], missing = 45, empty = 45",
        "scores = [100, 85, 60, 5], missing = 45, empty = 45",
        "4 edges make 5 bins, here are 4 scores",
    );
    check(
        "scores = [100, 85, 60, 35, 5], missing = 45, empty = 45",
        "scores = [100, 85, 90, 35, 5], missing = 45, empty = 45",
        "85 is followed by 90",
    );
    check("edges = [0.4, 0.6, 0.75, 0.9]", "edges = [0.4, 0.6, 0.6, 0.9]", "0.6 is followed by 0.6");
    check("missing = 45, empty = 45", "missing = 145, empty = 45", "145 lies outside 0 to 100");
    check("weight = 7\n", "weight = 8\n", "weighs 8, its features add up to 7");
    check("score_from = [850, ", "score_from = [750, ", "score_from must fall: 750 is followed by 780");
    check("best_grade = \"BBB\"", "best_grade = \"D\"", "no grade is named \"D\"");
    check("validity_months = 3", "validity_month = 3", "unknown field `validity_month`");
    check("score_full = 820", "score_full = 520", "score_zero 520 must lie below score_full 520");
    check("code = \"N01\"", "code = \"N0l\"", "the nearest is \"N01\"");
    check("sources = [\"registry\", \"court_cases\"]", "sources = [\"registry\"]", "\"court_cases\" too");
    check("id = \"utilities\"", "id = \"utility\"", "the nearest name is \"utilities\"");
    check("score_full = 820", "score_full = 560", "1 % is allowed");
    check("not_ratable_below = 0.35", "not_ratable_below = 0.75", "ratable_coverage");
    // A name that there is not: withholding the source would never be seen.
    check("sources = [\"tax_status\"]", "sources = [\"tax_statuss\"]", "the nearest name is \"tax_status\"");
    check(
        "sources = [\"registry\", \"court_cases\"]",
        "sources = [\"registry\"]",
        "negative \"N05\": hits come from \"court_cases\" too",
    );
    check("code = \"N09\"", "code = \"N99\"", "no such entry");
    check("id = \"invoices\"", "id = \"invoice\"", "there is no source \"invoice\"");
    check("effect = \"cap\"", "effect = \"warning\"", "a cap, and nothing else, names a grade");
    check("\"K701\"", "\"701\"", "no beginning of a GB/T 4754 code");
}

/// A table of features with a single row, whose cells may be put otherwise.
struct OneRow {
    heading: Vec<String>,
    cells: Vec<String>,
}

impl OneRow {
    /// The first enterprise of a table that is active and limited.
    fn of(text: &str) -> Self {
        let split = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let heading = split(text.lines().next().expect("a heading"));
        let at = |name: &str| heading.iter().position(|h| h == name).expect("a column");
        let (status, kind) = (at("fact_status"), at("fact_kind"));
        let cells = text.lines().skip(1).map(split).find(|c| c[status] == "active" && c[kind] == "limited");
        Self { cells: cells.expect("an active enterprise"), heading }
    }

    fn id(&self) -> &str {
        &self.cells[self.heading.iter().position(|h| h == "enterprise_id").expect("a column")]
    }

    fn with(&self, changes: &[(&str, &str)]) -> String {
        let mut cells = self.cells.clone();
        for (name, value) in changes {
            cells[self.heading.iter().position(|h| h == name).expect("a column")] = (*value).into();
        }
        format!("{}\n{}\n", self.heading.join(","), cells.join(","))
    }
}

#[test]
fn the_page_of_a_rating() {
    let d = demo();
    d.ok("features --sources demo/city/sources --as-of 2025-12-31 --out page-of.csv");
    let row = OneRow::of(&d.read("page-of.csv"));
    let explain = format!("assess --features page.csv --model demo/commercial-value --explain {}", row.id());

    // It escapes what it is told.
    d.write(
        "page.csv",
        row.with(&[
            ("fact_name", "<img src=x onerror=alert(1)>&amp; \u{1b}[31m"),
            ("hits", "N14|equity_encumbrances|2025-01-02||<script>alert(2)</script>"),
        ]),
    );
    d.ok(&format!("{explain} --html page.html --lang zh"));
    let html = d.read("page.html");
    assert!(!html.contains("<img") && !html.contains("<script"), "{html}");
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;&amp;amp;") && html.contains("&lt;script&gt;"));
    let page = d.ok(&format!("{explain} --lang en"));
    assert!(page.contains("\\u{1b}[31m") && !page.contains('\u{1b}'), "{page}");
    assert!(page.contains("Equity frozen over half of the registered capital  [warning]  2025-01-02 on"), "{page}");
    assert!(!page.contains("比率") && !page.contains(" 件"), "{page}");

    // Who is not ratable has no score on it, and no line.
    d.write("page.csv", row.with(&[("fact_status", "revoked")]));
    let page = d.ok(&format!("{explain} --lang en"));
    assert!(page.contains("not rated: revoked") && page.contains("score: —"), "{page}");
    assert!(!page.contains("Recommended credit line") && !page.contains("Indicators"), "{page}");

    // A code of an individual business is one, whatever the registry calls it.
    d.write("page.csv", row.with(&[("enterprise_id", "92500103MA5U8G6T2Y")]));
    let assess = "assess --features page.csv --model demo/commercial-value --out page-rated.csv";
    d.ok(assess);
    let codes = column(&d.read("page-rated.csv"), "not_ratable");
    assert!(codes[0].contains("individual_business"), "{codes:?}");

    // What the table may not hold is refused.
    for (name, value, words) in [
        ("fact_status", "sleeping", "\"sleeping\" is none of active, revoked"),
        ("fact_label", "best", "\"best\" is none of none, innovative"),
        ("hits", "N01|dishonest_list", "is not of entries CODE|source|start|end|evidence"),
        ("sources", "invoices=3", "is not like invoices:12;loans:x"),
    ] {
        d.write("page.csv", row.with(&[(name, value)]));
        let run = d.run(assess);
        assert!(run.code == Some(2) && run.err.contains(words) && run.err.contains(name), "{}", run.err);
    }

    // The steps of a line that is there.
    let features = "--features demo/features-2025-12-31.parquet --model demo/commercial-value";
    d.ok(&format!("assess {features} --out steps.csv"));
    let text = d.read("steps.csv");
    let with_a_line = column(&text, "line_yuan").iter().position(|l| l != "0").expect("a line");
    let id = &column(&text, "enterprise_id")[with_a_line];
    let page = d.ok(&format!("assess {features} --explain {id} --lang en"));
    let steps = ["rounded down to 10000.00 yuan", " x (1 - profit ", " - own funds ", " % × ", "− 520) / (820 − 520)"];
    for words in steps {
        assert!(page.contains(words), "no {words:?} in {page}");
    }
}

#[test]
fn a_table_of_features_that_was_changed_is_refused() {
    let d = demo();
    d.ok("features --sources demo/city/sources --as-of 2025-06-30 --out changed.csv");
    let text = d.read("changed.csv");
    let check = |change: &dyn Fn(&str) -> String, expect: &str| {
        d.write("bad.csv", change(&text));
        let run = d.run("assess --features bad.csv --model demo/commercial-value --out never.csv");
        assert_eq!(run.code, Some(2));
        assert!(run.err.contains("bad.csv") && run.err.contains(expect), "{}", run.err);
        assert!(!d.path("never.csv").exists());
    };
    let version = column(&text, "catalogue_version")[0].clone();
    check(&|t| t.replace(&version, "0-other"), "compute the features again");
    check(&|t| t.replacen("states", "stats", 1), "states");
    check(&|t| t.replacen("2025-06-30", "yesterday", 1), "is not a date like 2025-12-31");
    let states = column(&text, "states")[0].clone();
    check(&|t| t.replacen(&states, &states[1..], 1), "the table was changed after it was computed");
    check(&|t| t.replacen("debt_ratio", "debt", 1), "debt_ratio");
    let run = d.run("assess --features changed.csv --model demo/commercial-value --explain NOBODY");
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("no enterprise \"NOBODY\"") && run.err.contains("features --enterprises"), "{}", run.err);
    let run = d.run("assess --features changed.csv --model demo/scorecard --out never.csv");
    assert!(run.err.contains("no commercial section"), "{}", run.err);
}

#[test]
fn withholding_is_seen_and_gains_nothing() {
    let d = demo();
    d.ok("features --sources demo/city/sources --as-of 2025-12-31 --out with.csv");
    let ids = column(&d.read("with.csv"), "enterprise_id");
    for withheld in ["invoices", "tax_filings", "loans", "utilities;social_security"] {
        let list: String = ids.iter().map(|id| format!("{id},{withheld}\n")).collect();
        d.write("withheld.csv", format!("enterprise_id,not_authorised\n{list}"));
        d.ok("features --sources demo/city/sources --as-of 2025-12-31 --enterprises withheld.csv --out without.csv");
        for name in ["with", "without"] {
            d.ok(&format!("assess --features {name}.csv --model demo/commercial-value --out {name}-rated.csv"));
        }
        let (with, without) = (d.read("with-rated.csv"), d.read("without-rated.csv"));
        let number = |text: &str, name: &str| -> Vec<f64> {
            // Nothing stands where an enterprise is not ratable.
            column(text, name)
                .iter()
                .map(|x| if x.is_empty() { f64::NEG_INFINITY } else { x.parse().expect("a number") })
                .collect()
        };
        let mut fell = 0;
        for ((a, b), (la, lb)) in number(&with, "score")
            .iter()
            .zip(number(&without, "score"))
            .zip(number(&with, "line_yuan").iter().zip(number(&without, "line_yuan")))
        {
            assert!(b <= *a && lb <= *la, "{withheld}: score {a} became {b}, line {la} became {lb}");
            fell += usize::from(b < *a || lb < *la);
        }
        assert!(fell > 10, "{withheld}: only {fell} fell");
    }
    let run = d.run("features --sources demo/city/sources --as-of 2025-12-31 --enterprises with.csv --out x.csv");
    assert_eq!(run.code, Some(0), "a table of features is a list of enterprises: {}", run.err);
    d.write("wrong.csv", "enterprise_id,not_authorised\nA,registry\n");
    let run = d.run("features --sources demo/city/sources --as-of 2025-12-31 --enterprises wrong.csv --out x.csv");
    assert!(run.code == Some(2) && run.err.contains("is public and needs no authorisation"), "{}", run.err);
}

#[test]
fn the_catalogue_is_printed() {
    let place = Place::new();
    let json: serde_json::Value = serde_json::from_str(&place.ok("catalogue --format json")).expect("JSON");
    let features = json["features"].as_array().expect("features");
    assert!(features.len() >= 60);
    for key in [
        "id",
        "version",
        "column",
        "name_zh",
        "name_en",
        "unit",
        "direction",
        "value",
        "sources",
        "windows",
        "aggregations",
        "missing",
        "holder",
        "personal",
        "owner",
        "valid_from",
    ] {
        assert!(features.iter().all(|f| !f[key].is_null()), "{key}");
    }
    let markdown = place.ok("catalogue --lang zh");
    assert!(markdown.contains("| H01 | `sales_net_12m` | 近12月销项开票净额 |") && markdown.contains("负面清单"));
    assert!(place.ok("catalogue --sources --lang en").contains("VAT invoices"));
    place.write("train.toml", place.ok("catalogue --format train-config"));
    let run = place.run("features --sources nowhere --as-of 2025-12-31 --out x.csv");
    assert!(run.code == Some(2) && run.err.contains("nowhere"), "{}", run.err);
    let run = place.run("features --sources . --as-of 31.12.2025 --out x.csv");
    assert!(run.code == Some(2) && run.err.contains("is not a date like 2025-12-31"), "{}", run.err);
    let run = place.run("features --sources . --as-of 2025-12-31 --out x.csv");
    assert!(run.code == Some(2) && run.err.contains("no enterprise has a record"), "{}", run.err);
}

/// What is read is not written over, nor is a folder that is read written into.
#[test]
fn nothing_that_is_read_is_written_over() {
    let d = demo();
    let rated = "--features guard.csv --model demo/commercial-value";
    d.ok("features --sources demo/city/sources --as-of 2025-12-31 --out guard.csv");
    let id = column(&d.read("guard.csv"), "enterprise_id").swap_remove(0);
    d.write("list.csv", format!("enterprise_id\n{id}\n"));
    std::fs::create_dir_all(d.path("its")).expect("a folder");
    for line in [
        "features --sources demo/city/sources --as-of 2025-12-31 --out demo/city/sources/registry.parquet".to_owned(),
        "features --sources demo/city/sources --as-of 2025-12-31 --enterprises list.csv --out list.csv".to_owned(),
        "features --sources demo/city/sources --as-of 2025-12-31 --issues its --out its/issues.csv".to_owned(),
        "features --sources demo/city/sources --as-of 2025-12-31 --issues demo/city/sources --out o.csv".to_owned(),
        format!("assess {rated} --out guard.csv"),
        format!("assess {rated} --out demo/commercial-value/golden.csv"),
        format!("assess {rated} --explain {id} --html guard.csv"),
        format!("assess {rated} --explain {id} --html demo/commercial-value/model.json"),
    ] {
        let run = d.run(&line);
        assert!(
            run.code == Some(2) && (run.err.contains("which is read") || run.err.contains("is the folder")),
            "{line}: {}",
            run.err
        );
    }
    d.ok(&format!("assess {rated} --out twice.csv"));
    let table = d.read("guard.csv");
    let last = table.lines().last().expect("a row");
    d.write("guard2.csv", format!("{table}{last}\n"));
    let run = d.run("assess --features guard2.csv --model demo/commercial-value --out o.csv");
    assert!(run.code == Some(2) && run.err.contains("stands there twice"), "{}", run.err);
    d.write("list2.csv", "enterprise_id,not_authorised\nNOBODY,loans\n");
    let run = d.run("features --sources demo/city/sources --as-of 2025-12-31 --enterprises list2.csv --out o.csv");
    assert!(run.code == Some(0) && run.out.contains("1 ids of --enterprises have no record"), "{}{}", run.out, run.err);
}
