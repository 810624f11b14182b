//! A table by month as bars, inline and without a style or a script of its own. Its numbers are in the table beside it.

use crate::content::Refused;
use crate::raster;
use crate::sheet::{Entry, Sheet};
use crate::unit::{Scale, grouped};
use crate::words::Word;
use maud::{Markup, PreEscaped, html};
use plotters::prelude::*;
use policy::Lang;
use totals::{Unit, Value};

/// Width and height of a picture.
pub(crate) const SIZE: (u32, u32) = (960, 260);
/// Contrast of 4.5 and more against white.
/// Marks of an axis at most.
const MARKS: usize = 6;
const INK: RGBColor = RGBColor(24, 84, 140);
const TEXT: RGBColor = RGBColor(50, 50, 50);

/// A value of the first column as its axis has it.
fn on_axis(entry: Option<&Entry>, sheet: &Sheet) -> Option<f64> {
    let Some(Entry::Figure(cell)) = entry else { return None };
    let value = match cell.value {
        Value::Whole(n) => n as f64,
        Value::Ratio { numerator, denominator } => numerator as f64 / denominator as f64,
        Value::None => return None,
    };
    Some(match cell.unit {
        Unit::Fen => value / sheet.scale.fen() as f64,
        Unit::Share => value * 100.0,
        Unit::Count | Unit::Days => value,
    })
}

/// The first column of a table, a bar for each row.
struct Drawn {
    /// A file of its own.
    svg: String,
    /// The column and its unit.
    title: String,
    /// The first and the last row.
    ends: String,
}

/// Draws a table; nothing where all is zero.
fn drawn(sheet: &Sheet, lang: Lang) -> Result<Option<Drawn>, Refused> {
    let Some(column) = sheet.columns.first() else { return Ok(None) };
    let unit = match column.unit {
        Some(Unit::Fen) => sheet.scale.word().text(lang),
        Some(Unit::Share) => "%",
        _ => "",
    };
    let title = match unit {
        "" => column.name.clone(),
        unit => format!("{} ({unit})", column.name),
    };
    let values: Vec<Option<f64>> = sheet.lines.iter().map(|l| on_axis(l.entries.first(), sheet)).collect();
    let labels: Vec<&str> = sheet.lines.iter().map(|l| l.keys.first().map_or("", |k| k.text.as_str())).collect();
    if values.iter().flatten().all(|value| *value == 0.0) {
        return Ok(None);
    }
    let mut svg = String::new();
    let whole = !matches!(column.unit, Some(Unit::Fen | Unit::Share | Unit::Days));
    draw(&mut svg, &labels, &values, whole).map_err(Refused::Picture)?;
    let ends = match (labels.first(), labels.last()) {
        (Some(first), Some(last)) => format!("{first} {} {last}", Word::Through.text(lang)),
        _ => String::new(),
    };
    Ok(Some(Drawn { svg, title, ends }))
}

/// The picture inside a page.
pub(crate) fn bars(sheet: &Sheet, lang: Lang) -> Result<Markup, Refused> {
    let Some(Drawn { svg, title, ends }) = drawn(sheet, lang)? else { return Ok(html! {}) };
    // The library writes a file of its own; inside a page the root needs a name and no name space.
    let body = svg.split_once("<svg").and_then(|(_, rest)| rest.split_once('>')).map(|(_, body)| body);
    let body = body.ok_or_else(|| Refused::Picture("the drawing has no root".to_owned()))?;
    let body = body.trim_end().trim_end_matches("</svg>");
    let (w, h) = SIZE;
    let (id, table) = (format!("picture-{}", sheet.code), format!("table-{}", sheet.code));
    Ok(html! {
        figure {
            figcaption { (title) }
            svg viewBox=(format!("0 0 {w} {h}")) role="img" aria-labelledby=(format!("{id}-t {id}-d"))
                aria-describedby=(table) {
                title id=(format!("{id}-t")) { (sheet.title) ": " (title) }
                desc id=(format!("{id}-d")) { (ends) }
                (PreEscaped(body))
            }
        }
    })
}

/// The picture as a bitmap, with what it is of; nothing where all is zero.
pub(crate) fn bitmap(sheet: &Sheet, lang: Lang) -> Result<Option<(String, Vec<u8>)>, Refused> {
    let Some(Drawn { svg, title, ends }) = drawn(sheet, lang)? else { return Ok(None) };
    Ok(Some((format!("{title}, {ends}"), raster::png(&svg, SIZE)?)))
}

