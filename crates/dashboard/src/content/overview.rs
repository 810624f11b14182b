//! The page of the morning: this month, this year, what it comes to, and which districts lag.

use super::{Asked, Block, Refused, Tile};
use crate::page::Page;
use crate::periods::Stretch;
use crate::sheet::{Column, Entry, Key, Line, Sheet, definitions, name_of, nothing};
use crate::unit::{Cell, Scale};
use crate::words::Word;
use policy::Code;
use primitives::region::TABLE_FROM;
use totals::{Dimension, Figure, Table, Unit, Value};

/// The figures of the first table, one a row.
const ROWS: &[Figure] = &[
    Figure::NetNewFinancing,
    Figure::Disbursed,
    Figure::Refinanced,
    Figure::BalanceChange,
    Figure::Balance,
    Figure::EnterprisesServed,
    Figure::FirstSeen,
    Figure::MeanRate,
    Figure::OverdueRatio,
    Figure::NonPerformingRatio,
    Figure::BridgeReleased,
    Figure::SubsidiesPaid,
    Figure::Compensated,
];
/// From flow to change in balance.
const STEPS: &[Figure] = &[
    Figure::Disbursed,
    Figure::Refinanced,
    Figure::NetNewFinancing,
    Figure::Repaid,
    Figure::Renewed,
    Figure::WrittenOff,
    Figure::BalanceChange,
];
const DISTRICTS: &[Figure] = &[
    Figure::NetNewFinancing,
    Figure::Disbursed,
    Figure::EnterprisesServed,
    Figure::Balance,
    Figure::BalanceChange,
    Figure::NonPerformingRatio,
];

/// The periods of the first table.
struct Spans {
    month: Stretch,
    month_before: Stretch,
    month_of_year_before: Stretch,
    year: Stretch,
    year_before: Stretch,
    all: Stretch,
}

impl Spans {
    fn of(as_of: chrono::NaiveDate) -> Self {
        let (month, year) = (Stretch::month(as_of), Stretch::year(as_of));
        let all = Stretch { from: TABLE_FROM.min(year.from), to: as_of };
        Self {
            month,
            month_before: month.before(1),
            month_of_year_before: month.before(12),
            year,
            year_before: year.before(12),
            all,
        }
    }
}

