//! The bulletin as a document: what is read first as sentences, then the tables and pictures as the page shows them.
//!
//! Values are those of the page: the same tables, in the same units.

use super::facts;
use crate::content::{Content, Refused, Tile};
use crate::picture;
use crate::raster::SCALE;
use crate::sheet::{Entry, Line, Sheet};
use crate::unit::Scale;
use crate::view::View;
use crate::words::Word;
use docx_rs::{
    AlignmentType, Docx, Footer, LineSpacing, PageMargin, PageNum, PageOrientationType, Paragraph, Pic, Run, RunFonts,
    Shading, Style, StyleType, Table, TableCell, TableCellMargins, TableRow, WidthType,
};
use policy::Lang;

/// A4, lying, in twentieths of a point; and its margins.
const PAGE: (u32, u32) = (16_838, 11_906);
const MARGIN: i32 = 1_000;
/// Units of drawings in a twentieth of a point.
const EMU: u32 = 635;
/// Half points.
const TEXT: usize = 21;
const CELL: usize = 16;
/// Full widths of a table, in fiftieths of a percent.
const WHOLE: usize = 5_000;

fn run(text: &str, size: usize) -> Run {
    Run::new().add_text(text).size(size)
}

fn heading(text: &str, style: &str) -> Paragraph {
    Paragraph::new().add_run(Run::new().add_text(text)).style(style).keep_next(true)
}

fn sentence(tile: &Tile, lang: Lang) -> String {
    let Tile { name, value, unit, beside } = tile;
    let unit = match unit.as_str() {
        "" => String::new(),
        unit => format!(" {unit}"),
    };
    let beside =
        beside.as_ref().map_or(String::new(), |(name, value)| format!("{}{name} {value}", Word::Comma.text(lang)));
    format!("{name} {value}{unit}{beside}{}", Word::Stop.text(lang))
}

/// The file.
pub(crate) fn write(view: &View, content: &Content, own: Option<String>) -> Result<Vec<u8>, Refused> {
    let lang = view.lang;
    let word = |w: Word| w.text(lang);
    let fonts = RunFonts::new().ascii("Arial").hi_ansi("Arial").east_asia(word(Word::Font));
    let title = |id: &str, size: usize| Style::new(id, StyleType::Paragraph).name(id).size(size).bold();
    let page_number = Paragraph::new().align(AlignmentType::Right).add_page_num(PageNum::new());
    let mut docx = Docx::new()
        .page_size(PAGE.0, PAGE.1)
        .page_orient(PageOrientationType::Landscape)
        .page_margin(PageMargin::new().top(MARGIN).bottom(MARGIN).left(MARGIN).right(MARGIN))
        .default_fonts(fonts)
        .add_style(title("Heading1", 36).outline_lvl(0))
        .add_style(title("Heading2", 26).outline_lvl(1))
        .footer(Footer::new().add_paragraph(page_number))
        .add_paragraph(heading(word(Word::BulletinTitle), "Heading1").align(AlignmentType::Center));
    for (name, text) in facts(view, content, own) {
        docx = docx.add_paragraph(Paragraph::new().add_run(run(&format!("{name}: {text}"), CELL)));
    }
    for tile in &content.tiles {
        let spaced = Paragraph::new().line_spacing(LineSpacing::new().before(80));
        docx = docx.add_paragraph(spaced.add_run(run(&sentence(tile, lang), TEXT)));
    }
    // What each picture shows, in their order.
    let mut shown: Vec<String> = Vec::new();
    for block in &content.blocks {
        let sheet = &block.sheet;
        let unit = format!("{}: {}", word(Word::Unit), sheet.scale.word().text(lang));
        docx = docx.add_paragraph(heading(&sheet.title, "Heading2").line_spacing(LineSpacing::new().before(320)));
        if sheet.lines.is_empty() {
            docx = docx.add_paragraph(Paragraph::new().add_run(run(word(Word::NoRows), TEXT)));
            continue;
        }
        if sheet.has_money() {
            let unit = Paragraph::new().add_run(run(&unit, CELL)).align(AlignmentType::Right).keep_next(true);
            docx = docx.add_paragraph(unit);
        }
        if block.drawn
            && let Some((title, png)) = picture::bitmap(sheet, lang)?
        {
            shown.push(format!("{}: {title}", sheet.title));
            docx = docx.add_paragraph(Paragraph::new().add_run(run(&title, CELL)).keep_next(true));
            docx = docx.add_paragraph(Paragraph::new().add_run(Run::new().add_image(image(png, shown.len()))));
        }
        docx = docx.add_table(table(sheet));
        for note in &sheet.notes {
            docx = docx.add_paragraph(Paragraph::new().add_run(run(note, CELL)));
        }
    }
    docx =
        docx.add_paragraph(heading(word(Word::Definitions), "Heading2").line_spacing(LineSpacing::new().before(320)));
    let mut said: Vec<&(String, String)> = Vec::new();
    for defined in content.blocks.iter().flat_map(|block| &block.sheet.definitions) {
        if !said.contains(&defined) {
            said.push(defined);
            let (name, text) = defined;
            docx = docx.add_paragraph(Paragraph::new().add_run(run(&format!("{name}: {text}"), CELL)));
        }
    }
    let mut file = std::io::Cursor::new(Vec::new());
    let broken = || Refused::Broken("a document can not be written");
    let mut built = docx.build();
    let document = String::from_utf8(std::mem::take(&mut built.document)).map_err(|_| broken())?;
    built.document = described(&document, &shown)?.into();
    built.pack(&mut file).map_err(|_| broken())?;
    Ok(file.into_inner())
}

