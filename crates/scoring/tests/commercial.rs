//! The commercial-value rating on the card of the product.

use chrono::NaiveDate;
use primitives::Value;
use scoring::commercial::{
    Assessor, Bound, Class, CommercialRating, DataQuality, EMPTY_DENOMINATOR, Effect, Facts, Hit, Input, Label,
    LineCurve, LineInputs, LineRule, LineState, NotRatable, Outcome, Reference, Size, SourceAge, line,
};
use scoring::{Model, ModelFile};

mod common;
use common::Random;

fn model() -> Model {
    Model::from_json(include_bytes!("../../../models/commercial-value/1/model.json")).expect("the card of the product")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Yuan as a known input in fen.
fn yuan(yuan: i64) -> Input {
    Input::Known(yuan * 100)
}

fn sound_line() -> LineInputs {
    LineInputs {
        sales_last_year: yuan(10_000_000),
        profit_rate: Input::Known(100_000),
        growth: Input::Known(200_000),
        receivable_days: Input::Known(60_000),
        inventory_days: Input::Known(30_000),
        payable_days: Input::Known(30_000),
        prepayment_days: Input::Known(10_000),
        advance_days: Input::Known(10_000),
        own_funds: yuan(300_000),
        working_capital_loans: yuan(500_000),
        declared_sales: yuan(12_000_000),
        taxes_paid: yuan(150_000),
    }
}

fn sound() -> Facts<'static> {
    Facts {
        kind: Some("limited"),
        status: Some("active"),
        industry: Some("C3511"),
        age_years: Some(8.0),
        size: Size::Sme,
        label: Label::None,
        hits: Vec::new(),
        group_hits: Vec::new(),
        group_members: 1,
        ages: vec![("registry", SourceAge::Days(400, false)), ("invoices", SourceAge::Days(3, false))],
        line: sound_line(),
    }
}

fn hit(code: &'static str) -> Hit<'static> {
    Hit { code, source: "a_list", start: day("2025-01-02"), end: None, evidence: "No. 1" }
}

/// Values that give each table its most points.
fn best(model: &Model) -> Vec<Value<'static>> {
    best_or_worst(model, true)
}

fn best_or_worst(model: &Model, best: bool) -> Vec<Value<'static>> {
    let tables = &model.file().tables;
    let values = tables.iter().map(|t| {
        let scoring::Table::OneWay { bins, .. } = t else { unreachable!("the card has no pairs") };
        let intervals = bins.iter().filter_map(|b| match b.attribute {
            scoring::Attribute::Interval(i) => Some((b.points, i)),
            _ => None,
        });
        let chosen = intervals.max_by_key(|(points, _)| if best { *points } else { -points }).expect("an interval").1;
        Value::Number(chosen.from.unwrap_or_else(|| chosen.to.expect("one bound") - 1.0))
    });
    values.collect()
}

#[track_caller]
fn assess<'a>(model: &Model, values: &[Value<'_>], facts: &Facts<'a>) -> CommercialRating<'a> {
    Assessor::new(model).expect("a card").assess(values, facts).expect("values of the right types")
}

#[test]
fn the_best_and_the_worst() {
    let model = model();
    let top = assess(&model, &best(&model), &sound());
    assert_eq!((top.scored.score, top.grade, &top.outcome), (1000, Some(0), &Outcome::Rated));
    assert_eq!(top.first.iter().map(|s| s.points).collect::<Vec<_>>(), [200, 550, 90, 160]);
    assert_eq!(top.second.len(), 19);
    assert!(top.scored.reasons.is_empty() && top.scored.pd.is_none());
    assert_eq!((top.data_coverage, top.data_quality), (1.0, DataQuality::A));
    let bottom = assess(&model, &best_or_worst(&model, false), &sound());
    assert_eq!(bottom.grade, Some(model.file().grades.len() - 1));
    assert!(bottom.scored.score < 300 && bottom.scored.reasons.len() == 4);
    // Points of the second level add up to those of the first, and those to the score.
    let sum = |subs: &[scoring::commercial::SubScore]| subs.iter().map(|s| s.points).sum::<i32>();
    assert_eq!((sum(&bottom.first), sum(&bottom.second)), (bottom.scored.score, bottom.scored.score));
}

