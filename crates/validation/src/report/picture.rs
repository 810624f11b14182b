//! Pictures as inline SVG: told apart by shape and dash before colour, so that they read in black and white.

use crate::Error;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// One axis.
pub(crate) struct Axis<'a> {
    pub(crate) lo: f64,
    pub(crate) hi: f64,
    /// Where labels and grid lines stand.
    pub(crate) ticks: Vec<f64>,
    /// What it measures.
    pub(crate) title: &'a str,
    /// How a tick is written.
    pub(crate) format: &'a dyn Fn(&f64) -> String,
}

/// A linear scale whose labels stand where the axis says.
struct Scale {
    lo: f64,
    hi: f64,
    ticks: Vec<f64>,
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let part = (value - self.lo) / (self.hi - self.lo);
        limit.0 + (part * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.lo..self.hi
    }
}

/// Something drawn inside the axes.
pub(crate) enum Mark {
    /// A solid line.
    Line(Ink, Vec<(f64, f64)>),
    /// A dashed line.
    Dashes(Ink, Vec<(f64, f64)>),
    /// Filled circles.
    Dots(Ink, Vec<(f64, f64)>),
    /// Filled triangles.
    Triangles(Ink, Vec<(f64, f64)>),
    /// Bars from 0, as `(left, right, height)`.
    Bars(Ink, Vec<(f64, f64, f64)>),
    /// Vertical spans, as `(x, low, high)`.
    Spans(Ink, Vec<(f64, f64, f64)>),
    /// Bars that lie, from 0, as `(bottom, top, length)`.
    LyingBars(Ink, Vec<(f64, f64, f64)>),
    /// Horizontal spans, as `(y, low, high)`.
    LyingSpans(Ink, Vec<(f64, f64, f64)>),
    /// Words centred at `(x, y)`.
    Words(Vec<(f64, f64, String)>),
}

/// Colours with a contrast of at least 4.5 against white (the bars have an outline).
#[derive(Clone, Copy)]
pub(crate) enum Ink {
    Blue,
    Brown,
    Grey,
}

impl Ink {
    fn colour(self) -> RGBColor {
        match self {
            Self::Blue => RGBColor(24, 84, 140),
            Self::Brown => RGBColor(168, 78, 0),
            Self::Grey => RGBColor(90, 90, 90),
        }
    }
}

/// Width of the labels of an axis of numbers.
pub(crate) const LEFT: u32 = 70;

/// A picture and what a reader who can not see it is told.
pub(crate) struct Picture<'a> {
    pub(crate) name: &'static str,
    pub(crate) alt: &'a str,
    /// The id of the table that holds its numbers.
    pub(crate) table: &'a str,
    pub(crate) size: (u32, u32),
    /// Width that labels of the vertical axis have.
    pub(crate) left: u32,
    pub(crate) x: Axis<'a>,
    pub(crate) y: Axis<'a>,
    pub(crate) marks: Vec<Mark>,
}