/// What the library writes of every drawing and of the picture in it, all alike.
const DRAWING: &str = r#"<wp:docPr id="1" name="Figure" />"#;
const PICTURE: &str = r#"<pic:cNvPr id="0" name="" />"#;

/// A document whose pictures each have a number of their own and say what they show, for those who hear it. The library sets
/// neither.
fn described(document: &str, shown: &[String]) -> Result<String, Refused> {
    let mut parts = document.split(DRAWING);
    let mut described = parts.next().unwrap_or_default().to_owned();
    let mut told = 0;
    for ((part, text), number) in parts.zip(shown).zip(1..) {
        let text = quoted(text);
        let about = format!(r#"id="{number}" name="picture{number}" descr="{text}" />"#);
        described.push_str(&format!("<wp:docPr {about}"));
        described.push_str(&part.replacen(PICTURE, &format!("<pic:cNvPr {about}"), 1));
        told = number;
    }
    let all = document.matches(DRAWING).count();
    match all == shown.len() && told == all {
        true => Ok(described),
        false => Err(Refused::Broken("a picture of a document is not described")),
    }
}

/// A text as the value of an attribute.
fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A picture as wide as the text, under a name that says its place: the file is the same each time.
fn image(png: Vec<u8>, nth: usize) -> Pic {
    let (width, height) = (picture::SIZE.0 * SCALE, picture::SIZE.1 * SCALE);
    let across = (PAGE.0 - 2 * MARGIN.unsigned_abs()) * EMU;
    Pic::new_with_dimensions(png, width, height).id(format!("picture{nth}")).size(across, across / width * height)
}

fn cell(text: &str, numeric: bool, bold: bool) -> TableCell {
    let text = run(text, CELL);
    let align = if numeric { AlignmentType::Right } else { AlignmentType::Left };
    TableCell::new().add_paragraph(Paragraph::new().add_run(if bold { text.bold() } else { text }).align(align))
}

fn table(sheet: &Sheet) -> Table {
    let keys = sheet.keys.iter().map(|(_, name)| cell(name, false, true));
    let columns = sheet.columns.iter().enumerate().map(|(nth, c)| cell(&c.name, sheet.is_of_numbers(nth), true));
    let grey = || Shading::new().fill("E8EFF6");
    let head = TableRow::new(keys.chain(columns).map(|cell| cell.shading(grey())).collect()).cant_split();
    let lines = sheet.lines.iter().map(|line| row(line, sheet, false));
    let total = sheet.total.iter().map(|line| row(line, sheet, true));
    Table::new(std::iter::once(head).chain(lines).chain(total).collect())
        .width(WHOLE, WidthType::Pct)
        .margins(TableCellMargins::new().margin(20, 80, 20, 80))
}

fn row(line: &Line, sheet: &Sheet, bold: bool) -> TableRow {
    let mark = if line.not_comparable { " †" } else { "" };
    let mut cells: Vec<TableCell> =
        line.keys.iter().map(|key| cell(&format!("{}{mark}", key.text), false, bold)).collect();
    cells.extend(line.entries.iter().enumerate().map(|(nth, entry)| match entry {
        Entry::Text(text) | Entry::Link { text, .. } => cell(text, sheet.is_of_numbers(nth), bold),
        Entry::Figure(figure) => cell(figure.shown(sheet.scale).as_deref().unwrap_or("—"), true, bold),
    }));
    TableRow::new(cells).cant_split()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_have_numbers_and_say_what_they_show() {
        let picture = format!("<p>{DRAWING}<a>{PICTURE}</a></p>");
        let shown = ["投放: 2024 & <2025>".to_owned(), "\"余额\"".to_owned()];
        let found = described(&format!("{picture}<t/>{picture}"), &shown).expect("two pictures");
        let of = |number: usize, text: &str| {
            let about = format!("id=\"{number}\" name=\"picture{number}\" descr=\"{text}\" />");
            format!("<p><wp:docPr {about}<a><pic:cNvPr {about}</a></p>")
        };
        assert_eq!(found, format!("{}<t/>{}", of(1, "投放: 2024 &amp; &lt;2025&gt;"), of(2, "&quot;余额&quot;")));
        assert!(described(&picture, &shown).is_err() && described(&picture, &[]).is_err());
    }
}