#[test]
fn a_line_by_hand() {
    let model = model();
    let rule = &model.file().commercial.as_ref().expect("a section").line;
    // 10,000,000 x 0.9 x 1.2 x (30 + 60 - 30 + 10 - 10) / 360 = 1,800,000; less 300,000 and 500,000.
    let l = line(rule, &sound_line(), Class::General, 670, 0, 1);
    let need = l.need.expect("it was computed");
    assert_eq!((need.volume_fen, need.need_fen, need.cycle_days_thousandths), (180_000_000, 100_000_000, 60_000));
    let bounds = [
        (Bound::Need, 100_000_000),
        (Bound::SalesShare, 120_000_000),
        (Bound::TaxesShare, 75_000_000),
        (Bound::ClassCap, 300_000_000),
        (Bound::Score, 150_000_000),
    ];
    assert_eq!(l.bounds, bounds);
    assert_eq!((l.line_fen, l.binding, l.state), (75_000_000, Some(Bound::TaxesShare), LineState::Computed));

    let unknown_loans = LineInputs { working_capital_loans: Input::Unknown, ..sound_line() };
    let l = line(rule, &unknown_loans, Class::General, 670, 0, 1);
    assert_eq!((l.state, l.bounds[0]), (LineState::BeforeExistingCredit, (Bound::Need, 150_000_000)));
    for inputs in [
        LineInputs { sales_last_year: Input::Unknown, ..sound_line() },
        LineInputs { taxes_paid: Input::Unknown, ..sound_line() },
        LineInputs {
            receivable_days: Input::Unknown,
            inventory_days: Input::Unknown,
            payable_days: Input::Unknown,
            ..sound_line()
        },
        LineInputs::UNKNOWN,
    ] {
        assert_eq!(line(rule, &inputs, Class::General, 1000, 0, 1).state, LineState::InputUnknown);
    }
    let withheld = LineInputs { working_capital_loans: Input::Withheld, ..sound_line() };
    assert_eq!(line(rule, &withheld, Class::General, 1000, 0, 1).line_fen, 0);
    // Growth beyond the rule's bounds counts as the bound; a negative cycle needs nothing.
    let grown = LineInputs { growth: Input::Known(9_000_000), ..sound_line() };
    assert_eq!(line(rule, &grown, Class::General, 670, 0, 1).need.expect("computed").growth_ppm, 300_000);
    let paid_late = LineInputs { payable_days: Input::Known(500_000), ..sound_line() };
    assert_eq!(line(rule, &paid_late, Class::General, 670, 0, 1).line_fen, 0);
    // The line is rounded down to 10,000 yuan.
    let odd = LineInputs { taxes_paid: Input::Known(3_999_999), ..sound_line() };
    assert_eq!(line(rule, &odd, Class::General, 900, 0, 1).line_fen, 19_000_000);
}

#[test]
fn one_point_moves_the_line_by_a_hundredth_of_the_cap_at_most() {
    let model = model();
    let rule = &model.file().commercial.as_ref().expect("a section").line;
    let rich = LineInputs {
        sales_last_year: yuan(900_000_000),
        declared_sales: yuan(900_000_000),
        taxes_paid: yuan(50_000_000),
        own_funds: yuan(0),
        ..sound_line()
    };
    for class in [Class::General, Class::Specialised] {
        let cap = rule.cap_fen(class);
        let lines: Vec<i64> = (-5..1_010).map(|s| line(rule, &rich, class, s, model.grade(s), 1).line_fen).collect();
        assert_eq!((lines[0], *lines.last().expect("lines")), (0, cap));
        assert!(lines.windows(2).all(|w| 0 <= w[1] - w[0] && (w[1] - w[0]) * 100 <= cap), "{class:?}");
    }
}

#[test]
fn a_ladder_goes_by_grade() {
    let model = model();
    let section = model.file().commercial.as_ref().expect("a section");
    let share_ppm = vec![1_000_000, 800_000, 600_000, 400_000, 100_000, 0, 0];
    let ladder = LineRule { curve: LineCurve::Ladder { share_ppm }, ..section.line.clone() };
    let opened = |grade| line(&ladder, &sound_line(), Class::General, 0, grade, 1).bounds[4].1;
    assert_eq!([opened(0), opened(3), opened(6)], [300_000_000, 120_000_000, 0]);
    let assessor = Assessor::new(&model).expect("a card");
    let rises = LineRule { curve: LineCurve::Ladder { share_ppm: vec![0, 1, 0, 0, 0, 0, 0] }, ..section.line.clone() };
    let refused = assessor.clone().with_line_rule(rises).expect_err("it rises").to_string();
    assert!(refused.contains("commercial.line.curve"), "{refused}");
    assert!(assessor.with_line_rule(ladder).is_ok());
}

