use super::*;
use std::collections::BTreeSet;

const EVE: NaiveDate = day(2025, 11, 5);

fn code(number: u32) -> RegionCode {
    RegionCode::new(number).expect("six digits")
}

/// A state as a row of text.
fn shown(state: State) -> String {
    match state {
        State::Valid(r) => format!("{} {}", r.code, r.name_zh),
        State::Abolished { region, on } => {
            let after: Vec<String> = region.successors.iter().map(ToString::to_string).collect();
            let on = on.map_or("before the table".to_owned(), |on| on.to_string());
            format!("{} abolished {on}, then {}", region.name_zh, after.join(" "))
        }
        State::NotYet { region, from } => format!("{} not before {from}", region.name_zh),
        State::Unknown => "unknown".to_owned(),
    }
}

#[test]
fn counts_by_level_on_both_sides_of_the_change() {
    for (as_of, expect) in [(TABLE_FROM, (26, 8, 4)), (EVE, (26, 8, 4)), (CHANGE_OF_2025, (25, 8, 4))] {
        let count = |level| regions_on(as_of).filter(|r| r.level == level).count();
        assert_eq!((count(Level::District), count(Level::County), count(Level::AutonomousCounty)), expect, "{as_of}");
    }
    assert_eq!(regions_on(TABLE_FROM.pred_opt().expect("a day")).count(), 0);
}

#[test]
fn the_table_is_whole() {
    assert!(REGIONS.is_sorted_by_key(|r| r.code) && LEGACY.is_sorted_by_key(|r| r.code));
    let all: Vec<&Region> = REGIONS.iter().chain(&LEGACY).collect();
    assert_eq!(all.iter().map(|r| r.code).collect::<BTreeSet<_>>().len(), all.len());
    for region in all {
        assert!(region.name_zh.starts_with(region.short_zh), "{region:?}");
        let ending = match region.level {
            Level::District => &["区"][..],
            Level::County => &["县", "市"],
            Level::AutonomousCounty => &["自治县"],
        };
        assert!(ending.iter().any(|e| region.name_zh.ends_with(e)), "{region:?}");
        for successor in region.successors {
            assert!(matches!(state(*successor, CHANGE_OF_2025), State::Valid(_)), "{region:?}");
        }
        let ended = region.until.is_some() || LEGACY.contains(region);
        assert_eq!(ended, !region.successors.is_empty(), "{region:?}");
        let shares_of_change = GROUND_CHANGES[0].before.contains(&region.code) && region.code != code(500_109);
        assert_eq!(region.until.is_some(), shares_of_change, "{region:?}");
    }
}

#[test]
fn codes() {
    for (number, as_of, expect) in [
        (500_103, EVE, "500103 渝中区"),
        (500_103, CHANGE_OF_2025, "500103 渝中区"),
        (500_105, EVE, "500105 江北区"),
        (500_105, CHANGE_OF_2025, "江北区 abolished 2025-11-06, then 500157"),
        (500_112, EVE, "500112 渝北区"),
        (500_112, CHANGE_OF_2025, "渝北区 abolished 2025-11-06, then 500157 500109"),
        (500_157, EVE, "两江新区 not before 2025-11-06"),
        (500_157, CHANGE_OF_2025, "500157 两江新区"),
        (500_222, EVE, "綦江县 abolished before the table, then 500110"),
        (500_228, TABLE_FROM, "梁平县 abolished before the table, then 500155"),
        (500_103, day(2016, 12, 31), "unknown"),
        (500_199, EVE, "unknown"),
        (510_104, EVE, "unknown"),
        (500_000, EVE, "unknown"),
    ] {
        assert_eq!(shown(state(code(number), as_of)), expect, "{number} {as_of}");
    }
}

