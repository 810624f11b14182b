use super::*;

#[track_caller]
fn same(text: &str) {
    let value = parse_value(text).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(value.to_string(), text);
    assert_eq!(parse_value(&value.to_string()), Ok(value));
}

#[test]
fn what_is_printed_is_read_again() {
    same("sum(sales.amount, 12m)");
    same("(sum(sales.amount, 12m) / sum(sales.amount, 12m ago 12m)) - 1");
    same("top(sales.amount by counterparty_id, 5, 12m)");
    same("count(penalties where (field = safety and not missing(amount)), 12m to date)");
    same("clamp(-latest(tax_returns.revenue, all), 0, 1)");
    same("less_peer_median(sum(a.b, 12m) / sum(a.c, 12m) by division, district)");
    same("if_empty(greatest(loans.overdue_days where tag in (new, bridge), 24m), 0)");
    same("cosine(purchases.amount by goods_code, sales.amount by goods_code, 12m)");
    same("count(a where (within(x, 36m) or (month_end(y, 3) and multiple(z, 1000))), 90d)");
    same("(as_of - latest(registry.established_on, all)) / 365.25");
}

#[track_caller]
fn refused(text: &str, at: usize, problem: &str) {
    let e = parse_value(text).expect_err("it must be refused");
    assert_eq!(e.at, at, "{e}");
    assert!(e.problem.contains(problem), "{e}");
}

#[test]
fn errors_name_the_place() {
    refused("", 1, "a value is expected, the text ends");
    refused("sum(sales.amount)", 1, "ends with a window");
    refused("sum(sales, 12m)", 1, "takes a column after the set");
    refused("count(sales.amount, 12m)", 1, "a set without a column");
    refused("sum(sales.amount, 12x)", 21, "followed by letters");
    refused("mean(sales.amount, 12m)", 1, "no operation \"mean\"");
    refused("gap(sales, 90d)", 1, "counts full months");
    refused("kept(sales by x, 3m)", 1, "months must be even");
    refused("top(sales.amount by x, 0, 12m)", 24, "a whole number from 1 to 1000");
    refused("1 + peer_rank(sum(a.b, 12m) by division) ; 2", 42, "has no meaning");
    refused("1 + peer_rank(sum(a.b, 12m) by division)", 1, "must be the whole");
    refused("abs(peer_rank(sum(a.b, 12m) by division))", 1, "must be the whole");
    refused("abs(1, 2)", 1, "takes 1 values, here are 2");
    refused("count(a where b ~ 1, 12m)", 17, "has no meaning");
    refused("1 2", 3, "the end is expected, not 2");
    refused(&"(".repeat(100_000), 41, "nested over 40 deep");
    let nots = format!("count(a where {}b = 1, 12m)", "not ".repeat(100_000));
    assert!(parse_value(&nots).expect_err("too deep").problem.contains("nested"));
}