#[test]
fn who_is_not_ratable() {
    let model = model();
    let values = best(&model);
    let check = |change: &dyn Fn(&mut Facts<'static>), expect: &[NotRatable]| {
        let mut facts = sound();
        change(&mut facts);
        let rating = assess(&model, &values, &facts);
        assert_eq!(rating.outcome, Outcome::NotRatable(expect.to_vec()));
        assert_eq!((rating.grade, rating.line.line_fen, rating.line.state), (None, 0, LineState::None));
    };
    check(&|f| f.status = Some("cancelled"), &[NotRatable::Closed]);
    check(&|f| f.status = Some("revoked"), &[NotRatable::Closed]);
    check(&|f| f.status = Some("bankrupt"), &[NotRatable::Insolvent]);
    check(&|f| f.status = None, &[NotRatable::ThinFile]);
    check(&|f| f.industry = Some("J6620"), &[NotRatable::ExcludedIndustry]);
    check(&|f| f.kind = Some("individual"), &[NotRatable::IndividualBusiness]);
    check(&|f| f.size = Size::Large, &[NotRatable::NotSme]);
    check(&|f| f.size = Size::Unclassified, &[NotRatable::SizeUnclassified]);
    check(&|f| f.age_years = Some(0.99), &[NotRatable::TooYoung]);
    check(&|f| f.ages.push(("tax_status", SourceAge::Withheld)), &[NotRatable::SourceWithheld]);
    let both = [NotRatable::NotSme, NotRatable::TooYoung];
    check(
        &|f| {
            f.size = Size::Large;
            f.age_years = Some(0.0);
        },
        &both,
    );
    let nothing = vec![Value::Missing; values.len()];
    let rating = assess(&model, &nothing, &sound());
    assert_eq!(rating.outcome, Outcome::NotRatable(vec![NotRatable::CoverageTooLow]));
    assert_eq!((rating.data_coverage, rating.data_quality), (0.0, DataQuality::D));
}

#[test]
fn a_card_may_rate_whom_it_says() {
    let mut file = model().file().clone();
    let section = file.commercial.as_mut().expect("a section");
    section.ratable.size_unclassified = true;
    section.ratable.individual_business = true;
    section.ratable.size_unknown = false;
    let model = Model::from_file(file).expect("a sound card");
    let values = best(&model);
    let facts = Facts { kind: Some("individual"), size: Size::Unclassified, ..sound() };
    assert_eq!(assess(&model, &values, &facts).outcome, Outcome::Rated);
    let facts = Facts { size: Size::Unknown, ..sound() };
    assert_eq!(assess(&model, &values, &facts).outcome, Outcome::NotRatable(vec![NotRatable::SizeUnknown]));
}

#[test]
fn the_negative_list() {
    let model = model();
    let values = best(&model);
    let stopped = assess(&model, &values, &Facts { hits: vec![hit("N01")], ..sound() });
    assert_eq!((&stopped.outcome, stopped.grade), (&Outcome::HardStop, Some(model.file().grades.len() - 1)));
    assert_eq!((stopped.line.line_fen, stopped.scored.score), (0, 1000));
    let capped = assess(&model, &values, &Facts { hits: vec![hit("N06")], ..sound() });
    assert_eq!((&capped.outcome, model.grade_name(capped.grade.expect("rated"))), (&Outcome::Rated, "BB"));
    assert_eq!(capped.applied[0].hit.evidence, "No. 1");
    let warned = assess(&model, &values, &Facts { hits: vec![hit("N14")], ..sound() });
    assert_eq!((warned.grade, warned.applied[0].effect), (Some(0), Effect::Warning));
    // Another member's hard stop warns, its cap does not; a code without a rule does nothing.
    let group = assess(&model, &values, &Facts { group_hits: vec![hit("N01"), hit("N06")], ..sound() });
    assert_eq!((group.grade, group.applied.len()), (Some(0), 1));
    assert!(group.applied[0].of_group && group.applied[0].effect == Effect::Warning);
    assert!(assess(&model, &values, &Facts { hits: vec![hit("N99")], ..sound() }).applied.is_empty());
}

#[test]
fn a_capped_grade_opens_no_more_of_the_line_than_its_best_score() {
    let model = model();
    let line = LineInputs {
        sales_last_year: yuan(900_000_000),
        declared_sales: yuan(900_000_000),
        taxes_paid: yuan(50_000_000),
        ..sound_line()
    };
    let whole = assess(&model, &best(&model), &Facts { line, ..sound() });
    assert_eq!((whole.line_score, whole.line.line_fen), (1000, 300_000_000));
    // BB ends at 639: 300 万 x (639 - 520) / (820 - 520) = 119 万; B ends at 569: 49 万.
    for (code, score, line_fen) in [("N06", 639, 119_000_000), ("N10", 569, 49_000_000)] {
        let capped = assess(&model, &best(&model), &Facts { line, hits: vec![hit(code)], ..sound() });
        assert_eq!((capped.scored.score, capped.line_score, capped.line.line_fen), (1000, score, line_fen));
        assert_eq!(capped.line.binding, Some(Bound::Score));
    }
}

