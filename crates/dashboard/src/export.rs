//! The same tables as files, and for machines.

pub(crate) mod csv;
pub(crate) mod docx;
pub(crate) mod grid;
pub(crate) mod json;
pub(crate) mod long;
pub(crate) mod xlsx;

use crate::content::Content;
use crate::periods::Stretch;
use crate::sheet::name_of;
use crate::view::{View, beijing_text};
use crate::words::Word;
use totals::Dimension;

/// What a file says of itself: days, recorded time, filters.
fn facts(view: &View, content: &Content, own: Option<String>) -> Vec<(String, String)> {
    let word = |w: Word| w.text(view.lang).to_owned();
    let Stretch { from, to } = view.period();
    let mut facts = vec![
        (word(Word::DataAsOf), view.as_of.to_string()),
        (word(Word::Period), format!("{from} {} {to}", word(Word::Through))),
        (word(Word::RecordedAsOf), beijing_text(content.known)),
        (word(Word::LastLine), content.seq.to_string()),
    ];
    let own = own.map(|code| (Dimension::District, vec![code]));
    for (dimension, codes) in view.filters().into_iter().chain(own) {
        let names: Vec<String> = codes.iter().map(|c| dimension.name(c, view.lang)).collect();
        facts.push((format!("{}: {}", word(Word::Filter), name_of(dimension, view.lang)), names.join(", ")));
    }
    facts
}