#[test]
fn names() {
    for (name, as_of, expect) in [
        ("渝中区", EVE, "500103 渝中区"),
        ("渝中", EVE, "500103 渝中区"),
        ("重庆市渝中区", EVE, "500103 渝中区"),
        ("yuzhong", EVE, "500103 渝中区"),
        ("NAN'AN", EVE, "500108 南岸区"),
        ("忠县", EVE, "500233 忠县"),
        ("云阳", EVE, "500235 云阳县"),
        ("石柱", EVE, "500240 石柱土家族自治县"),
        ("石柱县", EVE, "500240 石柱土家族自治县"),
        ("石柱土家族自治县", EVE, "500240 石柱土家族自治县"),
        ("綦江", EVE, "500110 綦江区"),
        ("綦江县", EVE, "綦江县 abolished before the table, then 500110"),
        ("江津市", EVE, "江津市 abolished before the table, then 500116"),
        ("江北区", EVE, "500105 江北区"),
        ("江北", CHANGE_OF_2025, "江北区 abolished 2025-11-06, then 500157"),
        ("两江新区", EVE, "两江新区 not before 2025-11-06"),
        ("两江新区", CHANGE_OF_2025, "500157 两江新区"),
        ("渝中县", EVE, "unknown"),
        ("县", EVE, "unknown"),
        ("重庆市", EVE, "unknown"),
        ("", EVE, "unknown"),
        ("高新区", EVE, "unknown"),
    ] {
        assert_eq!(shown(by_name(name, as_of)), expect, "{name} {as_of}");
    }
}

#[test]
fn every_name_of_a_region_finds_it() {
    for as_of in [EVE, CHANGE_OF_2025] {
        for region in regions_on(as_of) {
            for name in [region.name_zh, region.short_zh, region.name_en] {
                assert_eq!(by_name(name, as_of), State::Valid(region), "{name}");
            }
        }
    }
}

#[test]
fn figures_across_the_change() {
    let next_year = day(2026, 3, 31);
    for region in &REGIONS {
        let touched = [500_105, 500_109, 500_112, 500_157].contains(&region.code.number());
        for (a, b) in [(EVE, CHANGE_OF_2025), (CHANGE_OF_2025, EVE), (TABLE_FROM, next_year)] {
            let found = comparability(region.code, a, b);
            let expect = match touched {
                true => Comparability::NotComparable(&GROUND_CHANGES[0]),
                false => Comparability::Comparable,
            };
            assert_eq!(found, expect, "{}", region.name_zh);
        }
        for (a, b) in [(TABLE_FROM, EVE), (CHANGE_OF_2025, next_year)] {
            let expect = match region.exists_on(a) {
                true => Comparability::Comparable,
                false => Comparability::NotStated,
            };
            assert_eq!(comparability(region.code, a, b), expect, "{}", region.name_zh);
        }
    }
    assert_eq!(comparability(code(500_103), day(2016, 12, 31), EVE), Comparability::NotStated);
    assert_eq!(comparability(code(500_222), EVE, EVE), Comparability::NotStated);
}

#[test]
fn zones_lie_on_regions_of_their_days() {
    for zone in &ZONES {
        for region in zone.overlaps {
            assert!(matches!(state(*region, EVE), State::Valid(_)), "{}", zone.code);
            let last = zone.until.map_or(CHANGE_OF_2025, |_| EVE);
            assert!(matches!(state(*region, last), State::Valid(_)), "{}", zone.code);
        }
        assert_eq!(zone_state(zone.code, EVE), ZoneState::Valid(zone));
        assert_eq!(zone_by_name(zone.short_zh, EVE), ZoneState::Valid(zone));
    }
    let ended = ZoneState::Ended { zone: &ZONES[2], on: CHANGE_OF_2025 };
    assert_eq!(zone_by_name("两江新区", CHANGE_OF_2025), ended);
    assert_eq!(zone_state("none", EVE), ZoneState::Unknown);
}

#[test]
fn codes_are_six_digits() {
    for found in ["", "50010", "5001033", "050103", "50010a", "+50010", "５００１０３", " 500103"] {
        let error = found.parse::<RegionCode>().expect_err(found);
        assert_eq!(error.to_string(), format!("region code {found:?} is not six digits, the first of them not 0"));
    }
    assert_eq!(RegionCode::new(1_000_000), None);
}