impl Picture<'_> {
    /// The picture as an `svg` element.
    pub(crate) fn svg(&self) -> Result<String, Error> {
        let mut svg = String::new();
        self.draw(&mut svg).map_err(|message| Error::Picture { name: self.name, message })?;
        // The library writes a stand-alone file; inside a page the root element needs a name, and no name space.
        let (_, body) = svg
            .split_once("<svg")
            .and_then(|(_, rest)| rest.split_once('>'))
            .ok_or_else(|| Error::Picture { name: self.name, message: "the drawing has no root element".to_owned() })?;
        let (w, h) = self.size;
        let root = maud::html! {
            svg viewBox=(format!("0 0 {w} {h}")) width=(w) height=(h) role="img" aria-label=(self.alt)
                aria-describedby=(self.table) { (maud::PreEscaped(body.trim_end().trim_end_matches("</svg>"))) }
        };
        Ok(root.into_string())
    }

    fn draw(&self, svg: &mut String) -> Result<(), String> {
        let text = |e: &dyn std::fmt::Display| e.to_string();
        let ink = Ink::Grey.colour();
        let font = ("sans-serif", 15).into_font().color(&RGBColor(40, 40, 40));
        let area = SVGBackend::with_string(svg, self.size).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin_top(12)
            .margin_right(18)
            .margin_left(4)
            .margin_bottom(4)
            .x_label_area_size(50)
            .y_label_area_size(self.left)
            .build_cartesian_2d(
                Scale { lo: self.x.lo, hi: self.x.hi, ticks: self.x.ticks.clone() },
                Scale { lo: self.y.lo, hi: self.y.hi, ticks: self.y.ticks.clone() },
            )
            .map_err(|e| text(&e))?;
        chart
            .configure_mesh()
            .x_desc(self.x.title)
            .y_desc(self.y.title)
            .x_label_formatter(self.x.format)
            .y_label_formatter(self.y.format)
            .x_labels(self.x.ticks.len())
            .y_labels(self.y.ticks.len())
            .label_style(font.clone())
            .axis_desc_style(font.transform(FontTransform::None))
            .axis_style(ink)
            .bold_line_style(RGBColor(222, 222, 222))
            .light_line_style(TRANSPARENT)
            .draw()
            .map_err(|e| text(&e))?;
        for mark in &self.marks {
            let drawn = match mark {
                Mark::Line(ink, p) => {
                    chart.draw_series(LineSeries::new(p.iter().copied(), ink.colour().stroke_width(2))).map(drop)
                }
                Mark::Dashes(ink, p) => {
                    let style = ink.colour().stroke_width(2);
                    chart.draw_series(DashedLineSeries::new(p.iter().copied(), 7, 4, style)).map(drop)
                }
                Mark::Dots(ink, p) => {
                    chart.draw_series(p.iter().map(|p| Circle::new(*p, 4, ink.colour().filled()))).map(drop)
                }
                Mark::Triangles(ink, p) => {
                    chart.draw_series(p.iter().map(|p| TriangleMarker::new(*p, 5, ink.colour().filled()))).map(drop)
                }
                Mark::Bars(ink, bars) => {
                    let corners = |b: &(f64, f64, f64)| [(b.0, 0.0), (b.1, b.2)];
                    let fill = ink.colour().mix(0.25).filled();
                    chart.draw_series(bars.iter().map(|b| Rectangle::new(corners(b), fill))).map(drop).and_then(|()| {
                        chart.draw_series(bars.iter().map(|b| Rectangle::new(corners(b), ink.colour()))).map(drop)
                    })
                }
                Mark::Spans(ink, spans) => {
                    let line = |s: &(f64, f64, f64)| PathElement::new([(s.0, s.1), (s.0, s.2)], ink.colour());
                    chart.draw_series(spans.iter().map(line)).map(drop)
                }
                Mark::LyingBars(ink, bars) => {
                    let corners = |b: &(f64, f64, f64)| [(0.0, b.0), (b.2, b.1)];
                    let fill = ink.colour().mix(0.25).filled();
                    chart.draw_series(bars.iter().map(|b| Rectangle::new(corners(b), fill))).map(drop).and_then(|()| {
                        chart.draw_series(bars.iter().map(|b| Rectangle::new(corners(b), ink.colour()))).map(drop)
                    })
                }
                Mark::LyingSpans(ink, spans) => {
                    let line = |s: &(f64, f64, f64)| PathElement::new([(s.1, s.0), (s.2, s.0)], ink.colour());
                    chart.draw_series(spans.iter().map(line)).map(drop)
                }
                Mark::Words(words) => {
                    let style = font.clone().into_text_style(&area).pos(Pos::new(HPos::Center, VPos::Center));
                    let word = |(x, y, text): &(f64, f64, String)| Text::new(text.clone(), (*x, *y), style.clone());
                    chart.draw_series(words.iter().map(word)).map(drop)
                }
            };
            drawn.map_err(|e| text(&e))?;
        }
        area.present().map_err(|e| text(&e))
    }
}

/// About `count` round numbers within `lo..=hi`.
pub(crate) fn round_ticks(lo: f64, hi: f64, count: usize) -> Vec<f64> {
    let raw = (hi - lo) / count as f64;
    if raw <= 0.0 || !raw.is_finite() {
        return vec![lo];
    }
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].iter().map(|f| f * power).find(|s| *s >= raw).unwrap_or(10.0 * power);
    let first = (lo / step).ceil() as i64;
    let last = (hi / step + 1e-9).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}