impl Asked<'_> {
    pub(super) fn overview(self) -> Result<Vec<Block>, Refused> {
        let plain = |sheet| Block { sheet, drawn: false };
        let mut blocks = vec![plain(self.financing()?)];
        blocks.extend(self.target_of_financing()?.map(plain));
        blocks.push(plain(self.districts()?));
        blocks.push(plain(self.steps()?));
        blocks.push(self.monthly(&[
            Figure::NetNewFinancing,
            Figure::Disbursed,
            Figure::Refinanced,
            Figure::BalanceChange,
            Figure::Balance,
        ])?);
        Ok(blocks)
    }

    /// What is read first, from the finished tables: financing of the month and the year, how far the plan is, what stands.
    pub(super) fn tiles(&self, blocks: &[Block]) -> Vec<Tile> {
        let find = |code: &str| blocks.iter().map(|b| &b.sheet).find(|sheet| sheet.code == code);
        let tile = |sheet: &Sheet, row: &str, name: String, column: &str, beside: Option<&str>| {
            let line = sheet.lines.iter().find(|line| line.keys.first().is_some_and(|key| key.code == row))?;
            let at = |code: &str| {
                let place = sheet.columns.iter().position(|c| c.code == code)?;
                Some((sheet.columns[place].name.clone(), line.entries.get(place)?))
            };
            let Some((_, Entry::Figure(cell))) = at(column) else { return None };
            let unit = if cell.unit == Unit::Fen { self.word(sheet.scale.word()) } else { "" };
            let beside = beside.and_then(at).and_then(|(name, entry)| match entry {
                Entry::Figure(cell) => Some((name, cell.shown(sheet.scale)?)),
                Entry::Text(text) | Entry::Link { text, .. } => Some((name, text.clone())),
            });
            Some(Tile { name, value: cell.shown(sheet.scale)?, unit: unit.to_owned(), beside })
        };
        let named = |when: Word, figure: Figure| format!("{}: {}", self.word(when), name_of(figure, self.view.lang));
        let (net, lang) = (Figure::NetNewFinancing, self.view.lang);
        let mut tiles = Vec::new();
        if let Some(sheet) = find("financing") {
            let row = net.code();
            tiles.extend(tile(sheet, row, named(Word::Month, net), "month", Some("on_month")));
            tiles.extend(tile(sheet, row, named(Word::YearToDate, net), "year", Some("year_on_year")));
            let of = |figure: Figure| (figure.code(), name_of(figure, lang).to_owned());
            let (row, name) = of(Figure::Balance);
            tiles.extend(tile(sheet, row, name, "year", Some("year_on_year")));
            let (row, _) = of(Figure::EnterprisesServed);
            tiles.extend(tile(
                sheet,
                row,
                named(Word::YearToDate, Figure::EnterprisesServed),
                "year",
                Some("year_on_year"),
            ));
            let (row, name) = of(Figure::NonPerformingRatio);
            tiles.extend(tile(sheet, row, name, "year", Some("year_before")));
        }
        if let Some(sheet) = find("targets") {
            let name = self.word(Word::TargetOfFinancing).to_owned();
            tiles.extend(tile(sheet, "new_financing", name, "completion", Some("time_gone")));
        }
        tiles
    }

    fn financing(self) -> Result<Sheet, Refused> {
        let spans = Spans::of(self.view.as_of);
        let of = |days| self.table(days, &[], ROWS);
        let (month, before, year_ago) = (of(spans.month)?, of(spans.month_before)?, of(spans.month_of_year_before)?);
        let (year, year_before, all) = (of(spans.year)?, of(spans.year_before)?, of(spans.all)?);
        let as_of = self.view.as_of;
        let (on_month, on_year) = (
            self.comparable(None, spans.month_before.from, as_of),
            self.comparable(None, spans.year_before.from, as_of),
        );
        let mut sheet = Sheet::new("financing", self.word(Word::Financing));
        sheet.keys = vec![("figure".to_owned(), self.word(Word::Item).to_owned())];
        sheet.columns = [
            ("month", Word::Month),
            ("month_before", Word::MonthBefore),
            ("on_month", Word::OnMonth),
            ("month_of_year_before", Word::MonthOfYearBefore),
            ("on_year", Word::OnYear),
            ("year", Word::YearToDate),
            ("year_before", Word::YearBefore),
            ("year_on_year", Word::OnYear),
            ("all", Word::SinceStart),
        ]
        .into_iter()
        .map(|(code, name)| Column { code: code.to_owned(), name: self.word(name).to_owned(), unit: None })
        .collect();
        for figure in ROWS {
            let value = |table: &Table| table.of_all(*figure).unwrap_or(Value::None);
            let cell = |table: &Table| Entry::Figure(Cell::new(figure.unit(), value(table)));
            let change = |now: &Table, base: &Table, comparable: bool| match comparable {
                true => Entry::Figure(Cell::change(value(now), value(base))),
                false => Entry::Text(self.word(Word::NotComparable).to_owned()),
            };
            sheet.lines.push(Line {
                keys: vec![Key {
                    code: figure.code().to_owned(),
                    text: name_of(*figure, self.view.lang).to_owned(),
                    href: None,
                }],
                entries: vec![
                    cell(&month),
                    cell(&before),
                    change(&month, &before, on_month),
                    cell(&year_ago),
                    change(&month, &year_ago, on_year),
                    cell(&year),
                    cell(&year_before),
                    change(&year, &year_before, on_year),
                    cell(&all),
                ],
                not_comparable: !on_month || !on_year,
            });
        }
        sheet.definitions = definitions(ROWS, self.view.lang);
        sheet.notes.push(self.word(Word::NoteSameDays).to_owned());
        Ok(sheet)
    }

    /// Gross to net, net to change in balance, of the year.
    fn steps(self) -> Result<Sheet, Refused> {
        let table = self.table(Stretch::year(self.view.as_of), &[], STEPS)?;
        let value = |figure| match table.of_all(figure) {
            Some(Value::Whole(fen)) => fen,
            _ => 0,
        };
        let lang = self.view.lang;
        let between = value(Figure::Refinanced) - value(Figure::Renewed);
        let steps = [
            ("disbursed", name_of(Figure::Disbursed, lang), value(Figure::Disbursed)),
            ("refinanced", self.word(Word::LessRefinanced), -value(Figure::Refinanced)),
            ("net_new_financing", name_of(Figure::NetNewFinancing, lang), value(Figure::NetNewFinancing)),
            ("repaid", self.word(Word::LessRepaid), -value(Figure::Repaid)),
            ("written_off", self.word(Word::LessWrittenOff), -value(Figure::WrittenOff)),
            ("between", self.word(Word::BetweenDistricts), between),
            ("balance_change", name_of(Figure::BalanceChange, lang), value(Figure::BalanceChange)),
        ];
        let mut sheet = Sheet::new("steps", self.word(Word::Reconciliation));
        sheet.keys = vec![("step".to_owned(), self.word(Word::Item).to_owned())];
        let (code, name) = ("year".to_owned(), self.word(Word::YearToDate).to_owned());
        sheet.columns = vec![Column { code, name, unit: Some(Unit::Fen) }];
        sheet.lines = steps
            .into_iter()
            .map(|(code, name, fen)| Line {
                keys: vec![Key { code: code.to_owned(), text: name.to_owned(), href: None }],
                entries: vec![Entry::Figure(Cell::new(Unit::Fen, Value::Whole(fen)))],
                not_comparable: false,
            })
            .collect();
        sheet.definitions = definitions(STEPS, lang);
        Ok(sheet)
    }

    /// Districts with the year and the year before.
    fn districts(self) -> Result<Sheet, Refused> {
        let spans = Spans::of(self.view.as_of);
        let by = [Dimension::District];
        let table = self.table(spans.year, &by, DISTRICTS)?;
        let before = self.table(spans.year_before, &by, &[Figure::NetNewFinancing])?;
        let mut sheet = Sheet::of("districts", self.word(Word::ByDistrict), &table, self.view.lang);
        let name = self.word(Word::YearBefore).to_owned();
        sheet.columns.insert(1, Column { code: "year_before".to_owned(), name, unit: Some(Unit::Fen) });
        let name = self.word(Word::OnYear).to_owned();
        sheet.columns.insert(2, Column { code: "on_year".to_owned(), name, unit: Some(Unit::Share) });
        // A district with figures of the year before only has a row, too.
        for row in before.rows.iter().filter(|row| !table.rows.iter().any(|r| r.codes == row.codes)) {
            let keys = row.codes.iter().map(|c| Key::of(Dimension::District, c, self.view.lang)).collect();
            sheet.lines.push(Line { keys, entries: nothing(DISTRICTS), not_comparable: false });
        }
        sheet.lines.sort_by_key(|line| line.keys.first().map(|key| key.code.clone()));
        for line in sheet.lines.iter_mut().chain(&mut sheet.total) {
            let is_total = line.keys.first().is_none_or(|key| key.text == self.word(Word::Total));
            let code = line.keys.first().map(|key| key.code.clone()).unwrap_or_default();
            let base = match is_total {
                true => before.of_all(Figure::NetNewFinancing),
                false => before.value(&[&code], Figure::NetNewFinancing),
            };
            let base = base.unwrap_or(Value::Whole(0));
            let Some(Entry::Figure(now)) = line.entries.first().cloned() else { continue };
            let asked = (!is_total).then_some(code.as_str());
            let comparable = self.comparable(asked, spans.year_before.from, self.view.as_of);
            line.not_comparable |= !comparable;
            line.entries.insert(1, Entry::Figure(Cell::new(Unit::Fen, base)));
            line.entries.insert(
                2,
                match comparable {
                    true => Entry::Figure(Cell::change(now.value, base)),
                    false => Entry::Text(self.word(Word::NotComparable).to_owned()),
                },
            );
            if let Some(key) = line.keys.first_mut().filter(|_| !is_total) {
                key.href = self.leads(Page::Overview, Dimension::District, &code);
            }
        }
        sheet.notes.push(self.word(Word::NoteSameDays).to_owned());
        sheet.notes.push(self.word(Word::NoteZones).to_owned());
        Ok(sheet)
    }
}
