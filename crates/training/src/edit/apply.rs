//! One edit on one table.

use super::read::{Change, ModelEdit};
use crate::assemble::shorten;
use crate::config::TrainConfig;
use crate::direction::{keeps, projected};
use crate::optimal::{Counts, bin_iv, woe};
use primitives::edits;
use scoring::{Attribute, Bin, Direction, Interval, Kind, Language, ModelFile, Table, TwoWayTable};

/// What was done, in words.
pub(crate) struct Done {
    pub(crate) what: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// Points of a bin, either way: the bound of the format.
const POINTS_MAX: i64 = 1_000_000;
/// Characters of a bin's name in the record: a bin may list hundreds of levels.
const SHOWN: usize = 60;

/// Makes an edit, or says what is wrong and what is allowed.
pub(crate) fn apply(file: &mut ModelFile, edit: &ModelEdit) -> Result<Done, String> {
    let at = find_table(file, &edit.table)?;
    if edit.change == Change::Drop {
        return drop_table(file, at);
    }
    let smoothing = TrainConfig::from_toml(&file.origin.configuration)
        .map_or(TrainConfig::default().binning.smoothing, |c| c.binning.smoothing)
        .max(0.5);
    match &mut file.tables[at] {
        Table::TwoWay(pair) => set_cell(pair, &edit.change),
        Table::OneWay { characteristic, bins, iv, .. } => {
            let name = characteristic.clone();
            let of = file.characteristics.iter().position(|c| c.name == name).ok_or("has no characteristic")?;
            let stated = file.characteristics[of].direction.unwrap_or(Direction::Free);
            let done = match &edit.change {
                Change::Merge { bins: named, points } => {
                    let places = named.iter().map(|n| find_bin(bins, n)).collect::<Result<Vec<usize>, String>>()?;
                    merge(bins, places, *points)?
                }
                Change::MergeBetween { from, to, points } => {
                    let places = between(bins, *from, *to)?;
                    merge(bins, places, *points)?
                }
                Change::Points { bin, points } => set_points(bins, bin, *points, stated)?,
                Change::Direction(direction) => {
                    let kind = file.characteristics[of].kind;
                    let paired = file.tables.iter().find_map(|t| match t {
                        Table::TwoWay(pair) if pair.pair.contains(&name) => Some(pair.pair.join("*")),
                        _ => None,
                    });
                    let Table::OneWay { bins, .. } = &mut file.tables[at] else { return Err("is a pair".into()) };
                    let done = direct(bins, *direction, kind, paired)?;
                    file.characteristics[of].direction = Some(*direction);
                    return Ok(done);
                }
                Change::Drop => return Err("is dropped elsewhere".into()),
            };
            if !keeps(&ordered_points(bins), stated) {
                return Err(format!("the points would not be {} any more, as the characteristic states", word(stated)));
            }
            if let (Change::Merge { .. } | Change::MergeBetween { .. }, true) = (&edit.change, iv.is_some()) {
                restate_woe(bins, iv, smoothing);
            }
            Ok(done)
        }
    }
}

fn find_table(file: &ModelFile, name: &str) -> Result<usize, String> {
    let names: Vec<String> = file.tables.iter().map(table_name).collect();
    if let Some(at) = names.iter().position(|n| n == name) {
        return Ok(at);
    }
    let near = names.iter().min_by_key(|n| edits(n, name)).cloned().unwrap_or_default();
    Err(format!("the model has no such table; the nearest of its {} is {near:?}", names.len()))
}

fn table_name(table: &Table) -> String {
    match table {
        Table::OneWay { characteristic, .. } => characteristic.clone(),
        Table::TwoWay(pair) => pair.pair.join("*"),
    }
}

/// A bin by its label, or by a level or special value that is in it.
fn find_bin(bins: &[Bin], name: &str) -> Result<usize, String> {
    let attributes: Vec<&Attribute> = bins.iter().map(|b| &b.attribute).collect();
    find_attribute(&attributes, name)
}

fn find_attribute(attributes: &[&Attribute], name: &str) -> Result<usize, String> {
    let plain = |t: &str| t.replace(">=", "≥").split_whitespace().collect::<String>();
    let wanted = plain(name);
    let labelled =
        |a: &Attribute| [Language::English, Language::Chinese].into_iter().any(|l| plain(&a.label(l)) == wanted);
    if let Some(at) = attributes.iter().position(|a| labelled(a)) {
        return Ok(at);
    }
    let holds = |a: &Attribute| match a {
        Attribute::Levels(levels) => levels.iter().any(|l| l == name.trim()),
        Attribute::Special(values) => values.iter().any(|v| v.to_string() == name.trim()),
        _ => false,
    };
    attributes.iter().position(|a| holds(a)).ok_or_else(|| {
        let known: Vec<String> = attributes.iter().map(|a| format!("{:?}", label(a))).collect();
        format!("has no bin {name:?}; there are: {}", known.join(", "))
    })
}

/// The intervals between two edges.
fn between(bins: &[Bin], from: Option<f64>, to: Option<f64>) -> Result<Vec<usize>, String> {
    let intervals: Vec<Interval> = intervals(bins);
    let edges: Vec<f64> = intervals.iter().filter_map(|i| i.to).collect();
    if let Some(edge) = [from, to].into_iter().flatten().find(|e| !edges.contains(e)) {
        let known: Vec<String> = edges.iter().map(f64::to_string).collect();
        return Err(format!("{edge} is no edge of its bins; there are: {}", known.join(", ")));
    }
    let low = from.unwrap_or(f64::NEG_INFINITY);
    let high = to.unwrap_or(f64::INFINITY);
    let inside = |i: &Interval| low <= i.from.unwrap_or(f64::NEG_INFINITY) && i.to.unwrap_or(f64::INFINITY) <= high;
    Ok((0..intervals.len()).filter(|&k| inside(&intervals[k])).collect())
}

fn intervals(bins: &[Bin]) -> Vec<Interval> {
    bins.iter()
        .filter_map(|b| match &b.attribute {
            Attribute::Interval(i) => Some(*i),
            _ => None,
        })
        .collect()
}

fn ordered_points(bins: &[Bin]) -> Vec<i32> {
    bins.iter().filter(|b| matches!(b.attribute, Attribute::Interval(_))).map(|b| b.points).collect()
}

fn merge(bins: &mut Vec<Bin>, mut places: Vec<usize>, points: Option<i64>) -> Result<Done, String> {
    places.sort_unstable();
    places.dedup();
    let [first, .., last] = places[..] else {
        return Err(format!("two bins at least are merged, here are {}", places.len()));
    };
    let attribute = match &bins[first].attribute {
        Attribute::Interval(lowest) => {
            let highest = match &bins[last].attribute {
                Attribute::Interval(i) if last - first + 1 == places.len() => i.to,
                _ => return Err("intervals are merged with neighbouring intervals only, none left out between".into()),
            };
            Attribute::Interval(Interval { from: lowest.from, to: highest })
        }
        Attribute::Levels(_) => {
            let mut all = Vec::new();
            for &k in &places {
                match &bins[k].attribute {
                    Attribute::Levels(levels) => all.extend(levels.iter().cloned()),
                    other => return Err(format!("levels are merged with levels only, not with {:?}", label(other))),
                }
            }
            Attribute::Levels(all)
        }
        Attribute::Special(_) => {
            let mut all = Vec::new();
            for &k in &places {
                match &bins[k].attribute {
                    Attribute::Special(values) => all.extend(values.iter().cloned()),
                    other => {
                        return Err(format!("special values are merged with such only, not with {:?}", label(other)));
                    }
                }
            }
            Attribute::Special(all)
        }
        other => return Err(format!("{:?} is a bin of its own and is merged with none: set its points", label(other))),
    };
    let before = shown(places.iter().map(|&k| &bins[k]));
    let own: Vec<&Bin> = places.iter().map(|&k| &bins[k]).collect();
    let mean = mean_points(own.iter().copied());
    let points = match points {
        Some(points) => checked(points)?,
        None => mean.round() as i32,
    };
    let (goods, bads) = own.iter().fold((0.0, 0.0), |(g, b), bin| (g + bin.goods, b + bin.bads));
    let woe = own.iter().map(|b| b.woe).sum::<f64>() / own.len() as f64;
    bins[first] = Bin { attribute, points, goods, bads, woe };
    places[1..].iter().rev().for_each(|&k| drop(bins.remove(k)));
    let mut after = shown([&bins[first]].into_iter());
    after.push_str(&lower_withheld(bins));
    Ok(Done { what: format!("{} bins merged", places.len()), before, after })
}

/// WoE and IV of the bins as their counts say, where they have counts.
fn restate_woe(bins: &mut [Bin], iv: &mut Option<f64>, smoothing: f64) {
    let counts = |b: &Bin| Counts { goods: b.goods, bads: b.bads };
    let total: Counts = bins.iter().map(counts).sum();
    if total.goods <= 0.0 || total.bads <= 0.0 {
        return;
    }
    for b in bins.iter_mut().filter(|b| b.attribute != Attribute::NotAuthorised) {
        b.woe = shorten(woe(counts(b), total, smoothing).unwrap_or(b.woe));
    }
    *iv = Some(shorten(bins.iter().filter_map(|b| bin_iv(counts(b), total, smoothing)).sum()));
}

fn set_points(bins: &mut [Bin], named: &[String], points: i64, stated: Direction) -> Result<Done, String> {
    let [name] = named else {
        return Err("is of one characteristic: one bin is named, not two".into());
    };
    let k = find_bin(bins, name)?;
    let points = checked(points)?;
    let place = label(&bins[k].attribute);
    let lowest = bins.iter().filter(|b| b.attribute != Attribute::NotAuthorised).map(|b| b.points).min().unwrap_or(0);
    if bins[k].attribute == Attribute::NotAuthorised && points > lowest {
        return Err(format!(
            "bin {place:?}: {points} points, at most {lowest} are allowed: who withdraws a source must not gain by it"
        ));
    }
    if matches!(bins[k].attribute, Attribute::Interval(_)) {
        let is_interval = |b: &&Bin| matches!(b.attribute, Attribute::Interval(_));
        let left = k.checked_sub(1).map(|l| bins[l].points);
        let right = bins.get(k + 1).filter(is_interval).map(|b| b.points);
        let (low, high) = match stated {
            Direction::Rising => (left, right),
            Direction::Falling => (right, left),
            Direction::Peak | Direction::Valley | Direction::Free => (None, None),
        };
        let bounds = (low.map_or(-POINTS_MAX, i64::from), high.map_or(POINTS_MAX, i64::from));
        if !(bounds.0..=bounds.1).contains(&i64::from(points)) {
            return Err(format!(
                "bin {place:?}: {points} points, {} to {} are allowed: points are {} along the values",
                bounds.0,
                bounds.1,
                word(stated)
            ));
        }
    }
    let before = shown([&bins[k]].into_iter());
    bins[k].points = points;
    let mut after = shown([&bins[k]].into_iter());
    after.push_str(&lower_withheld(bins));
    Ok(Done { what: format!("points of {place} set"), before, after })
}

fn direct(bins: &mut [Bin], direction: Direction, kind: Kind, pair: Option<String>) -> Result<Done, String> {
    if kind == Kind::Text {
        return Err("is of a text, whose categories have no direction".into());
    }
    if let (Some(pair), true) = (pair, direction != Direction::Free) {
        return Err(format!("is also in the pair {pair:?}, which could break the direction: drop that table first"));
    }
    let before_points = ordered_points(bins);
    let points: Vec<f64> = before_points.iter().map(|p| f64::from(*p)).collect();
    let rows: Vec<f64> = bins[..points.len()].iter().map(|b| b.goods + b.bads).collect();
    // A bin without rows follows its neighbours; without any rows all bins count alike.
    let least = if rows.iter().sum::<f64>() > 0.0 { 1e-6 } else { 1.0 };
    let weights: Vec<f64> = rows.iter().map(|r| r.max(least)).collect();
    let fitted: Vec<i32> = projected(&points, &weights, direction).iter().map(|p| p.round() as i32).collect();
    let moved: Vec<usize> = (0..fitted.len()).filter(|&k| fitted[k] != before_points[k]).collect();
    let before = shown(moved.iter().map(|&k| &bins[k]));
    bins.iter_mut().zip(&fitted).for_each(|(b, p)| b.points = *p);
    let mut after = shown(moved.iter().map(|&k| &bins[k]));
    after.push_str(&lower_withheld(bins));
    let none = |t: String| if t.is_empty() { "no bin moves".to_owned() } else { t };
    let what = format!("made {}, {} bins moved", word(direction), moved.len());
    Ok(Done { what, before: none(before), after: none(after) })
}

fn set_cell(pair: &mut TwoWayTable, change: &Change) -> Result<Done, String> {
    let Change::Points { bin, points } = change else {
        return Err("is a pair: its cells get points and the table can be dropped, nothing else".into());
    };
    let [first, second] = &bin[..] else {
        return Err("is a pair: two bins are named, bin = [\"…\", \"…\"]".into());
    };
    let points = checked(*points)?;
    let row = find_attribute(&pair.rows.iter().collect::<Vec<_>>(), first)?;
    let column = find_attribute(&pair.columns.iter().collect::<Vec<_>>(), second)?;
    let place = format!("{} × {}", label(&pair.rows[row]), label(&pair.columns[column]));
    let withheld = |a: &Attribute| *a == Attribute::NotAuthorised;
    let (na_row, na_column) = (pair.rows.iter().position(withheld), pair.columns.iter().position(withheld));
    if na_row == Some(row) || na_column == Some(column) {
        return Err(format!("cell {place:?}: what is not authorised is the lowest of its like, and follows by itself"));
    }
    let before = format!("{place}: {}", pair.points[row][column]);
    pair.points[row][column] = points;
    if let Some(na) = na_row {
        pair.points[na][column] = pair.points[na][column].min(points);
    }
    if let Some(na) = na_column {
        pair.points[row][na] = pair.points[row][na].min(points);
    }
    if let (Some(r), Some(c)) = (na_row, na_column) {
        pair.points[r][c] = pair.points[r][c].min(points);
    }
    Ok(Done { what: format!("points of {place} set"), before, after: format!("{place}: {points}") })
}

fn drop_table(file: &mut ModelFile, at: usize) -> Result<Done, String> {
    if file.tables.len() == 1 {
        return Err("is the only table: a model without one scores nothing".into());
    }
    let table = file.tables.remove(at);
    let (name, before, mean) = match &table {
        Table::OneWay { characteristic, bins, .. } => {
            let known = bins.iter().filter(|b| b.attribute != Attribute::NotAuthorised);
            (characteristic.clone(), shown(bins.iter()), mean_points(known))
        }
        // No counts stand behind the cells, and what a pair adds is about nothing on average.
        Table::TwoWay(pair) => {
            (pair.pair.join("*"), format!("{} × {} cells", pair.rows.len(), pair.columns.len()), 0.0)
        }
    };
    let used = |c: &str| {
        file.tables.iter().any(|t| match t {
            Table::OneWay { characteristic, .. } => characteristic == c,
            Table::TwoWay(pair) => pair.pair.iter().any(|p| p == c),
        })
    };
    let kept: Vec<bool> = file.characteristics.iter().map(|c| used(&c.name)).collect();
    let mut kept = kept.into_iter();
    file.characteristics.retain(|_| kept.next().unwrap_or(true));
    let base = file.base_points;
    file.base_points = base.saturating_add(mean.round() as i32);
    let after = format!("no table; base points {base} to {}", file.base_points);
    Ok(Done { what: format!("table {name} dropped"), before, after })
}

/// Mean by the rows of the training data; of bins without any, all alike.
fn mean_points<'b>(bins: impl Iterator<Item = &'b Bin> + Clone) -> f64 {
    let rows: f64 = bins.clone().map(|b| b.goods + b.bads).sum();
    let each = |b: &Bin| if rows > 0.0 { b.goods + b.bads } else { 1.0 };
    let (sum, all) = bins.fold((0.0, 0.0), |(s, w), b| (s + each(b) * f64::from(b.points), w + each(b)));
    if all > 0.0 { sum / all } else { 0.0 }
}