#[test]
fn coverage_caps_and_quality() {
    let model = model();
    let mut values = best(&model);
    // Nothing of the second and third first-level indicators: too little for a top grade.
    for value in values.iter_mut().skip(17).take(30) {
        *value = Value::Missing;
    }
    let rating = assess(&model, &values, &sound());
    assert!(rating.coverage_capped && rating.data_coverage < 0.6 && rating.data_quality == DataQuality::D);
    assert_eq!(model.grade_name(rating.grade.expect("rated")), "BBB");
    // An empty denominator is something known.
    let empty = vec![Value::Number(EMPTY_DENOMINATOR); values.len()];
    assert_eq!(assess(&model, &empty, &sound()).data_coverage, 1.0);
    let stale = Facts { ages: vec![("invoices", SourceAge::Days(91, false))], ..sound() };
    assert_eq!(assess(&model, &best(&model), &stale).data_quality, DataQuality::B);
    let assumed = Facts { ages: vec![("invoices", SourceAge::Days(1, true))], ..sound() };
    assert_eq!(assess(&model, &best(&model), &assumed).data_quality, DataQuality::B);
}

#[test]
fn percentiles_are_against_the_reference() {
    let mut file = model().file().clone();
    let scores = (0..=100).map(|p| 400 + 5 * p).collect();
    let section = file.commercial.as_mut().expect("a section");
    section.reference = Some(Reference { population: "made".into(), as_of: day("2025-12-31"), count: 1_000, scores });
    let model = Model::from_file(file).expect("a sound card");
    assert_eq!(assess(&model, &best(&model), &sound()).percentile, Some(100));
    assert_eq!(assess(&model, &best_or_worst(&model, false), &sound()).percentile, Some(0));
}

/// Characteristics that a made source holds, hits that it could hide, what of the line it is behind.
struct Source {
    id: &'static str,
    characteristics: Vec<usize>,
    hits: &'static [&'static str],
    line: fn(&mut LineInputs),
    size: bool,
}

#[test]
fn withdrawing_gains_nothing() {
    let model = model();
    let n = model.file().characteristics.len();
    let mut r = Random::new(20_251_231);
    let assessor = Assessor::new(&model).expect("a card");
    let mut falls = 0;
    for _ in 0..4_000 {
        let source = |id, hits, line: fn(&mut LineInputs), size, r: &mut Random| Source {
            id,
            characteristics: (0..n).filter(|_| r.one_in(5)).collect(),
            hits,
            line,
            size,
        };
        let sources = [
            source("tax_status", &["N04", "N07"], |_| (), false, &mut r),
            source("loans", &["N09"], |l| l.working_capital_loans = Input::Withheld, false, &mut r),
            source("tax_returns", &[], |l| l.sales_last_year = Input::Withheld, true, &mut r),
            source("tax_filings", &[], |l| l.taxes_paid = Input::Withheld, false, &mut r),
            source("social_security", &[], |_| (), true, &mut r),
            source("invoices", &[], |_| (), false, &mut r),
        ];
        let values: Vec<Value<'_>> = (0..n)
            .map(|c| match r.below(8) {
                0 => Value::Missing,
                1 => Value::Number(EMPTY_DENOMINATOR),
                2 => Value::NotAuthorised,
                _ => match *r.pick(&model.edges(c)) {
                    edge if r.one_in(2) => Value::Number(edge),
                    edge => Value::Number(edge.next_down()),
                },
            })
            .collect();
        let mut facts = sound();
        facts.hits = ["N04", "N06", "N07", "N09", "N01"].into_iter().filter(|_| r.one_in(12)).map(hit).collect();
        facts.size = *r.pick(&[Size::Sme, Size::Sme, Size::Sme, Size::Large, Size::Unknown, Size::Unclassified]);
        facts.label = *r.pick(&[Label::None, Label::Specialised]);
        if r.one_in(3) {
            facts.line.working_capital_loans = Input::Unknown;
        }
        facts.ages = sources.iter().map(|s| (s.id, SourceAge::Days(r.below(500) as u32, false))).collect();
        let before = assessor.assess(&values, &facts).expect("sound values");
        for source in &sources {
            let (mut values, mut facts) = (values.clone(), facts.clone());
            source.characteristics.iter().for_each(|&c| values[c] = Value::NotAuthorised);
            facts.hits.retain(|h| !source.hits.contains(&h.code));
            (source.line)(&mut facts.line);
            if source.size && facts.size != Size::Unclassified {
                facts.size = Size::Unknown;
            }
            facts.ages.iter_mut().filter(|(id, _)| *id == source.id).for_each(|(_, age)| *age = SourceAge::Withheld);
            let after = assessor.assess(&values, &facts).expect("sound values");
            let what = source.id;
            assert!(after.scored.score <= before.scored.score, "{what}");
            assert!(after.data_coverage <= before.data_coverage, "{what}");
            assert!(after.line.line_fen <= before.line.line_fen, "{what}");
            let last = model.file().grades.len();
            let (a, b) = (after.grade.unwrap_or(last), before.grade.unwrap_or(last));
            assert!(a >= b, "{what}: grade {b} became {a}, {:?} {:?}", before.outcome, after.outcome);
            falls += usize::from(a > b);
        }
    }
    assert!(falls > 1_000, "the test must see grades fall: {falls}");
}

