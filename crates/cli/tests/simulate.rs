//! A city from the command line.

mod common;

use common::Place;

#[test]
fn a_small_city_is_made_once_and_not_written_over() {
    let place = Place::new();
    let said = place.ok("simulate --enterprises 60 --months 24 --seed 3 --format csv --out city");
    assert!(said.contains("SYNTHETIC") && said.contains("合成数据") && said.contains("2024-12-31"), "{said}");
    assert!(place.read("city/sources/registry.csv").contains("合成"));
    assert!(place.read("city/README.md").contains("--enterprises 60 --months 24 --seed 3"));
    let again = place.run("simulate --enterprises 60 --months 24 --out city");
    assert_eq!(again.code, Some(2));
    assert!(again.err.contains("not an empty folder"), "{}", again.err);
    let refused = place.run("simulate --enterprises 0 --out other");
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("0 enterprises"), "{}", refused.err);
    assert!(!place.path("other").exists());
}