/// What is not authorised must stay the lowest; says so where it has to follow.
fn lower_withheld(bins: &mut [Bin]) -> String {
    let lowest = bins.iter().filter(|b| b.attribute != Attribute::NotAuthorised).map(|b| b.points).min();
    match (bins.iter_mut().find(|b| b.attribute == Attribute::NotAuthorised), lowest) {
        (Some(b), Some(lowest)) if b.points > lowest => {
            b.points = lowest;
            format!("; {}: {lowest}", label(&b.attribute))
        }
        _ => String::new(),
    }
}

fn checked(points: i64) -> Result<i32, String> {
    match (-POINTS_MAX..=POINTS_MAX).contains(&points) {
        true => Ok(points as i32),
        false => Err(format!("{points} points, {} to {POINTS_MAX} are allowed", -POINTS_MAX)),
    }
}

fn shown<'b>(bins: impl Iterator<Item = &'b Bin>) -> String {
    bins.map(|b| format!("{}: {}", label(&b.attribute), b.points)).collect::<Vec<_>>().join("; ")
}

fn label(attribute: &Attribute) -> String {
    let text = attribute.label(Language::English);
    match text.chars().count() > SHOWN {
        true => text.chars().take(SHOWN).chain(['…']).collect(),
        false => text,
    }
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Rising => "rising",
        Direction::Falling => "falling",
        Direction::Peak => "highest in the middle",
        Direction::Valley => "lowest in the middle",
        Direction::Free => "free of a direction",
    }
}
