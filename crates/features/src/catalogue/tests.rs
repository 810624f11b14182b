use super::*;

#[test]
fn the_built_in_catalogue_is_sound() {
    let c = Catalogue::read(&FILES).unwrap_or_else(|e| panic!("{e}"));
    assert!(c.features.len() >= 60, "{}", c.features.len());
    assert!(c.groups.iter().enumerate().all(|(g, _)| c.features.iter().any(|f| f.group == g)));
    let invoices = |f: &&Feature| f.sources == ["invoices"] && f.group != 4;
    assert!(c.features.iter().filter(invoices).count() >= 20, "invoices alone give at least 20");
    for f in &c.features {
        assert_eq!(parse_value(&f.value.to_string()).as_ref(), Ok(&f.value), "{}", f.id);
    }
}

#[test]
fn renewals_and_bridge_loans_reach_no_feature() {
    // 渝府办发〔2019〕1号 and 金规〔2024〕13号: using the fund, or renewing, must not lower a rating.
    let c = Catalogue::built_in();
    for f in &c.features {
        for selection in f.value.aggregates().into_iter().flat_map(|a| &a.selections) {
            let set = &c.sets[&selection.set];
            let tagged = sources().iter().any(|s| s.id == set.source && s.column("tag").is_some());
            if tagged {
                let condition = set.condition.as_ref().map(ToString::to_string).unwrap_or_default();
                let only_new = condition.split(" and ").any(|c| c.trim_matches(['(', ')']) == "tag = new");
                let overdue = selection.set == "overdue" && condition == "(tag = new or overdue_days > 0)";
                assert!(only_new || overdue, "{} looks at tagged rows: {condition}", f.id);
            }
        }
    }
}

#[track_caller]
fn refused(name: &str, old: &str, new: &str, expect: &str) {
    let text = FILES.iter().find(|(n, _)| *n == name).expect("a file").1;
    assert!(text.contains(old), "{old}");
    let changed = text.replacen(old, new, 1);
    let files: Vec<(&str, &str)> =
        FILES.iter().map(|&(n, t)| (n, if n == name { changed.as_str() } else { t })).collect();
    let error = Catalogue::read(&files).expect_err("it must be refused").to_string();
    assert!(error.starts_with(name) && error.contains(expect), "{error}");
}

#[test]
fn errors_name_the_definition() {
    refused("operation.toml", "sum(sales.amount, 12m)", "sum(sells.amount, 12m)", "there is no set \"sells\"");
    refused("operation.toml", "sum(sales.amount, 12m)", "sum(sales.amont, 12m)", "no column \"amont\"");
    refused("operation.toml", "sum(sales.amount, 12m)", "sum(sales.status, 12m)", "can not be taken of \"status\"");
    let day = "is the day of the event";
    refused("operation.toml", "distinct(sales.counterparty_id", "distinct(sales.issued_on", day);
    refused("operation.toml", "hhi(sales.amount by counterparty_id", "hhi(sales.amount by issued_on", day);
    refused("operation.toml", "status = void", "status = voided", "no code of \"status\"; they are");
    refused("operation.toml", "M = -1, ", "", "codes has no number for \"M\"");
    refused("operation.toml", "id = \"H02\"", "id = \"H01\"", "\"H01\" stands twice");
    refused("operation.toml", "unit = \"元\"", "unt = \"元\"", "unknown field `unt`");
    refused("sets.toml", "direction = sale and", "direction = sale or or", "a comparison is expected");
    refused("sets.toml", "source = \"invoices\"", "source = \"invoice\"", "there is no source \"invoice\"");
    refused("facts.toml", "latest(registry.name)", "count(registry, all)", "a fact is a latest value");
    refused("negative_list.toml", "end = \"removed_on\"", "end = \"document_no\"", "is not a date");
    refused("negative_list.toml", "above = 0.5", "", "stand together");
}