/// Ends of the axis that hold zero and all values.
fn ends(values: &[Option<f64>]) -> (f64, f64) {
    let all = || values.iter().flatten().copied();
    let (low, high) = (all().fold(0.0, f64::min), all().fold(0.0, f64::max));
    if low == high { (0.0, 1.0) } else { (low * 1.05, high * 1.08) }
}

/// Marks of the axis at most: of counts no more than there are whole numbers on it.
fn marks((low, high): (f64, f64), whole: bool) -> usize {
    if whole { ((high.floor() - low.ceil()) as usize + 1).min(MARKS) } else { MARKS }
}

fn draw(svg: &mut String, labels: &[&str], values: &[Option<f64>], whole: bool) -> Result<(), String> {
    let text = |e: &dyn std::fmt::Display| e.to_string();
    let (low, high) = ends(values);
    let font = ("sans-serif", 14).into_font().color(&TEXT);
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let count = labels.len().max(1);
    let mut chart = ChartBuilder::on(&area)
        .margin_top(10)
        .margin_right(12)
        .x_label_area_size(28)
        .y_label_area_size(84)
        .build_cartesian_2d(0.0..count as f64, low..high)
        .map_err(|e| text(&e))?;
    // Labels that do not fit one beside another are left out in step.
    let step = count.div_ceil(12);
    let mut mesh = chart.configure_mesh();
    let y_text = |y: &f64| {
        let decimals = if high - low < 5.0 && !whole { 2 } else { 0 };
        grouped(&format!("{y:.decimals$}"))
    };
    mesh.disable_x_mesh()
        .disable_x_axis()
        .y_labels(marks((low, high), whole))
        .y_label_formatter(&y_text)
        .label_style(font.clone())
        .axis_style(TEXT)
        .bold_line_style(RGBColor(222, 222, 222))
        .light_line_style(TRANSPARENT)
        .draw()
        .map_err(|e| text(&e))?;
    let bar = |(at, value): (usize, &Option<f64>)| {
        let left = at as f64;
        value.map(|value| Rectangle::new([(left + 0.15, 0.0), (left + 0.85, value)], INK.filled()))
    };
    chart.draw_series(values.iter().enumerate().filter_map(bar)).map_err(|e| text(&e))?;
    chart
        .draw_series(std::iter::once(PathElement::new([(0.0, 0.0), (count as f64, 0.0)], TEXT)))
        .map_err(|e| text(&e))?;
    for (at, label) in labels.iter().enumerate().filter(|(at, _)| (count - 1 - at).is_multiple_of(step)) {
        let (x, _) = chart.backend_coord(&(at as f64 + 0.5, 0.0));
        let style = font.clone().pos(plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Center,
            plotters::style::text_anchor::VPos::Top,
        ));
        area.draw(&Text::new((*label).to_owned(), (x, SIZE.1 as i32 - 22), style)).map_err(|e| text(&e))?;
    }
    drop(chart);
    area.present().map_err(|e| text(&e))
}

#[cfg(test)]
mod tests {
    use super::draw;

    /// Texts of the marks of the upright axis: those of the other one are names here.
    fn marks(values: &[Option<f64>], whole: bool) -> Vec<String> {
        let mut svg = String::new();
        draw(&mut svg, &vec!["m"; values.len()], values, whole).expect("a picture");
        let texts = svg.split("<text").skip(1).filter_map(|t| t.split_once('>')?.1.split('<').next());
        texts.map(|t| t.trim().to_owned()).filter(|t| t != "m").collect()
    }

    #[test]
    fn marks_of_counts_are_whole_and_each_stands_once() {
        for most in [1.0, 2.0, 3.0, 5.0, 7.0, 40.0, 12_345.0] {
            let mut found = marks(&[Some(0.0), Some(most), None, Some(1.0)], true);
            assert!(found.iter().all(|m| m.replace(',', "").parse::<u32>().is_ok()), "{most}: {found:?}");
            let shown = found.len();
            found.dedup();
            assert!(found.len() == shown && shown >= 2, "{most}: {found:?}");
        }
        assert!(marks(&[Some(0.5), Some(1.2)], false).iter().any(|m| m.contains('.')), "amounts have parts");
    }
}