#[test]
fn the_cap_of_a_group_is_parted_equally() {
    let model = model();
    let rule = &model.file().commercial.as_ref().expect("a section").line;
    let rich = LineInputs {
        sales_last_year: Input::Known(100_000_000_000),
        declared_sales: Input::Known(100_000_000_000),
        taxes_paid: Input::Known(100_000_000_000),
        working_capital_loans: Input::Known(0),
        ..sound_line()
    };
    let cap = rule.cap_fen(Class::General);
    for members in 1..40_u32 {
        let l = line(rule, &rich, Class::General, 1_000, 0, members);
        assert!(i64::from(members) * l.line_fen <= cap, "{members}: {}", l.line_fen);
        assert!(cap / i64::from(members) - l.line_fen < rule.step_fen);
        assert_eq!(l.binding == Some(Bound::GroupCap), members > 1);
    }
    // Who has less than its share keeps it.
    let alone = line(rule, &sound_line(), Class::General, 670, 0, 1);
    assert_eq!(line(rule, &sound_line(), Class::General, 670, 0, 2).line_fen, alone.line_fen.min(cap / 2));
}

#[test]
fn a_section_that_does_not_fit_is_refused() {
    let check = |change: &dyn Fn(&mut ModelFile), place: &str| {
        let mut file = model().file().clone();
        change(&mut file);
        let refused = Model::from_file(file).expect_err("it must be refused").to_string();
        assert!(refused.contains(place), "{refused}");
    };
    fn section(file: &mut ModelFile) -> &mut scoring::commercial::Commercial {
        file.commercial.as_mut().expect("a section")
    }
    check(&|f| drop(section(f).indicators.pop()), "belongs to no indicator");
    check(&|f| section(f).indicators[0].second[0].weight = 8.0, "add up to 101");
    check(&|f| section(f).indicators[0].second[0].weight = f64::NAN, "weighs NaN");
    check(&|f| section(f).indicators[0].second[0].characteristics.push("debt_ratio".into()), "stands twice");
    check(&|f| section(f).ratable_coverage = 0.7, "ratable_coverage");
    check(&|f| section(f).validity_months = 0, "validity_months");
    check(&|f| section(f).negative_list[0].code = "N02".into(), "stands twice");
    check(&|f| section(f).negative_list[5].best_grade = Some("ZZ".into()), "a cap, and nothing else");
    check(&|f| section(f).line.step_fen = 0, "step_fen");
    check(&|f| section(f).line.caps.truncate(1), "caps");
    check(&|f| section(f).line.growth_ppm = [1, 0], "growth_ppm");
    check(&|f| section(f).line.curve = LineCurve::Interpolated { score_zero: 5, score_full: 5 }, "score_zero");
}

/// A list that nobody looked into is not an empty list.
#[test]
fn a_list_that_is_not_there_is_told_of() {
    let model = model();
    let assessor = scoring::commercial::Assessor::new(&model).expect("a section");
    let mut facts = sound();
    facts.ages = vec![
        ("dishonest_list", SourceAge::NotThere),
        ("special_lists", SourceAge::NoRecord),
        ("loans", SourceAge::Days(20, false)),
        ("patents_that_no_rule_reads", SourceAge::NotThere),
    ];
    assert_eq!(assessor.unchecked(&facts), ["dishonest_list"]);
    let rating = assess(&model, &best(&model), &facts);
    assert_eq!(rating.data_quality, scoring::commercial::DataQuality::C);
    facts.ages[0].1 = SourceAge::NoRecord;
    assert!(assessor.unchecked(&facts).is_empty());
    assert_eq!(assess(&model, &best(&model), &facts).data_quality, scoring::commercial::DataQuality::A);
}
